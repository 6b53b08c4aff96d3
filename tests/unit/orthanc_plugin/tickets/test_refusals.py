import logging
from datetime import UTC, datetime

import pytest

from segrelay_plugin.tickets.refusals import LastRefusal, Refusals, loggable

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ID = "11111111-11111111-11111111-11111111-11111111"


def test_refusals_are_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals(now=lambda: NOW)
    with caplog.at_level(logging.WARNING):
        refusals.note(reason="no_ticket", method="GET", path="/system", request_id=None)
        refusals.note(reason="expired", method="POST", path=f"/series/{ID}", request_id="r")
    assert refusals.count == 2
    assert refusals.last == LastRefusal("expired", NOW)
    assert caplog.messages[1] == (
        f"ticket_refused request_id=r reason=expired method=POST path=/series/{ID}"
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/series/{ID}/modify", f"/series/{ID}/modify"),
        ("/tools/execute-script", "/tools/execute-script"),
        ("/", "/*"),
        ("/dicom-web/studies/1.2.840.113619", "/dicom-web/*/*"),
        ("/webdav/by-patients/kim", "/webdav/*/*"),
        ("/modalities/doctor-kim/store", "/modalities/*/*"),
        ("/series/Kim^Minji", "/series/*"),
        ("/patients/kim-minji/archive", "/patients/*/archive"),
        ("/Kim^Minji", "/*"),
        ("/series/a\nsegrelay: forged", "/series/*"),
        ("/tools" + "/x" * 20, "/tools" + "/x" * 8),
    ],
)
def test_a_path_is_shown_without_what_could_be_a_name(path: str, shown: str) -> None:
    assert loggable(path) == shown
