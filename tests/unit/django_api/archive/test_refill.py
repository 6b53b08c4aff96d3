from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime

import pytest
from builders.orthanc_answers import OrthancAnswers, tags_row
from django.core.management import CommandError, call_command

from segrelay_api.archive.models import TaggedSeries
from segrelay_api.database_calls import in_database
from segrelay_api.queue.models import SegmentationRequest

pytestmark = pytest.mark.django_db(transaction=True)


def candidate(series_id: str, *, images: int = 4) -> dict[str, object]:
    return {
        "series_id": series_id,
        "series_instance_uid": "1.2.3",
        "study_id": "study-1",
        "study_instance_uid": "1.2",
        "role": "t1",
        "candidate_models": ["brain"],
        "instance_count": images,
        "tagged_at": "2026-01-01T00:00:00+00:00",
        "headers": [tags_row(index) for index in range(images)],
    }


def page(*candidates: dict[str, object], following: int | None = None) -> dict[str, object]:
    return {"success": True, "candidates": list(candidates), "next": following}


async def refill() -> str:
    out = io.StringIO()
    await asyncio.to_thread(call_command, "series_refill", stdout=out)
    return out.getvalue()


async def test_every_page_is_read_judged_and_counted(orthanc: OrthancAnswers) -> None:
    orthanc.candidate_pages = {
        0: page(candidate("a"), candidate("b", images=1), following=20),
        20: page(candidate("c")),
    }
    assert await refill() == (
        "3 tagged series, of which 1 cannot be segmented; 0 forgotten that Orthanc no longer has.\n"
    )
    series = await in_database(TaggedSeries.objects.get, series_id="c")
    assert (series.role, series.candidate_models, series.slice_count) == ("t1", ["brain"], 4)
    assert series.told_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert await in_database(SegmentationRequest.objects.count) == 0


async def test_what_orthanc_no_longer_has_is_forgotten_and_the_rest_stays(
    orthanc: OrthancAnswers,
) -> None:
    orthanc.candidate_pages = {0: page(candidate("gone"), candidate("here"))}
    await refill()
    orthanc.add_series("here")
    orthanc.candidate_pages = {0: page()}  # as when others are deleted while it reads
    assert "1 forgotten" in await refill()
    assert (await in_database(TaggedSeries.objects.get)).series_id == "here"


async def test_an_orthanc_without_the_plugin_is_said(orthanc: OrthancAnswers) -> None:
    with pytest.raises(CommandError, match="Segrelay plugin"):
        await refill()
    orthanc.is_down = True
    with pytest.raises(CommandError, match="ORTHANC_URL"):
        await refill()
