"""What model.toml says, checked key by key."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    PositiveInt,
    ValidationError,
    model_validator,
)

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import Probability, Sha256Hex
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.volumes import VolumeRule
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.inference_section import InferenceSection
from segrelay_worker.segmenters.intensity_steps import (
    ByRole,
    MonaiTransform,
    OwnIntensityStep,
)
from segrelay_worker.segmenters.limits_section import LimitsSection
from segrelay_worker.segmenters.manifest_problems import problems_of
from segrelay_worker.segmenters.postprocessing_steps import PostprocessingStep
from segrelay_worker.segmenters.section import Section
from segrelay_worker.segmenters.spatial_steps import CropForeground, PadToMultiple, Resample
from segrelay_worker.segmenters.text_forms import (
    FILE_NAME,
    MODEL_NAME,
    MODEL_VERSION,
    PRINTABLE,
    ROLE,
)
from segrelay_worker.series_volume.patient_axes import parse_orientation

# Lengths are those of the DICOM attributes that these texts end in.
_Text = Annotated[str, Field(max_length=64, pattern=PRINTABLE)]  # LO
_CodeText = Annotated[str, Field(max_length=16, pattern=PRINTABLE)]  # SH
_FileName = Annotated[str, Field(pattern=FILE_NAME)]
_Brightness = Annotated[int, Field(ge=0, le=255)]
_Axis = Annotated[int, Field(ge=0, le=2)]
_Role = Annotated[str, Field(pattern=ROLE)]

_Value = TypeVar("_Value", int, str)


def _orientation(letters: str) -> str:
    parse_orientation(letters)
    return letters


def _different(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    if len(set(values)) < len(values):
        raise ValueError("expected each one once")
    return values


Orientation = Annotated[str, AfterValidator(_orientation)]


class CodedTerm(Section):
    """A code as in DICOM PS3.3 section 8."""

    value: _CodeText
    scheme: _CodeText
    meaning: _Text


class Segment(Section):
    """One output channel: segment n is channel n - 1; `color` is red, green, blue."""

    number: Annotated[int, Field(ge=1)]
    label: _Text
    category: CodedTerm
    type: CodedTerm
    type_modifier: CodedTerm | None = None
    anatomic_region: CodedTerm | None = None
    anatomic_region_modifier: CodedTerm | None = None
    color: tuple[_Brightness, _Brightness, _Brightness] | None = None

    @property
    def terms(self) -> Mapping[str, CodedTerm]:
        """The codes that are given, by key."""
        return {name: value for name, value in self if isinstance(value, CodedTerm)}

    @model_validator(mode="after")
    def _modifies_a_region(self) -> Segment:
        if self.anatomic_region_modifier and not self.anatomic_region:
            raise ValueError("anatomic_region_modifier needs an anatomic_region")
        return self


class ModelSection(Section):
    """Which model, in which file; name and version together fit a Series Description."""

    name: Annotated[str, Field(pattern=MODEL_NAME)]
    version: Annotated[str, Field(pattern=MODEL_VERSION)]
    format: str
    weights: _FileName
    sha256: Sha256Hex


PreprocessingStep = Annotated[
    Resample | CropForeground | PadToMultiple | OwnIntensityStep | MonaiTransform,
    Field(discriminator="step"),
]


class InputSection(Section):
    """What the network wants to see; `orientation` says where each array index grows to.

    Of several roles the first is the reference: the others are brought onto its grid.

    `volume` chooses where a series holds several: attribute → "first", "last" or a value.

    `preprocessing` is done in its order, once the axes are those of `orientation`.
    """

    roles: Annotated[tuple[_Role, ...], Field(min_length=1), AfterValidator(_different)]
    orientation: Orientation
    volume: Mapping[Attribute, str] = Field(default_factory=dict)
    interpolate_missing_slice: bool = False
    allow_different_frames_of_reference: bool = False
    preprocessing: tuple[PreprocessingStep, ...] = ()

    @property
    def volume_rule(self) -> VolumeRule:
        """What may be made of a series that is not simply one whole volume."""
        return VolumeRule(self.volume, self.interpolate_missing_slice)


class WindowSection(Section):
    """Large volumes go through the network piece by piece; sizes in voxels of its own grid."""

    size: tuple[PositiveInt, PositiveInt, PositiveInt]
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.25
    blending: Literal["constant", "gaussian"] = "gaussian"
    batch: PositiveInt = 1


class NetworkSection(Section):
    """Which class the weights of a state dict belong to, and what it is called with."""

    class_path: Annotated[str, Field(alias="class")]
    arguments: Mapping[str, Any] = Field(default_factory=dict)


class CheckpointSection(Section):
    """Where in a checkpoint the weights are; `lora_alpha` is that of adapters to merge."""

    key: str | None = None
    strip_prefix: str = ""
    lora_alpha: Annotated[float, Field(gt=0)] | None = None


SegKind = Literal["binary", "fractional", "labelmap"]


class OutputSection(Section):
    """How to read what the network returns, and as what kind of SEG it is stored.

    For "softmax" and "argmax" it returns a channel more: the first is background. "argmax" gives
    each voxel to the most probable channel and needs no threshold. `postprocessing` is done to
    masks in its order. What it returns is the mean over its input mirrored along each combination
    of `mirror_axes`, 0 to 2; nnU-Net names them itself, and `[]` switches them off.
    """

    activation: Literal["none", "sigmoid", "softmax", "argmax"]
    threshold: Probability
    kind: SegKind = "binary"
    mirror_axes: Annotated[tuple[_Axis, ...], AfterValidator(_different)] | None = None
    postprocessing: tuple[PostprocessingStep, ...] = ()


class Manifest(Section):
    """model.toml as a whole."""

    model: ModelSection
    input: InputSection
    output: OutputSection
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    window: WindowSection | None = None
    network: NetworkSection | None = None
    checkpoint: CheckpointSection = CheckpointSection()
    limits: LimitsSection = LimitsSection()
    inference: InferenceSection = InferenceSection()


def parse_manifest(text: str) -> Manifest:
    """Raises PermanentError model_unreadable that names key, value and what is expected."""
    written = _parsed(text)
    try:
        # As JSON, lists are taken for tuples; otherwise "0.5" is no number and true is not 1.
        manifest = Manifest.model_validate_json(json.dumps(written, default=str), strict=True)
    except ValidationError as error:
        raise unreadable(problems_of(error, written)) from error
    _require_agreement(manifest)
    return manifest


def _require_agreement(manifest: Manifest) -> None:
    """What one part of the file says of another."""
    numbers = [segment.number for segment in manifest.segments]
    if numbers != list(range(1, len(numbers) + 1)):
        raise unreadable(f"segments.number is {numbers}, expected 1, 2, 3 and so on in order")
    for index, step in enumerate(manifest.output.postprocessing):
        _require_some(f"output.postprocessing.{index}.segments", step.segments, numbers)
    for index, preparing in enumerate(manifest.input.preprocessing):
        if isinstance(preparing, ByRole):
            key = f"input.preprocessing.{index}.roles"
            _require_some(key, preparing.roles, manifest.input.roles)


def _require_some(key: str, named: Sequence[object] | None, known: Sequence[object]) -> None:
    if not set(named or ()) <= set(known):
        raise unreadable(
            f"{key} in model.toml is {list(named or ())}, expected some of {list(known)}"
        )


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise unreadable(f"model.toml is no TOML: {error}") from error


def unreadable(problem: str) -> PermanentError:
    """The one error for packages that cannot be used."""
    return PermanentError(ErrorCode.MODEL_UNREADABLE, {"problem": problem})
