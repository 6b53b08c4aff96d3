"""The queue's database is lost: the tags of real series are read from the plugin."""

from __future__ import annotations

from pathlib import Path

from builders.minimal_mr import mr_series
from integration.conftest import AnOrthanc
from integration.django_server import DjangoServer
from integration.polling import until
from integration.sending import send_by_rest


def test_what_django_was_never_told_is_read_from_the_plugin(
    tmp_path: Path, new_orthanc: AnOrthanc
) -> None:
    with new_orthanc(tmp_path / "orthanc") as orthanc:
        series_id = send_by_rest(orthanc, mr_series())
        report = f"/segrelay/series/{series_id}"
        until(lambda: orthanc.get(report)["candidate"], what="the series is tagged")
        with DjangoServer(tmp_path / "django", orthanc.url, orthanc.django) as django:
            for _ in range(2):
                said = django.manage("series_refill")
                assert said.startswith("1 tagged series, of which 0 cannot be segmented")
            query = "SELECT role, slice_count FROM archive_taggedseries WHERE series_id = ?"
            assert django.row(query, series_id) == ("t1", 3)
