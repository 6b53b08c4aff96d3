"""Directions in the patient as letters: L and R, P and A, S (head) and I (feet)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class PatientDirection:
    """Along which axis of the DICOM patient system (L, P, S), and which way."""

    axis: int
    sign: int


DIRECTIONS: Mapping[str, PatientDirection] = MappingProxyType(
    {
        "L": PatientDirection(0, 1),
        "R": PatientDirection(0, -1),
        "P": PatientDirection(1, 1),
        "A": PatientDirection(1, -1),
        "S": PatientDirection(2, 1),
        "I": PatientDirection(2, -1),
    }
)


def parse_orientation(letters: str) -> tuple[PatientDirection, PatientDirection, PatientDirection]:
    """Where each of three array indices grows to, such as RAS. Raises ValueError."""
    directions = [DIRECTIONS[letter] for letter in letters if letter in DIRECTIONS]
    axes = sorted(direction.axis for direction in directions)
    if axes != [0, 1, 2] or len(letters) != len(directions):
        raise ValueError("expected one letter each of L or R, P or A, S or I, such as RAS")
    return directions[0], directions[1], directions[2]
