import pytest

from segrelay_plugin.tickets.access import Lookups, refusal
from segrelay_plugin.tickets.ticket import Ticket

SERIES = "11111111-11111111-11111111-11111111-11111111"
SECOND = "22222222-22222222-22222222-22222222-22222222"
FOREIGN = "33333333-33333333-33333333-33333333-33333333"
IMAGE = "aaaaaaaa-11111111-11111111-11111111-11111111"
SECOND_IMAGE = "aaaaaaaa-22222222-22222222-22222222-22222222"
FOREIGN_IMAGE = "aaaaaaaa-33333333-33333333-33333333-33333333"
RESULT = "aaaaaaaa-44444444-44444444-44444444-44444444"
OTHERS_RESULT = "aaaaaaaa-55555555-55555555-55555555-55555555"
UNKNOWN = "aaaaaaaa-66666666-66666666-66666666-66666666"
REQUEST = "0d4f8a4e-6f0c-4c8b-9d53-3a1f1c1e7b11"
OTHER_REQUEST = "1d4f8a4e-6f0c-4c8b-9d53-3a1f1c1e7b11"
SERIES_OF = {
    IMAGE: SERIES,
    SECOND_IMAGE: SECOND,
    FOREIGN_IMAGE: FOREIGN,
    RESULT: "series-of-result",
    OTHERS_RESULT: "series-of-another",
}
REQUEST_OF = {"series-of-result": REQUEST, "series-of-another": OTHER_REQUEST}
TICKET = Ticket(REQUEST, 1, (SERIES, SECOND), "study", 0, 60)


def why(method: str, path: str) -> str | None:
    return refusal(method, path, TICKET, Lookups(SERIES_OF.get, REQUEST_OF.get))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/system"),
        ("GET", "/segrelay/health"),
        ("GET", f"/series/{SERIES}"),
        ("GET", f"/series/{SECOND}"),
        ("GET", f"/series/{SERIES}/instances"),
        ("GET", f"/series/{SERIES}/instances-tags"),
        ("GET", f"/series/{SERIES}/archive"),
        ("POST", f"/series/{SERIES}/archive"),
        ("GET", f"/instances/{IMAGE}"),
        ("GET", f"/instances/{SECOND_IMAGE}/file"),
        ("GET", f"/instances/{IMAGE}/tags"),
        ("GET", f"/instances/{IMAGE}/simplified-tags"),
        ("GET", f"/instances/{RESULT}/file"),
        ("POST", f"/segrelay/requests/{REQUEST}/results"),
    ],
)
def test_a_worker_may_read_its_series_and_store_its_results(method: str, path: str) -> None:
    assert why(method, path) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/series/{FOREIGN}"),
        ("GET", f"/series/{FOREIGN}/archive"),
        ("POST", f"/series/{FOREIGN}/archive"),
        ("GET", f"/instances/{FOREIGN_IMAGE}"),
        ("GET", f"/instances/{FOREIGN_IMAGE}/file"),
        ("GET", f"/instances/{OTHERS_RESULT}/file"),
        ("GET", f"/instances/{UNKNOWN}/file"),
        ("POST", f"/segrelay/requests/{OTHER_REQUEST}/results"),
    ],
)
def test_what_the_ticket_does_not_name_is_refused(method: str, path: str) -> None:
    assert why(method, path) == "not_in_ticket"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/"),
        ("POST", "/system"),
        ("GET", "/system/"),
        ("GET", "/system\n"),
        ("GET", "/x/system"),
        ("GET", "/series"),
        ("GET", f"/series/{SERIES}/"),
        ("GET", f"/series/{SERIES}\n"),
        ("GET", f"/series/{SERIES.upper().replace('1', 'A')}"),
        ("GET", f"/series/{SERIES}/metadata"),
        ("GET", f"/series/{SERIES}/archive/x"),
        ("GET", f"/series/{SERIES}/{SECOND}"),
        ("PUT", f"/series/{SERIES}/archive"),
        ("DELETE", f"/series/{SERIES}"),
        ("5", f"/series/{SERIES}"),
        ("POST", f"/series/{SERIES}/modify"),
        ("GET", f"/instances/{IMAGE}/metadata"),
        ("GET", f"/instances/{IMAGE}/attachments/dicom/data"),
        ("DELETE", f"/instances/{IMAGE}"),
        ("POST", "/instances"),
        ("GET", f"/segrelay/requests/{REQUEST}/results"),
        ("POST", f"/segrelay/requests/{REQUEST}/results/"),
        ("GET", f"/segrelay/series/{SERIES}"),
        ("PUT", f"/segrelay/series/{SERIES}/state"),
    ],
)
def test_what_is_not_in_the_table_is_nothing_for_workers(method: str, path: str) -> None:
    assert why(method, path) == "not_for_workers"
