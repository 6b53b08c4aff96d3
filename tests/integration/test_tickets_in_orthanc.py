"""Everything that a worker may try in a real Orthanc, in tables: only what a lease needs passes."""

from __future__ import annotations

import http.client
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from integration.archive_of_tickets import ArchiveOfTickets, fill, new_request
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer, shipped_configuration

GET, POST, PUT, DELETE = "GET", "POST", "PUT", "DELETE"
FORBIDDEN = 403

ALLOWED = [
    (GET, "/system"),
    (GET, "/segrelay/health"),
    (GET, "/series/{series}"),
    (GET, "/series/{series}?expand"),
    (GET, "/series/{second}"),
    (GET, "/series/{series}/instances"),
    (GET, "/series/{series}/instances-tags?simplify"),
    (GET, "/series/{series}/archive"),
    (GET, "/series/{second}/archive?transcode=1.2.840.10008.1.2.1"),
    (POST, "/series/{series}/archive"),
    (GET, "/instances/{image}"),
    (GET, "/instances/{image}/file"),
    (GET, "/instances/{image}/tags"),
    (GET, "/instances/{image}/simplified-tags"),
    (GET, "/instances/{second_image}/file"),
    # The same paths in other clothes: Orthanc takes them off before it asks.
    (GET, "//series//{series}"),
    (GET, "/./series/{series}"),
    (GET, "/patients/../series/{series}"),
    (GET, "/%73eries/{series}"),
    (GET, "/series%2f{series}"),
]

FORBIDDEN_CALLS = [
    # other series, other studies, and those of the same study that are not leased
    (GET, "/series/{foreign}"),
    (GET, "/series/{foreign}/archive"),
    (POST, "/series/{foreign}/archive"),
    (GET, "/series/{neighbour}"),
    (GET, "/series/{neighbour}/archive"),
    (GET, "/series/{neighbour}/instances-tags"),
    (GET, "/instances/{foreign_image}"),
    (GET, "/instances/{foreign_image}/file"),
    (GET, "/instances/{neighbour_image}/file"),
    (GET, "/instances/{neighbour_image}/simplified-tags"),
    # the same by detours
    (GET, "//series//{foreign}"),
    (GET, "/series/{series}/../{foreign}"),
    (GET, "/series/{series}/%2e%2e/{foreign}"),
    (GET, "/series/{series}/..%2f{foreign}/archive"),
    (GET, "/series/{series}/%2e%2e%2f%2e%2e%2fpatients"),
    (GET, "/system/../patients"),
    (GET, "/system/%2e%2e/studies"),
    (GET, "/%73eries/{foreign}"),
    (GET, "/series%2f{foreign}"),
    (GET, "/segrelay/health/../../series/{foreign}"),
    (GET, "/series/{series}%2f..%2f..%2finstances%2f{foreign_image}%2ffile"),
    (GET, "/series/{series}%0a"),
    (GET, "/series/{series}%09"),
    (GET, "/series/{series}%3f"),
    (GET, "/series/{series};x"),
    # what belongs to the leased series, and is more than it takes
    (GET, "/series/{series}/metadata"),
    (GET, "/series/{series}/metadata/SegrelayState"),
    (GET, "/series/{series}/study"),
    (GET, "/series/{series}/patient"),
    (GET, "/series/{series}/media"),
    (GET, "/series/{series}/statistics"),
    (GET, "/series/{series}/shared-tags"),
    (GET, "/series/{series}/attachments"),
    (GET, "/instances/{image}/attachments/dicom/data"),
    (GET, "/instances/{image}/metadata"),
    (GET, "/instances/{image}/content"),
    (GET, "/instances/{image}/preview"),
    (GET, "/instances/{image}/frames/0/raw"),
    (GET, "/instances/{image}/patient"),
    # changing anything
    (DELETE, "/series/{series}"),
    (DELETE, "/instances/{image}"),
    (DELETE, "/studies/{study}"),
    (DELETE, "/patients/{patient}"),
    (PUT, "/series/{series}/metadata/SegrelayState"),
    (DELETE, "/series/{series}/metadata/SegrelayRole"),
    (PUT, "/series/{series}/labels/segrelay-done"),
    (PUT, "/series/{series}/attachments/1024"),
    (PUT, "/instances/{image}/attachments/dicom"),
    (POST, "/series/{series}/modify"),
    (POST, "/series/{series}/anonymize"),
    (POST, "/instances/{image}/modify"),
    (POST, "/instances/{image}/anonymize"),
    (POST, "/studies/{study}/merge"),
    (POST, "/studies/{study}/split"),
    (POST, "/series/{series}/reconstruct"),
    (POST, "/series/{series}"),
    (PUT, "/series/{series}"),
    (PUT, "/system"),
    (GET, "/series/{series}?_method=DELETE"),  # which Orthanc takes for another method
    (GET, "/series/{series}?_method=PUT"),
    (POST, "/series/{series}?_method=DELETE"),
    # lists, searches, programs, other machines
    (GET, "/"),
    (GET, "/series"),
    (GET, "/series?expand"),
    (GET, "/instances"),
    (POST, "/instances"),
    (GET, "/studies"),
    (GET, "/studies/{study}"),
    (GET, "/studies/{study}/archive"),
    (GET, "/patients"),
    (GET, "/patients/{patient}/archive"),
    (POST, "/tools/find"),
    (POST, "/tools/lookup"),
    (POST, "/tools/execute-script"),
    (POST, "/tools/create-dicom"),
    (POST, "/tools/create-archive"),
    (POST, "/tools/bulk-delete"),
    (POST, "/tools/bulk-modify"),
    (POST, "/tools/reset"),
    (POST, "/tools/shutdown"),
    (PUT, "/tools/log-level"),
    (GET, "/tools/metrics-prometheus"),
    (GET, "/peers"),
    (POST, "/peers/other/store"),
    (PUT, "/peers/other"),
    (GET, "/modalities"),
    (POST, "/modalities/scanner/store"),
    (PUT, "/modalities/scanner"),
    (GET, "/jobs"),
    (GET, "/jobs/1/archive"),
    (GET, "/changes"),
    (DELETE, "/changes"),
    (GET, "/exports"),
    (GET, "/queries"),
    (GET, "/statistics"),
    (GET, "/plugins"),
    (GET, "/plugins/explorer.js"),
    (GET, "/app/explorer.html"),
    (GET, "/storage-commitment/1"),
    (POST, "/exports"),
    ("HEAD", "/series/{foreign}"),
    ("OPTIONS", "/patients"),
    # DICOMweb, WADO, WebDAV
    (GET, "/dicom-web/studies"),
    (GET, "/dicom-web/studies/{study_uid}"),
    (GET, "/dicom-web/studies/{study_uid}/metadata"),
    (POST, "/dicom-web/studies"),
    (GET, "/dicom-web/servers"),
    (GET, "/wado?requestType=WADO"),
    (GET, "/webdav/by-patients"),
    (PUT, "/webdav/uploads/x.dcm"),
    ("PROPFIND", "/webdav/"),
    ("MKCOL", "/webdav/uploads/x"),
    # the plugin's own routes
    (GET, "/segrelay/series/{series}"),
    (GET, "/segrelay/studies/{study}"),
    (PUT, "/segrelay/series/{series}/state"),
    (POST, "/segrelay/series/{series}/segment"),
    (GET, "/segrelay/series/{series}/models"),
    (POST, "/segrelay/rules/test"),
    (GET, "/segrelay/candidates"),
    (POST, "/segrelay/health"),
    (GET, "/segrelay/requests/{request}/results"),
    (PUT, "/segrelay/requests/{request}/results"),
    (POST, "/segrelay/requests/{other_request}/results"),
    (POST, "/segrelay/requests/{request}/../{other_request}/results"),
    (POST, "/segrelay/requests/{request}/results/more"),
]

NEEDS_A_LEASE = [line for line in ALLOWED if "{" in line[1]][:6] + ALLOWED[:2]


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path_factory.mktemp("orthanc"), tickets_required=True) as server:
        yield server


@pytest.fixture(scope="module")
def archive(orthanc: OrthancServer) -> ArchiveOfTickets:
    return fill(orthanc)


@pytest.fixture(autouse=True)
def nothing_is_lost(archive: ArchiveOfTickets) -> Iterator[None]:
    yield
    statistics = archive.orthanc.get("/statistics")
    assert (statistics["CountSeries"], statistics["CountInstances"]) == (4, 12)


@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_a_lease_lets_a_worker_read_its_series(
    archive: ArchiveOfTickets, method: str, path: str
) -> None:
    assert archive.call(method, path, ticket=archive.ticket(), data=b"{}").status_code == 200


@pytest.mark.parametrize(("method", "path"), FORBIDDEN_CALLS)
def test_a_lease_lets_a_worker_do_nothing_else(
    archive: ArchiveOfTickets, method: str, path: str
) -> None:
    refused = archive.call(method, path, ticket=archive.ticket(), data=b"{}")
    assert refused.status_code == FORBIDDEN


@pytest.mark.parametrize("path", ["%00", "%00/metadata", "%00/../{foreign}"])
def test_what_follows_a_zero_byte_is_nothing_to_orthanc_either(
    archive: ArchiveOfTickets, path: str
) -> None:
    answer = archive.call(GET, "/series/{series}" + path, ticket=archive.ticket())
    assert answer.json()["ID"] == archive.series


@pytest.mark.parametrize("path", ["/%ff", "/series/{series}%ff"])
def test_a_path_that_is_no_text_is_refused(archive: ArchiveOfTickets, path: str) -> None:
    assert archive.call(GET, path, ticket=archive.ticket()).status_code in {FORBIDDEN, 500}


@pytest.mark.parametrize(("method", "path"), NEEDS_A_LEASE)
def test_without_a_ticket_a_worker_may_do_nothing(
    archive: ArchiveOfTickets, method: str, path: str
) -> None:
    assert archive.call(method, path, data=b"{}").status_code == FORBIDDEN


def test_a_ticket_that_is_not_good_opens_nothing(archive: ArchiveOfTickets) -> None:
    for what, ticket in archive.tickets().items():
        for path in ("/series/{series}", "/system"):
            assert archive.call(GET, path, ticket=ticket).status_code == FORBIDDEN, what


@pytest.mark.parametrize("method", ["DELETE", "PUT", "delete"])
def test_a_header_that_names_another_method_is_no_way_around(
    archive: ArchiveOfTickets, method: str
) -> None:
    headers = {"X-HTTP-Method-Override": method}
    for path in ("/series/{series}", "/series/{series}/archive", "/system"):
        answer = archive.call(GET, path, ticket=archive.ticket(), headers=headers)
        assert answer.status_code == FORBIDDEN


def test_a_ticket_opens_its_own_series_only(archive: ArchiveOfTickets) -> None:
    others = archive.ticket(series=[archive.foreign], request=new_request())
    assert archive.call(GET, "/series/{series}", ticket=others).status_code == FORBIDDEN
    assert archive.call(GET, "/series/{foreign}", ticket=others).status_code == 200


def test_a_worker_account_with_a_ticket_as_its_password_is_nobody(
    archive: ArchiveOfTickets,
) -> None:
    answer = archive.call(GET, "/system", auth=("worker", archive.ticket()))
    assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "Basic ", "Bearer"])
def test_another_way_to_write_the_password_is_no_way_around(
    archive: ArchiveOfTickets, scheme: str
) -> None:
    _, credentials = basic(*archive.orthanc.worker).split()
    answer = archive.call(
        GET, "/series/{foreign}", auth=None, headers={"Authorization": f"{scheme} {credentials}"}
    )
    assert answer.status_code in {401, FORBIDDEN}


@pytest.mark.parametrize("place", [0, 1])
def test_a_second_header_with_a_password_is_no_way_around(
    archive: ArchiveOfTickets, place: int
) -> None:
    """Orthanc and the filter go by the same one of them, whichever that is."""
    headers = ["Basic garbage", "Basic garbage"]
    headers[place] = basic(*archive.orthanc.worker)
    call = http.client.HTTPConnection("127.0.0.1", archive.orthanc.http_port, timeout=30)
    with closing(call):
        call.putrequest(GET, f"/series/{archive.foreign}")
        for value in headers:
            call.putheader("Authorization", value)
        call.endheaders()
        assert call.getresponse().status in {401, FORBIDDEN}


def test_an_account_may_have_any_name(tmp_path: Path, new_orthanc: AnOrthanc) -> None:
    name, password = "워커:1", "비밀:2"
    segrelay = shipped_configuration()["Segrelay"]
    overrides = {
        "RegisteredUsers": {"orthanc": "admin-password", name: password},
        "Segrelay": segrelay | {"Tickets": segrelay["Tickets"] | {"Account": name}},
    }
    with new_orthanc(tmp_path / "orthanc", overrides=overrides) as orthanc:
        archive = fill(orthanc)
        headers = {"Authorization": basic(name, password)}
        for ticket, path, status in (
            (None, "/series/{series}", FORBIDDEN),
            (archive.ticket(), "/series/{foreign}", FORBIDDEN),
            (archive.ticket(), "/series/{series}", 200),
        ):
            answer = archive.call(GET, path, auth=None, headers=headers, ticket=ticket)
            assert answer.status_code == status


def test_an_older_attempt_is_refused_once_a_newer_one_was_seen(archive: ArchiveOfTickets) -> None:
    request = new_request()
    older, newer = (archive.ticket(request=request, attempt=number) for number in (1, 2))
    answers = [
        archive.call(GET, "/series/{series}", ticket=ticket).status_code
        for ticket in (older, newer, older, newer)
    ]
    assert answers == [200, 200, FORBIDDEN, 200]


def test_a_closed_attempt_is_refused_and_the_next_one_is_not(archive: ArchiveOfTickets) -> None:
    request = new_request()
    closed, next_one = (archive.ticket(request=request, attempt=number) for number in (1, 2))
    assert archive.call(GET, "/series/{series}", ticket=closed).status_code == 200
    close_attempt(archive, request, 1)
    assert archive.call(GET, "/series/{series}", ticket=closed).status_code == FORBIDDEN
    assert archive.call(GET, "/series/{series}", ticket=next_one).status_code == 200


def test_what_was_closed_stays_closed_over_a_restart(
    archive: ArchiveOfTickets, orthanc: OrthancServer
) -> None:
    request = new_request()
    close_attempt(archive, request, 1)
    orthanc.restart()
    for attempt, status in ((1, FORBIDDEN), (2, 200)):
        ticket = archive.ticket(request=request, attempt=attempt)
        assert archive.call(GET, "/series/{series}", ticket=ticket).status_code == status


def test_other_accounts_need_no_ticket_and_may_show_any(archive: ArchiveOfTickets) -> None:
    orthanc = archive.orthanc
    for account in (orthanc.admin, orthanc.django):
        for ticket in (None, "garbage", archive.ticket(series=[archive.foreign])):
            for path in ("/series/{series}", "/patients", "/plugins", "/app/explorer.html"):
                assert archive.call(GET, path, auth=account, ticket=ticket).status_code == 200
    assert archive.call(GET, "/system", auth=None).status_code == 401


def test_refusals_are_counted_and_logged_without_the_ticket(
    archive: ArchiveOfTickets, orthanc: OrthancServer
) -> None:
    before = orthanc.get("/segrelay/health")["tickets"]["refused"]
    ticket = archive.ticket()
    archive.call(GET, "/webdav/by-patients/Kim-Minji", ticket=ticket)
    tickets = orthanc.get("/segrelay/health")["tickets"]
    assert tickets["refused"] == before + 1
    assert tickets["last_refusal"]["reason"] == "not_for_workers"
    assert (tickets["required"], tickets["error"], tickets["warnings"]) == (True, None, [])
    [*_, last] = [line for line in orthanc.log.splitlines() if "ticket_refused" in line]
    assert f"request_id={archive.request} reason=not_for_workers method=GET" in last
    assert ticket.split(".")[1] not in orthanc.log
    assert "Kim" not in orthanc.log


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SEGRELAY_TICKET_SECRET": ""}, "Segrelay.Tickets.Secret"),
        ({"SEGRELAY_TICKET_SECRET": "short"}, "Segrelay.Tickets.Secret"),
    ],
)
def test_without_a_good_secret_the_workers_account_may_do_nothing(
    tmp_path: Path, new_orthanc: AnOrthanc, changes: dict[str, str], says: str
) -> None:
    with new_orthanc(tmp_path / "orthanc", tickets_required=True, environment=changes) as orthanc:
        archive = fill(orthanc)
        for ticket in (None, archive.ticket(), archive.ticket(secret="")):
            for path in ("/system", "/segrelay/health", "/series/{series}"):
                assert archive.call(GET, path, ticket=ticket).status_code == FORBIDDEN
        assert says in orthanc.get("/segrelay/health")["tickets"]["error"]


def test_where_tickets_are_not_required_the_log_and_health_say_so(
    tmp_path: Path, new_orthanc: AnOrthanc
) -> None:
    with new_orthanc(tmp_path / "orthanc", tickets_required=False) as orthanc:
        archive = fill(orthanc)
        assert archive.call(GET, "/series/{foreign}").status_code == 200
        tickets = orthanc.get("/segrelay/health")["tickets"]
        assert tickets["required"] is False
        assert "not required" in tickets["warnings"][0]
        assert "workers_unconfined" in orthanc.log


def test_where_orthanc_asks_for_no_passwords_the_log_and_health_say_that_nobody_is_confined(
    tmp_path: Path, new_orthanc: AnOrthanc
) -> None:
    with new_orthanc(
        tmp_path / "orthanc", tickets_required=True, overrides={"AuthenticationEnabled": False}
    ) as orthanc:
        archive = fill(orthanc)
        assert archive.call(GET, "/series/{foreign}", auth=None).status_code == 200
        assert "AuthenticationEnabled" in orthanc.get("/segrelay/health")["tickets"]["warnings"][0]
        assert "workers_unconfined" in orthanc.log


def basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def close_attempt(archive: ArchiveOfTickets, request: str, attempt: int) -> None:
    """As Django tells that an attempt is over."""
    state = {
        "request_id": request,
        "model": "stub",
        "status": "pending",
        "outcome": "",
        "attempt": attempt,
        "closed_attempt": attempt,
        "event": attempt,
        "created_at": "2026-01-31T12:00:00+00:00",
        "outdated": False,
        "results_deleted": False,
        "error": None,
    }
    path = "/segrelay/series/{series}/state"
    archive.call(PUT, path, auth=archive.orthanc.django, json=state).raise_for_status()
