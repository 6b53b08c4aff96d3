from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest

from segrelay_worker.dicom_results.uids import UidKind, WorkIdentity

IDENTITY = WorkIdentity({"t1": ("1.2.1", "1.2.2")}, "ab" * 32, threshold=0.5, run=0)


def test_the_same_work_has_the_same_uid_in_any_order_of_sources() -> None:
    shuffled = replace(IDENTITY, source_uids_by_role={"t1": ("1.2.2", "1.2.1")})
    assert shuffled.uid(UidKind.SEG_INSTANCE) == IDENTITY.uid(UidKind.SEG_INSTANCE)


def test_a_uid_never_changes_between_versions_of_this_code() -> None:
    # Another value here means RESULT_FORMAT_VERSION should have been raised, or was.
    expected = "2.25.10544637641988016919500405254085984372"
    assert IDENTITY.uid(UidKind.SEG_INSTANCE) == expected


@pytest.mark.parametrize(
    "other",
    [
        replace(IDENTITY, source_uids_by_role={"t1": ("1.2.1",)}),
        replace(IDENTITY, source_uids_by_role={"t2": ("1.2.1", "1.2.2")}),
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
