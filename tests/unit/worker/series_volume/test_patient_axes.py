from __future__ import annotations

import pytest

from segrelay_worker.series_volume.patient_axes import PatientDirection, parse_orientation


def test_letters_name_where_each_index_grows_to() -> None:
    assert parse_orientation("RAS") == (
        PatientDirection(0, -1),
        PatientDirection(1, -1),
        PatientDirection(2, 1),
    )
    assert parse_orientation("SLP")[1] == PatientDirection(0, 1)


@pytest.mark.parametrize("letters", ["", "RA", "RAL", "RASS", "ras", "RAX", "RASX"])
def test_anything_but_one_letter_per_axis_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="one letter each"):
        parse_orientation(letters)
