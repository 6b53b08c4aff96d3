from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from builders.minimal_mr import (
    CT_IMAGE,
    SECONDARY_CAPTURE,
    SEGMENTATION,
    mr_series,
    other_object,
    upload,
)
from fakes.django_server import FakeDjango
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import BOTH_WAYS, SendBy, send_by_rest

UNKNOWN = "00000000-00000000-00000000-00000000-00000000"


@pytest.fixture(scope="module")
def shared_django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture
def django(shared_django: FakeDjango) -> FakeDjango:
    shared_django.reset()
    return shared_django


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, shared_django: FakeDjango, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    folder = tmp_path_factory.mktemp("orthanc")
    with new_orthanc(folder, django_url=shared_django.url) as server:
        yield server


def send(orthanc: OrthancServer) -> str:
    return send_by_rest(orthanc, mr_series())


def report(orthanc: OrthancServer, series_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = orthanc.get(f"/segrelay/series/{series_id}")
    return answer


def is_candidate(orthanc: OrthancServer, series_id: str) -> bool:
    return bool(report(orthanc, series_id)["candidate"])


def told_of(django: FakeDjango, series_id: str) -> list[dict[str, Any]]:
    return [event for event in django.events if event["series_id"] == series_id]


@BOTH_WAYS
def test_a_stable_mr_series_is_tagged_and_told_to_django_once(
    orthanc: OrthancServer, django: FakeDjango, send_by: SendBy
) -> None:
    series_id = send_by(orthanc, mr_series())
    until(lambda: told_of(django, series_id), what="Django hears of the series")
    until(lambda: is_candidate(orthanc, series_id), what="the series is tagged")
    # A later series is through, so a second telling of the first one would be there by now.
    later_id = send(orthanc)
    until(lambda: told_of(django, later_id), what="Django hears of the later series")
    [event] = told_of(django, series_id)
    assert event["event"] == "series_stable"
    assert (event["role"], event["candidate_models"], event["request_now"]) == ("t1", [], False)
    assert len(event["headers"]) == 3
    assert {row["SeriesInstanceUID"] for row in event["headers"]} == {event["series_instance_uid"]}
    assert not any(
        "Patient" in key for row in event["headers"] for key in row if "Image" not in key
    )
    assert orthanc.get(f"/series/{series_id}/metadata?expand")["SegrelayRole"] == "t1"
    assert django.calls[-1].headers["authorization"] == "Bearer plugin-token"


def test_what_is_no_mr_image_is_neither_tagged_nor_told(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    others = [
        other_object(sop_class_uid=SEGMENTATION, modality="SEG"),
        other_object(sop_class_uid=CT_IMAGE, modality="CT"),
        other_object(sop_class_uid=SECONDARY_CAPTURE, modality="MR"),
    ]
    other_ids = upload(others, url=orthanc.url, auth=orthanc.admin)
    mr_id = send(orthanc)
    until(lambda: told_of(django, mr_id), what="Django hears of the MR series")
    assert not any(told_of(django, series_id) for series_id in other_ids)
    assert [is_candidate(orthanc, series_id) for series_id in other_ids] == [False] * 3
    assert all(report(orthanc, series_id)["reasons"] for series_id in other_ids)


def test_a_deleted_series_is_told(orthanc: OrthancServer, django: FakeDjango) -> None:
    series_id = send(orthanc)
    until(lambda: told_of(django, series_id), what="Django hears of the series")
    orthanc.call("DELETE", f"/series/{series_id}").raise_for_status()
    until(lambda: len(told_of(django, series_id)) > 1, what="Django hears of the deletion")
    assert told_of(django, series_id)[-1]["event"] == "series_deleted"


def test_events_outlive_a_kill_while_django_is_down(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    django.close()
    series_id = send(orthanc)
    until(lambda: is_candidate(orthanc, series_id), what="the series is tagged")
    assert orthanc.get("/segrelay/health")["outbox"] > 0
    orthanc.kill()
    orthanc.start()
    django.open()
    until(lambda: told_of(django, series_id), what="Django hears of the series")
    until(lambda: orthanc.get("/segrelay/health")["outbox"] == 0, what="the outbox is empty")
    assert len(told_of(django, series_id)) == 1


@BOTH_WAYS
def test_a_series_that_was_arriving_at_a_kill_is_tagged_after_the_start(
    tmp_path: Path, django: FakeDjango, new_orthanc: AnOrthanc, send_by: SendBy
) -> None:
    orthanc = new_orthanc(tmp_path / "orthanc", django_url=django.url, overrides={"StableAge": 600})
    with orthanc:
        series_id = send_by(orthanc, mr_series())
        orthanc.kill()
        orthanc.overrides = {"StableAge": 1}
        orthanc.start()
        until(lambda: is_candidate(orthanc, series_id), what="the series is tagged")
        until(lambda: told_of(django, series_id), what="Django hears of the series")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rules": "[[rules]]\nname = 7"}, ("rules", "name")),
        ({"plugin_token": ""}, ("django", "Token")),
        ({"environment": {"SEGRELAY_DJANGO_URL": "queue.example"}}, ("django", "DjangoUrl")),
    ],
)
def test_with_a_bad_configuration_orthanc_starts_and_health_says_why(
    tmp_path: Path,
    django: FakeDjango,
    new_orthanc: AnOrthanc,
    changes: dict[str, Any],
    said: tuple[str, str],
) -> None:
    where, says = said
    arguments = {"django_url": django.url, **changes}
    with new_orthanc(tmp_path / "orthanc", **arguments) as orthanc:
        series_id = send(orthanc)
        until(lambda: orthanc.get(f"/series/{series_id}")["IsStable"], what="it is stable")
        health = orthanc.get("/segrelay/health")
        assert says in health[where]["error"]
        assert "error" in health["rules"]
        assert not is_candidate(orthanc, series_id)
        assert says in report(orthanc, series_id)["reasons"][0]
    assert not told_of(django, series_id)


@pytest.mark.parametrize("variable", ["ADMIN", "DJANGO", "WORKER"])
def test_orthanc_does_not_start_where_an_unset_password_would_let_the_network_in(
    tmp_path: Path, new_orthanc: AnOrthanc, variable: str
) -> None:
    orthanc = new_orthanc(
        tmp_path / "orthanc",
        overrides={"RemoteAccessAllowed": True},
        environment={f"ORTHANC_{variable}_PASSWORD": ""},
    )
    with closing(orthanc):
        with pytest.raises(RuntimeError, match="Orthanc ended at once"):
            orthanc.start()
        assert "anybody in the network could log in" in orthanc.log


def test_on_a_machine_that_nobody_else_reaches_an_empty_password_is_a_warning(
    tmp_path: Path, new_orthanc: AnOrthanc
) -> None:
    environment = {"ORTHANC_WORKER_PASSWORD": ""}
    with new_orthanc(tmp_path / "orthanc", environment=environment) as orthanc:
        [warning] = orthanc.get("/segrelay/health")["warnings"]
        assert '"worker"' in warning


def test_orthanc_loads_the_plugin_without_complaint(orthanc: OrthancServer) -> None:
    assert "Traceback" not in orthanc.log
    assert "DeprecationWarning" not in orthanc.log


def test_a_candidate_carries_its_label_where_orthanc_has_labels(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    has_labels = orthanc.get("/system").get("HasLabels", False)
    series_id = send(orthanc)
    until(lambda: is_candidate(orthanc, series_id), what="the series is tagged")
    labels = orthanc.call("GET", f"/series/{series_id}/labels")
    assert (labels.json() if labels.ok else None) == (
        ["segrelay-candidate"] if has_labels else None
    )


def test_health_says_that_all_is_well(orthanc: OrthancServer, django: FakeDjango) -> None:
    until(lambda: orthanc.get("/segrelay/health")["django"]["reachable"], what="Django answers")
    until(lambda: orthanc.get("/segrelay/health")["outbox"] == 0, what="the outbox is empty")
    health = orthanc.get("/segrelay/health")
    assert health["success"] is True
    assert health["orthanc_version"] == orthanc.get("/system")["Version"]
    assert health["rules"]["loaded"] > 0
    assert health["delivery_error"] is None
    assert health["warnings"] == []


def test_the_segment_route_relays_what_django_answers(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    series_id = send(orthanc)
    django.status, django.answer = 422, {"success": False, "code": "unsuitable_series"}
    response = orthanc.call(
        "POST",
        f"/segrelay/series/{series_id}/segment",
        json={"priority": "urgent"},
        headers={"Accept-Language": "ko", "Idempotency-Key": "key-1"},
    )
    assert (response.status_code, response.json()) == (422, django.answer)
    [call] = [call for call in django.calls if call.path.endswith(f"/{series_id}/segment/")]
    assert call.payload == {"priority": "urgent"}
    assert call.headers["accept-language"] == "ko"
    assert call.headers["idempotency-key"] == "key-1"
    assert call.headers["authorization"] == "Bearer plugin-token"


def test_a_header_that_cannot_travel_is_refused_with_a_sentence(orthanc: OrthancServer) -> None:
    series_id = send(orthanc)
    response = orthanc.call(
        "POST",
        f"/segrelay/series/{series_id}/segment",
        headers={"Idempotency-Key": "열쇠".encode()},
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("status", [301, 401, 405])
def test_what_concerns_the_plugins_own_token_or_address_is_not_the_readers(
    orthanc: OrthancServer, django: FakeDjango, status: int
) -> None:
    series_id = send(orthanc)
    django.status = status
    response = orthanc.call("POST", f"/segrelay/series/{series_id}/segment")
    assert (response.status_code, response.json()["code"]) == (503, "plugin_refused")


def test_what_went_wrong_is_said_in_the_readers_language(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    series_id = send(orthanc)
    django.close()
    route = f"/segrelay/series/{series_id}/segment"
    down = orthanc.call("POST", route, headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
    assert (down.status_code, down.json()["code"]) == (503, "django_unreachable")
    assert "응답하지 않습니다" in down.json()["error"]
    unknown = orthanc.call("GET", f"/segrelay/series/{UNKNOWN}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_series")
    assert UNKNOWN in unknown.json()["error"]


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("POST", "/segrelay/health"),
        ("DELETE", f"/segrelay/series/{UNKNOWN}"),
        ("GET", f"/segrelay/series/{UNKNOWN}/segment"),
    ],
)
def test_a_wrong_method_is_refused(orthanc: OrthancServer, method: str, route: str) -> None:
    assert orthanc.call(method, route).status_code == 405
