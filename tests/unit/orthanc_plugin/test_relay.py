from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes.django_server import API, FakeDjango
from fakes.orthanc_module import FakeOrthanc, FakeOutput, FakeSeries, good_configuration, mr_tags
from integration.polling import until

from segrelay_plugin.plugin import Plugin, assemble
from segrelay_plugin.routes import SERIES, STUDY

SERIES_ID, STUDY_ID = "a-1", "aaaa-bbbb"


@dataclass(frozen=True)
class Relayed:
    method: str
    route: str
    one_id: str
    path: str  # at Django


CALLS = [
    Relayed("POST", f"{SERIES}/segment", SERIES_ID, f"{API}series/a-1/segment/"),
    Relayed("GET", f"{SERIES}/models", SERIES_ID, f"{API}series/a-1/models/"),
    Relayed("POST", f"{STUDY}/segment", STUDY_ID, f"{API}studies/aaaa-bbbb/segment/"),
    Relayed("GET", f"{STUDY}/models", STUDY_ID, f"{API}studies/aaaa-bbbb/models/"),
]


@pytest.fixture
def plugin(tmp_path: Path, django: FakeDjango) -> Plugin:
    configuration = good_configuration(django_url=django.url)
    series = {SERIES_ID: FakeSeries([mr_tags()])}
    return assemble(FakeOrthanc(tmp_path, configuration=configuration, series=series))


def ask(plugin: Plugin, relayed: Relayed, **headers: str) -> FakeOutput:
    output = FakeOutput()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    arguments = {"groups": (relayed.one_id,), "headers": sent, "body": b""}
    plugin.routes[relayed.route](output, "", method=relayed.method, **arguments)
    return output


@pytest.mark.parametrize("relayed", CALLS)
def test_a_call_reaches_django_and_its_answer_the_reader(
    plugin: Plugin, django: FakeDjango, relayed: Relayed
) -> None:
    django.status, django.answer = 422, {"success": False, "code": "unsuitable_series"}
    answer = ask(plugin, relayed, accept_language="ko", idempotency_key="mine")
    assert (answer.status, answer.payload) == (422, django.answer)
    [call] = django.calls
    is_press = relayed.method == "POST"
    assert (call.method, call.path) == (relayed.method, relayed.path)
    assert call.headers["accept-language"] == "ko"
    assert call.headers.get("idempotency-key") == ("mine" if is_press else None)
    assert call.payload == ({} if is_press else None)


@pytest.mark.parametrize("relayed", CALLS)
def test_of_what_the_archive_does_not_hold_django_is_not_asked(
    plugin: Plugin, django: FakeDjango, relayed: Relayed
) -> None:
    answer = ask(plugin, replace(relayed, one_id="b-2"))
    kind = "series" if relayed.one_id == SERIES_ID else "study"
    assert (answer.status, answer.payload["code"]) == (404, f"unknown_{kind}")
    assert django.calls == []


@pytest.mark.parametrize("relayed", CALLS)
def test_only_of_a_press_is_it_unknown_whether_it_was_taken(
    plugin: Plugin, django: FakeDjango, relayed: Relayed
) -> None:
    django.close()
    answer = ask(plugin, relayed)
    expected = "django_unreachable" if relayed.method == "POST" else "django_silent"
    assert (answer.status, answer.payload["code"]) == (503, expected)


def test_all_relays_share_the_places_in_which_one_may_wait(
    plugin: Plugin, django: FakeDjango
) -> None:
    django.hang()
    with ThreadPoolExecutor(4) as readers:
        waiting = [readers.submit(ask, plugin, relayed) for relayed in CALLS]
        until(lambda: len(django.calls) == len(CALLS), what="each call waits for Django")
        codes = {ask(plugin, relayed).payload["code"] for relayed in CALLS}
        django.release()
        assert {call.result().status for call in waiting} == {200}
    assert codes == {"busy"}
    assert ask(plugin, CALLS[1]).status == 200
