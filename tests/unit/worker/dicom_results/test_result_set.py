from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results import result_set
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import SegContent, binary_content
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import PermanentError

PLAN = SeriesPlan()


def test_a_seg_that_does_not_give_the_mask_back_is_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = finished_work(tmp_path, PLAN)
    mask_szyx = PLAN.truth_zyx[None]

    def mirrored(work: FinishedWork, content: SegContent) -> Dataset:
        return build_seg(work, replace(content, values_szyx=np.flip(content.values_szyx, axis=-1)))

    monkeypatch.setattr(result_set, "build_seg", mirrored)
    with pytest.raises(PermanentError) as caught:
        write_results(
            work=work,
            content=binary_content(mask_szyx),
            result=reported_result(work, mask_szyx),
            folder=tmp_path,
            report=lambda _: None,
        )
    assert caught.value.code is ErrorCode.READBACK_MISMATCH


def test_a_finding_makes_three_objects_and_nothing_found_two(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN)
    for mask_szyx, kinds in (
        (PLAN.truth_zyx[None], ["SEG", "SC", "SR"]),
        (np.zeros((1, *PLAN.shape_zyx), dtype=bool), ["SC", "SR"]),
    ):
        files = write_results(
            work=work,
            content=binary_content(mask_szyx),
            result=reported_result(work, mask_szyx),
            folder=tmp_path,
            report=lambda _: None,
        )
        assert [file.kind for file in files] == kinds
