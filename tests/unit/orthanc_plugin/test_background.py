import threading
from pathlib import Path

from fakes.django_server import FakeDjango
from fakes.orthanc_module import FakeOrthanc, FakeSeries, good_configuration, mr_tags
from integration.polling import until

from segrelay_plugin.plugin import assemble

RULES = '[[rules]]\nname = "all"\nwhen = { images = { min = 1 } }\n'


def test_a_silent_django_does_not_hold_up_the_end(tmp_path: Path, django: FakeDjango) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    series = {"a-1": FakeSeries([mr_tags()])}
    configuration = good_configuration(django_url=django.url)
    orthanc = FakeOrthanc(tmp_path, configuration=configuration, series=series)
    background = assemble(orthanc).background
    assert background is not None
    django.hang()
    background.start()
    until(lambda: django.events, what="Django is being told")
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    stopping.join(20)  # the call that hangs would take 30 s
    assert not stopping.is_alive()
