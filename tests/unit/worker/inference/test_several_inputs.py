"""A model with two roles, from files of two series to the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import NOW
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import SeriesPlan, build_series, write_series
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from integration.dicom_judges import dcentvfy_complaints, dciodvfy_errors
from pydicom import Dataset, dcmread

from segrelay_worker.dicom_results.reported_result import mask_sha256
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)

T1 = SeriesPlan(shape_zyx=(6, 14, 10), spacing_zyx_mm=(8.0, 6.0, 7.0))
# The same places in another plane, and one more around them.
FLAIR = replace(
    T1,
    seed=1,
    plane="sagittal",
    shape_zyx=(12, 8, 16),
    spacing_zyx_mm=(7.0, 8.0, 6.0),
    changes={
        "StudyInstanceUID": T1.uid(1),
        "FrameOfReferenceUID": T1.uid(3),
        "SeriesNumber": 9,
        "SeriesDescription": "t2_flair",
    },
)


@dataclass(frozen=True)
class ChannelSegmenter:
    """Marks what is bright in one channel, whatever the others show."""

    channel: int

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        report(1.0)
        bright = channels.array_cxyz[self.channel, np.newaxis] > 500
        return Prediction(bright.astype(np.float32))


def segment(
    folder: Path,
    t1: SeriesPlan,
    flair: SeriesPlan | list[Dataset],
    segmenter: Segmenter | None = None,
    roles: tuple[str, ...] = ("t1", "flair"),
) -> SeriesOutcome:
    write_series(build_series(t1), folder / "t1")
    images = build_series(flair) if isinstance(flair, SeriesPlan) else flair
    write_series(images, folder / "flair")
    (folder / "results").mkdir()
    package = load_package(write_stub_package(folder / "package", roles=roles))
    return segment_series(
        inputs=[InputFolder(folder / "flair", "flair"), InputFolder(folder / "t1", "t1")],
        results_folder=folder / "results",
        package=package,
        segmenter=segmenter or StubSegmenter(package),
        threshold=None,
        run=0,
        report=lambda _stage, _fraction: None,
        now=NOW,
    )


def test_what_both_inputs_show_is_marked_on_the_grid_of_the_first(tmp_path: Path) -> None:
    outcome = segment(tmp_path, T1, FLAIR)
    assert outcome.mask_sha256 == mask_sha256(T1.truth_zyx[np.newaxis])
    assert outcome.warnings == ()


@pytest.mark.parametrize("many_slices_in_one", [enhanced_mr, mosaic])
@pytest.mark.parametrize("roles", [("t1", "flair"), ("flair", "t1")])
def test_inputs_may_be_stored_in_different_ways(
    tmp_path: Path, roles: tuple[str, str], many_slices_in_one: Callable[[SeriesPlan], Dataset]
) -> None:
    beside = replace(T1, seed=1, changes=FLAIR.changes)
    outcome = segment(tmp_path, T1, [many_slices_in_one(beside)], roles=roles)
    assert outcome.mask_sha256 == mask_sha256(T1.truth_zyx[np.newaxis])


@pytest.mark.parametrize(("channel", "is_found"), [(0, True), (1, False)])
def test_each_channel_is_the_input_of_its_role(
    tmp_path: Path, *, channel: int, is_found: bool
) -> None:
    outcome = segment(tmp_path, T1, replace(FLAIR, lesion=False), ChannelSegmenter(channel))
    assert bool(outcome.segments[0].voxel_count) is is_found


def test_results_name_all_series_and_follow_the_standard(tmp_path: Path) -> None:
    outcome = segment(tmp_path, T1, FLAIR)
    files = {file.kind: file.path for file in outcome.files}
    seg, report = dcmread(files["SEG"]), dcmread(files["SR"])
    both = {T1.uid(2): images_of(T1), FLAIR.uid(2): images_of(FLAIR)}
    named = named_images(seg.ReferencedSeriesSequence, "ReferencedInstanceSequence")
    assert named[FLAIR.uid(2)] == both[FLAIR.uid(2)]
    assert set(named) == set(both)
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    named = named_images(study.ReferencedSeriesSequence, "ReferencedSOPSequence")
    assert named == {**both, seg.SeriesInstanceUID: {seg.SOPInstanceUID}}
    under = {
        source.ReferencedSOPInstanceUID
        for frame in seg.PerFrameFunctionalGroupsSequence
        for source in frame.DerivationImageSequence[0].SourceImageSequence
    }
    assert under <= both[T1.uid(2)]
    assert [dciodvfy_errors(path) for path in files.values()] == [[], [], []]
    sources = [path for role in ("t1", "flair") for path in (tmp_path / role).iterdir()]
    assert dcentvfy_complaints([*sources, *files.values()]) == []


def images_of(plan: SeriesPlan) -> set[str]:
    return {plan.uid(4, number + 1) for number in range(plan.shape_zyx[0])}


def named_images(items: Iterable[Dataset], keyword: str) -> dict[str, set[str]]:
    return {
        item.SeriesInstanceUID: {image.ReferencedSOPInstanceUID for image in item[keyword].value}
        for item in items
    }


def test_another_second_input_makes_another_result(tmp_path: Path) -> None:
    made = partial(segment, t1=T1)
    outcomes = [
        made(tmp_path / "1", flair=FLAIR),
        made(tmp_path / "2", flair=FLAIR),
        made(tmp_path / "3", flair=replace(FLAIR, uid_root="2.25.2718281828")),
    ]
    uids = [outcome.files[0].sop_instance_uid for outcome in outcomes]
    assert uids[0] == uids[1] != uids[2]
