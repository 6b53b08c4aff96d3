import json

import pytest
from builders.tickets import NOW_SECONDS, REQUEST_ID, SECRET, signed, ticket_payload
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import ArchiveError
from segrelay_plugin.tickets.closed_attempts import closed_attempt_in, stored_closed_attempt
from segrelay_plugin.tickets.ticket import verified_ticket

STATES = json.dumps({REQUEST_ID: {"closed_attempt": 2}, "another": {"closed_attempt": 7}})
TICKET = verified_ticket(
    signed(ticket_payload(series=["a-1", "b-2"])), secret=SECRET.encode(), now_seconds=NOW_SECONDS
)


def test_the_reference_series_tells(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], metadata={"SegrelayState": STATES})
    assert stored_closed_attempt(archive, TICKET) == 2


def test_without_a_state_or_a_series_nothing_is_closed(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    assert stored_closed_attempt(archive, TICKET) == 0
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    assert stored_closed_attempt(archive, TICKET) == 0


def test_an_archive_that_cannot_say_is_no_leave(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.is_broken = True
    with pytest.raises(ArchiveError):
        stored_closed_attempt(archive, TICKET)


@pytest.mark.parametrize(
    "states", ["", "{", "[]", "7", "{}", '{"r": 7}', '{"r": {}}', '{"r": {"closed_attempt": "2"}}']
)
def test_what_somebody_else_wrote_there_says_nothing(states: str) -> None:
    assert closed_attempt_in(states, "r") == 0
