"""Whether the codes of a package say what they mean: viewers believe a wrong one.

The tables are those of DICOM PS3.16 as pydicom holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from pydicom.sr.codedict import Collection, codes

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.manifest import CodedTerm, Segment

_KNOWN_SCHEMES = ("SCT", "DCM")  # pydicom holds all of DCM, and what DICOM uses of SCT
_RETIRED_SCHEME = "SRT"
_PRIVATE_SCHEMES = "99"  # how their names begin (DICOM PS3.16 section 8.2)

# Which types go with which category of CID 7150, by the keyword of the category.
_TYPES = {
    "Tissue": codes.cid7191,
    "AnatomicalStructure": codes.cid7192,
    "PhysicalObject": codes.cid7193,
    "MorphologicallyAbnormalStructure": codes.cid7194,
    "Function": codes.cid7195,
    "SpatialAndRelationalConcept": codes.cid7196,
    "BodySubstance": codes.cid7197,
    "Substance": codes.cid7198,
}
_REGIONS = (codes.cid4, codes.cid4031, codes.cid7192)
_MODIFIERS = (codes.cid2, codes.cid244)


def require_good_codes(segments: Sequence[Segment]) -> None:
    """Raises PermanentError model_miscoded that names key, value and what is expected."""
    for index, segment in enumerate(segments):
        for name, term in segment.terms.items():
            key = f"segments.{index}.{name}"
            if _is_private(term):
                continue
            _require_meaning(key, term)
            if name == "category":
                _require_category(key, term, segment.type)
            if name == "anatomic_region":
                _require_one_of(key, term, _REGIONS, "an anatomic region (DICOM PS3.16 CID 4)")
            if name in {"anatomic_region_modifier", "type_modifier"}:
                _require_one_of(key, term, _MODIFIERS, "a modifier (DICOM PS3.16 CID 2 or 244)")


def _is_private(term: CodedTerm) -> bool:
    return term.scheme.startswith(_PRIVATE_SCHEMES)


def _require_meaning(key: str, term: CodedTerm) -> None:
    if term.scheme == _RETIRED_SCHEME:
        raise _miscoded(key, term, "a code of SCT, because SRT is retired")
    meanings = _meanings(term.scheme).get(term.value, [])
    if term.meaning.casefold() in (meaning.casefold() for meaning in meanings):
        return
    if meanings:
        raise _miscoded(key, term, f"the meaning {meanings[0]!r}")
    if term.scheme in _KNOWN_SCHEMES:
        expected = f"a code of {term.scheme} that DICOM PS3.16 knows, or a scheme 99… of your own"
        raise _miscoded(key, term, expected)


def _require_category(key: str, category: CodedTerm, segment_type: CodedTerm) -> None:
    fitting = [name for name, types in _TYPES.items() if _names(segment_type) in _members(types)]
    allowed = [getattr(codes.cid7150, name) for name in fitting or _TYPES]
    if _names(category) not in [(code.scheme_designator, code.value) for code in allowed]:
        expected = " or ".join(f"{code.value} {code.meaning!r}" for code in allowed)
        reason = f", because the type is {segment_type.meaning!r}" if fitting else ""
        raise _miscoded(key, category, expected + reason)


def _require_one_of(key: str, term: CodedTerm, tables: Iterable[Collection], expected: str) -> None:
    if not any(_names(term) in _members(table) for table in tables):
        raise _miscoded(key, term, expected)


def _names(term: CodedTerm) -> tuple[str, str]:
    return term.scheme, term.value


@cache
def _members(table: Collection) -> frozenset[tuple[str, str]]:
    return frozenset((code.scheme_designator, code.value) for code in table.concepts.values())


@cache
def _meanings(scheme: str) -> dict[str, list[str]]:
    """Code value → what it is called, DICOM's own words before SNOMED's "… (body structure)"."""
    concepts = getattr(codes, scheme).concepts.values() if scheme in codes.schemes() else ()
    found: dict[str, list[str]] = {}
    for code in sorted(concepts, key=lambda code: code.meaning.endswith(")")):
        found.setdefault(code.value, []).append(code.meaning)
    return found


def _miscoded(key: str, term: CodedTerm, expected: str) -> PermanentError:
    value = f"{term.value} ({term.scheme}, {term.meaning!r})"
    return PermanentError(
        ErrorCode.MODEL_MISCODED, {"key": key, "value": value, "expected": expected}
    )
