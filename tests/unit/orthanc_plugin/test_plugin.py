import time
from pathlib import Path
from typing import Any

import pytest
from builders.tickets import REQUEST_ID, signed, ticket_payload
from fakes.django_server import FakeDjango
from fakes.orthanc_module import (
    FakeOrthanc,
    FakeOutput,
    FakeSeries,
    good_configuration,
    mr_tags,
)
from integration.polling import until

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.plugin import assemble
from segrelay_plugin.routes import RESULTS, SERIES

RULES = '[[rules]]\nname = "pairs"\nrole = "t1"\nwhen = { images = { min = 2 } }\n'


@pytest.fixture
def orthanc(tmp_path: Path, django: FakeDjango) -> FakeOrthanc:
    (tmp_path / "rules.toml").write_text(RULES)
    configuration = good_configuration(django_url=django.url)
    return FakeOrthanc(tmp_path, configuration=configuration)


def ask(orthanc: FakeOrthanc, route: str, *groups: str, **request: Any) -> FakeOutput:
    output = FakeOutput()
    arguments = {"method": "GET", "groups": groups, "headers": {}, **request}
    assemble(orthanc).routes[route](output, "", **arguments)
    return output


def press(orthanc: FakeOrthanc, *, body: bytes = b"", **headers: str) -> FakeOutput:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    route = f"{SERIES}/segment"
    return ask(orthanc, route, "a-1", method="POST", body=body, headers=headers)


def test_health_shows_what_works(orthanc: FakeOrthanc) -> None:
    health = ask(orthanc, "/segrelay/health").payload
    assert health["django"]["reachable"] is True
    assert (health["rules"]["loaded"], health["rules"]["error"]) == (1, None)
    assert health["rules"]["loaded_at"]
    assert (health["outbox"], health["orthanc_version"]) == (0, "1.12.7")


def test_health_shows_that_django_is_silent(orthanc: FakeOrthanc, django: FakeDjango) -> None:
    django.close()
    health = ask(orthanc, "/segrelay/health").payload
    assert health["django"]["reachable"] is False
    assert health["django"]["error"]


def test_health_warns_of_accounts_that_anybody_can_use(orthanc: FakeOrthanc) -> None:
    orthanc.configuration["RegisteredUsers"] = {"orthanc": "", "worker": "long"}
    [warning] = ask(orthanc, "/segrelay/health").payload["warnings"]
    assert '"orthanc"' in warning


def test_accounts_that_anybody_in_the_network_can_use_keep_orthanc_from_starting(
    orthanc: FakeOrthanc,
) -> None:
    orthanc.configuration |= {"RegisteredUsers": {"orthanc": ""}, "RemoteAccessAllowed": True}
    with pytest.raises(ConfigurationError):
        assemble(orthanc)
    assert any(line.startswith("E ") and "does not start" in line for line in orthanc.log)


def test_bad_rules_stop_the_tagging_and_nothing_else(
    orthanc: FakeOrthanc, tmp_path: Path, django: FakeDjango
) -> None:
    (tmp_path / "rules.toml").write_text("")
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags()])
    health = ask(orthanc, "/segrelay/health").payload
    assert "holds no" in health["rules"]["error"]
    assert health["django"]["reachable"] is True
    assert press(orthanc).status == 200
    assert "holds no" in ask(orthanc, SERIES, "a-1").payload["reasons"][0]
    assert any(line.startswith("E ") and "holds no" in line for line in orthanc.log)


def test_without_a_token_nothing_runs_and_a_press_says_why(orthanc: FakeOrthanc) -> None:
    orthanc.configuration["Segrelay"]["Token"] = ""
    assert assemble(orthanc).background is None
    answer = press(orthanc)
    assert (answer.status, answer.payload["code"]) == (503, "plugin_not_configured")
    assert "Segrelay.Token" in answer.payload["error"]


def test_without_a_token_a_worker_may_read_and_hands_nothing_in(orthanc: FakeOrthanc) -> None:
    orthanc.configuration["Segrelay"]["Token"] = ""
    ticket = signed(ticket_payload(now=time.time()))
    answer = ask(orthanc, RESULTS, REQUEST_ID, method="POST", headers={"segrelay-ticket": ticket})
    assert (answer.status, answer.payload["code"]) == (503, "plugin_not_configured")


def test_a_press_from_a_page_of_another_site_does_nothing(
    orthanc: FakeOrthanc, django: FakeDjango
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    answer = press(orthanc, origin="https://elsewhere.example")
    assert (answer.status, answer.payload["code"]) == (403, "other_site")
    assert django.calls == []


def test_an_outbox_folder_that_cannot_be_used_is_named(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    (tmp_path / "storage").write_text("a file in the way")
    assert "outbox folder" in ask(orthanc, "/segrelay/health").payload["django"]["error"]


def test_an_untagged_series_says_why_in_the_readers_language(orthanc: FakeOrthanc) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    headers = {"accept-language": "ko"}
    report = ask(orthanc, SERIES, "a-1", headers=headers).payload
    assert (report["candidate"], report["instance_count"]) == (False, 1)
    assert report["reasons"] == [
        '규칙 "pairs"에 맞지 않습니다: images(현재 "1")은(는) 2 이상이어야 합니다.'
    ]


def test_a_series_that_will_be_tagged_says_so(orthanc: FakeOrthanc) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags()])
    assert "wait" in ask(orthanc, SERIES, "a-1").payload["reasons"][0]


@pytest.mark.parametrize("body", [b"[]", b"{", b"7", b"\xff"])
def test_a_press_that_is_no_json_object_is_refused(orthanc: FakeOrthanc, body: bytes) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    answer = press(orthanc, body=body)
    assert (answer.status, answer.payload["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("key", ["열쇠", "a\r\nX-Other: b"])
def test_a_press_whose_header_cannot_travel_is_refused(
    orthanc: FakeOrthanc, django: FakeDjango, key: str
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    answer = press(orthanc, idempotency_key=key)
    assert (answer.status, answer.payload["code"]) == (400, "invalid_request")
    assert "Latin" in answer.payload["error"]
    assert django.calls == []


def test_a_press_on_an_unknown_series_does_not_reach_django(
    orthanc: FakeOrthanc, django: FakeDjango
) -> None:
    assert press(orthanc).status == 404
    assert django.calls == []


def test_each_press_has_a_key_of_its_own_unless_the_caller_sends_one(
    orthanc: FakeOrthanc, django: FakeDjango
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    press(orthanc)
    press(orthanc, idempotency_key="")
    press(orthanc, idempotency_key="mine")
    keys = [call.headers["idempotency-key"] for call in django.calls]
    assert len({key for key in keys if key}) == 3
    assert keys[2] == "mine"


def test_what_orthanc_reports_reaches_django(orthanc: FakeOrthanc, django: FakeDjango) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags()], metadata={})
    background = assemble(orthanc).background
    assert background is not None
    background.series_stable("a-1")
    background.series_deleted("a-1")
    background.start()
    until(lambda: len(django.events) == 2, what="Django heard of both")
    background.stop()
    assert [event["event"] for event in django.events] == ["series_stable", "series_deleted"]
