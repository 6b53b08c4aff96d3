"""Our figures among those of a real Orthanc."""

from __future__ import annotations

import time
from pathlib import Path

from builders.minimal_mr import mr_series, upload
from fakes.django_server import FakeDjango
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until


def gauge(orthanc: OrthancServer, name: str) -> float:
    text = orthanc.call("GET", "/tools/metrics-prometheus").text
    lines = [line.split() for line in text.splitlines()]
    [value] = [float(words[1]) for words in lines if words[0] == name]
    return value


def test_prometheus_reads_our_figures_from_orthanc(tmp_path: Path, new_orthanc: AnOrthanc) -> None:
    started = time.time()
    with (
        FakeDjango() as django,
        new_orthanc(tmp_path / "orthanc", django_url=django.url, tickets_required=True) as orthanc,
    ):
        upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
        until(lambda: gauge(orthanc, "segrelay_tagged_series") == 1, what="the series is tagged")
        until(lambda: gauge(orthanc, "segrelay_outbox_length") == 0, what="Django was told")
        # Orthanc keeps 32-bit floats, which round such a number to 128.
        assert gauge(orthanc, "segrelay_django_last_contact") > started - 200
        orthanc.call("GET", "/patients", auth=orthanc.worker)
        assert gauge(orthanc, "segrelay_tickets_refused") == 1
        orthanc.restart()
        until(lambda: gauge(orthanc, "segrelay_tagged_series") == 1, what="it is counted again")
