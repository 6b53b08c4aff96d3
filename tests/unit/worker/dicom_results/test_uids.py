from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest

from segrelay_worker.dicom_results.uids import SourceSeries, UidKind, WorkIdentity

SERIES = SourceSeries("P1", "1.1", "1.2", ("1.2.1", "1.2.2"))
IDENTITY = WorkIdentity({"t1": SERIES}, "ab" * 32, threshold=0.5, run=0)


def about(role: str = "t1", **changes: object) -> WorkIdentity:
    """The work with another series in that role."""
    series = replace(SERIES, **changes)  # type: ignore[arg-type] # fields by name
    return replace(IDENTITY, sources_by_role={role: series})


def test_the_same_work_has_the_same_uid_in_any_order_of_sources() -> None:
    shuffled = about(sop_instance_uids=("1.2.2", "1.2.1"))
    assert shuffled.uid(UidKind.SEG_INSTANCE) == IDENTITY.uid(UidKind.SEG_INSTANCE)


def test_a_uid_never_changes_between_versions_of_this_code() -> None:
    # Another value here means RESULT_FORMAT_VERSION should have been raised, or was.
    expected = "2.25.156488931271749413602333439424048280184"
    assert IDENTITY.uid(UidKind.SEG_INSTANCE) == expected


@pytest.mark.parametrize(
    "other",
    [
        about(sop_instance_uids=("1.2.1",)),
        about(patient_id="P2"),
        about(study_instance_uid="1.3"),
        about(series_instance_uid="1.3"),
        about("t2"),
        replace(IDENTITY, package_digest="cd" * 32),
        replace(IDENTITY, threshold=0.4),
        replace(IDENTITY, run=1),
    ],
)
def test_other_work_has_another_uid(other: WorkIdentity) -> None:
    assert other.uid(UidKind.SEG_INSTANCE) != IDENTITY.uid(UidKind.SEG_INSTANCE)


def test_every_kind_and_index_has_its_own_uid() -> None:
    uids = {IDENTITY.uid(kind, index) for kind in UidKind for index in range(3)}
    assert len(uids) == 3 * len(UidKind)


def test_a_uid_is_a_uuid_in_the_form_that_dicom_allows() -> None:
    uid = IDENTITY.uid(UidKind.SC_SERIES)
    assert re.fullmatch(r"2\.25\.[1-9][0-9]{0,38}", uid)
    assert UUID(int=int(uid.removeprefix("2.25."))).version == 5


def test_what_is_said_of_the_work_does_not_name_the_patient() -> None:
    assert "P1" not in repr(IDENTITY)
