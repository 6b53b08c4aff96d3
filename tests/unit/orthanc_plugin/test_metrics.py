from pathlib import Path

import pytest
from fakes.django_server import FakeDjango
from fakes.orthanc_module import FakeOrthanc, FakeSeries, good_configuration, mr_tags
from integration.polling import until

from segrelay_plugin.metrics import ROUTE
from segrelay_plugin.plugin import Plugin, assemble

RULES = '[[rules]]\nname = "pairs"\nwhen = { images = { min = 2 } }\n'


@pytest.fixture
def orthanc(tmp_path: Path, django: FakeDjango) -> FakeOrthanc:
    (tmp_path / "rules.toml").write_text(RULES)
    return FakeOrthanc(tmp_path, configuration=good_configuration(django_url=django.url))


def gauges(orthanc: FakeOrthanc, plugin: Plugin) -> dict[str, int]:
    plugin.metrics.before_call(ROUTE)
    return {name.removeprefix("segrelay_"): int(value) for name, value in orthanc.metrics.items()}


def test_figures_are_told_when_somebody_reads_them(orthanc: FakeOrthanc) -> None:
    plugin = assemble(orthanc)
    plugin.metrics.before_call("/system")
    assert orthanc.metrics == {}
    assert gauges(orthanc, plugin) == {
        "tagged_series": 0,
        "outbox_length": 0,
        "tickets_refused": 0,
        "django_last_contact": 0,
    }


def test_figures_follow_what_happens(orthanc: FakeOrthanc, django: FakeDjango) -> None:
    orthanc.series = {f"a-{n}": FakeSeries([mr_tags()] * n) for n in (1, 2, 3)}
    django.status = 503
    plugin = assemble(orthanc)
    assert plugin.background is not None
    plugin.background.start()
    until(lambda: gauges(orthanc, plugin)["tagged_series"] == 2, what="both are tagged")
    assert gauges(orthanc, plugin)["outbox_length"] == 2
    until(lambda: gauges(orthanc, plugin)["django_last_contact"], what="Django answers")
    plugin.background.series_deleted("a-2")
    until(lambda: gauges(orthanc, plugin)["tagged_series"] == 1, what="one is gone")
    assert gauges(orthanc, plugin)["outbox_length"] == 3
    plugin.background.stop()


def test_a_plugin_that_is_not_configured_has_figures_too(orthanc: FakeOrthanc) -> None:
    orthanc.configuration["Segrelay"]["Token"] = ""
    assert gauges(orthanc, assemble(orthanc))["outbox_length"] == 0
