from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom import Dataset

from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.stamp import stamp

NOW = datetime(2026, 1, 31, 20, 30, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("offset", "date", "time"),
    [
        ("+0900", "20260201", "043000"),
        ("-0330", "20260131", "160000"),
        ("+0000", "20260131", "193000"),
        (None, "20260131", "203000"),
        ("", "20260131", "203000"),
        ("KST", "20260131", "203000"),
        ("+9900", "20260131", "203000"),
    ],
)
def test_times_are_in_the_zone_that_the_object_names(
    offset: str | None, date: str, time: str
) -> None:
    image = Dataset()
    image.ContentDate = image.ContentTime = ""
    if offset is not None:
        image.TimezoneOffsetFromUTC = offset
    stamp(image, NOW)
    assert (image.ContentDate, image.ContentTime) == (date, time)


def test_a_seg_is_dated_in_the_zone_of_its_source(tmp_path: Path) -> None:
    plan = SeriesPlan(shape_zyx=(2, 4, 4), changes={"TimezoneOffsetFromUTC": "+0900"})
    seg = build_seg(
        finished_work(tmp_path, plan), binary_content(np.ones((1, 2, 4, 4), dtype=bool))
    )
    assert seg.TimezoneOffsetFromUTC == "+0900"
    assert (seg.InstanceCreationDate, seg.InstanceCreationTime) == ("20260131", "213456")
