"""The way through the plugin, with the archive's own Python."""

from __future__ import annotations

from pathlib import Path

from builders.mr_series import build_series
from integration.conftest import AnOrthanc
from integration.end_to_end import check_press_in_orthanc
from integration.polling import until
from integration.system import connected
from integration.unique_series import unique

ASK_ALWAYS = """
[[rules]]
name = "every MR series"
candidate_models = ["stub-bright"]
request_now = true

[rules.when]
images = { min = 2 }
"""


def test_a_series_that_arrives_is_tagged_and_a_press_in_orthanc_leads_to_a_seg(
    new_orthanc: AnOrthanc, tmp_path: Path
) -> None:
    system = connected(new_orthanc, tmp_path)
    with system.archive, system.django:
        check_press_in_orthanc(system, scratch=tmp_path)


def test_a_rule_may_ask_for_the_analysis_of_each_series_that_arrives(
    new_orthanc: AnOrthanc, tmp_path: Path
) -> None:
    system = connected(new_orthanc, tmp_path, rules=ASK_ALWAYS)
    with system.archive, system.django, system.django.api() as api:
        series_id = system.send(build_series(unique()))
        until(lambda: api.requests(series_id=series_id), what="the rule asks by itself")
        [view] = api.requests(series_id=series_id)
        assert view.model == "stub-bright"
