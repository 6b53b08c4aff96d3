"""What tells volumes of one series apart: echoes, diffusion values, phases, repeats."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Attribute(StrEnum):
    """Names as in model.toml and in messages; in the order in which a series is split."""

    STACK = "stack"
    COMPONENT = "component"
    IMAGE_TYPE = "image_type"
    ECHO_TIME = "echo_time"
    INVERSION_TIME = "inversion_time"
    FLIP_ANGLE = "flip_angle"
    B_VALUE = "b_value"
    GRADIENT = "gradient"
    PHASE = "phase"
    TRIGGER_TIME = "trigger_time"
    ACQUISITION = "acquisition"
    TIME = "time"


# Differ within one volume only if it is none: slices of two stacks, or of magnitude and phase.
ALWAYS_APART = (Attribute.STACK, Attribute.COMPONENT)
# Grow from slice to slice too; only their order at one place tells volumes apart.
RANKED = frozenset({Attribute.TRIGGER_TIME, Attribute.TIME})

_MEASURED = frozenset(
    {
        Attribute.ECHO_TIME,
        Attribute.INVERSION_TIME,
        Attribute.FLIP_ANGLE,
        Attribute.B_VALUE,
        Attribute.TRIGGER_TIME,
    }
)
_KEYWORDS: Mapping[Attribute, tuple[str, ...]] = {
    Attribute.STACK: ("StackID",),
    Attribute.IMAGE_TYPE: ("ImageType",),
    Attribute.ECHO_TIME: ("EchoTime",),
    Attribute.INVERSION_TIME: ("InversionTime",),
    Attribute.FLIP_ANGLE: ("FlipAngle",),
    Attribute.B_VALUE: ("DiffusionBValue",),
    Attribute.GRADIENT: ("DiffusionGradientOrientation",),
    Attribute.PHASE: ("TemporalPositionIdentifier",),
    Attribute.TRIGGER_TIME: ("TriggerTime",),
    Attribute.ACQUISITION: ("AcquisitionNumber",),
    Attribute.TIME: ("AcquisitionDateTime", "AcquisitionTime", "ContentTime"),
}
# Values of ImageType that classic images use for it (DICOM PS3.3 C.8.13.3.1.1, Siemens, Philips).
_COMPONENTS = {
    "M": "magnitude",
    "MAGNITUDE": "magnitude",
    "M_FFE": "magnitude",
    "M_SE": "magnitude",
    "P": "phase",
    "PHASE": "phase",
    "PHASE MAP": "phase",
    "PHASE_MAP": "phase",
    "R": "real",
    "REAL": "real",
    "I": "imaginary",
    "IMAGINARY": "imaginary",
}


def attributes_of(tags: Mapping[str, str]) -> dict[Attribute, str]:
    """The text of each attribute, numbers in one form; absent ones are left out."""
    found = {attribute: _text(tags, attribute) for attribute in _KEYWORDS}
    found[Attribute.COMPONENT] = _component(tags)
    return {attribute: text for attribute, text in found.items() if text}


def _text(tags: Mapping[str, str], attribute: Attribute) -> str:
    texts = [tags[keyword].strip() for keyword in _KEYWORDS[attribute] if tags.get(keyword)]
    if not texts:
        return ""
    return _in_one_form(texts[0]) if attribute in _MEASURED else texts[0]


def _in_one_form(text: str) -> str:
    """Scanners write one number in several ways: 2.98, 2.980, 2.98000001."""
    try:
        return f"{float(text):.5g}"
    except ValueError:
        return text


def _component(tags: Mapping[str, str]) -> str:
    stated = tags.get("ComplexImageComponent", "").strip().upper()
    values = [stated, *tags.get("ImageType", "").upper().split("\\")[2:]]
    known = [_COMPONENTS[value] for value in values if value in _COMPONENTS]
    return known[0] if known else ""
