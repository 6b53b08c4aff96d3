"""What model.toml says, checked key by key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import Probability, Sha256Hex
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.volumes import VolumeRule
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.intensity_steps import IntensityStep
from segrelay_worker.segmenters.section import Section
from segrelay_worker.series_volume.patient_axes import parse_orientation

# Lengths are those of the DICOM attributes that these texts end in; ASCII fits every character set.
_PRINTABLE = r"^[ -\[\]-~]+$"
_Text = Annotated[str, Field(max_length=64, pattern=_PRINTABLE)]  # LO
_CodeText = Annotated[str, Field(max_length=16, pattern=_PRINTABLE)]  # SH
_FileName = Annotated[str, Field(pattern=r"^[^/\\]+$")]
_Brightness = Annotated[int, Field(ge=0, le=255)]
_Role = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]


def _orientation(letters: str) -> str:
    parse_orientation(letters)
    return letters


def _different(roles: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(roles)) < len(roles):
        raise ValueError("expected each role once")
    return roles


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

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,20}$")]
    format: str
    weights: _FileName
    sha256: Sha256Hex


class InputSection(Section):
    """What the network wants to see; `orientation` says where each array index grows to.

    Of several roles the first is the reference: the others are brought onto its grid.

    `volume` chooses where a series holds several: attribute → "first", "last" or a value.

    `spacing_mm` is the voxel size along the network's axes, if it must be a certain one; then
    come the steps of `intensity`.
    """

    roles: Annotated[tuple[_Role, ...], Field(min_length=1), AfterValidator(_different)]
    orientation: Orientation
    volume: Mapping[Attribute, str] = Field(default_factory=dict)
    interpolate_missing_slice: bool = False
    allow_different_frames_of_reference: bool = False
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    interpolation: Literal["linear", "cubic"] = "linear"
    antialias: bool = False
    intensity: tuple[IntensityStep, ...] = ()

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
    each voxel to the most probable channel and needs no threshold.
    """

    activation: Literal["none", "sigmoid", "softmax", "argmax"]
    threshold: Probability
    keep_largest_component: bool
    fill_holes: bool
    kind: SegKind = "binary"


class Manifest(Section):
    """model.toml as a whole."""

    model: ModelSection
    input: InputSection
    output: OutputSection
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    window: WindowSection | None = None
    network: NetworkSection | None = None
    checkpoint: CheckpointSection = CheckpointSection()


def parse_manifest(text: str) -> Manifest:
    """Raises PermanentError model_unreadable that names key, value and what is expected."""
    try:
        manifest = Manifest.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise unreadable(f"model.toml is no TOML: {error}") from error
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors()]
        raise unreadable("; ".join(problems)) from error
    numbers = [segment.number for segment in manifest.segments]
    if numbers != list(range(1, len(numbers) + 1)):
        raise unreadable(f"segments.number is {numbers}, expected 1, 2, 3 and so on in order")
    return manifest


def _problem(details: ErrorDetails) -> str:
    key = ".".join(str(part) for part in details["loc"])
    if details["type"] == "missing":
        return f"{key} is missing in model.toml"
    if details["type"] == "extra_forbidden":
        return f"{key} in model.toml is no key that this version knows"
    return f"{key} in model.toml is {details['input']!r}: {details['msg']}"


def unreadable(problem: str) -> PermanentError:
    """The one error for packages that cannot be used."""
    return PermanentError(ErrorCode.MODEL_UNREADABLE, {"problem": problem})
