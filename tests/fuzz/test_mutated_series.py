from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders.mr_series import build_series, write_series
from builders.mutated_series import PLAN
from builders.segmented import segmented
from fakes.stub_segmenter import write_stub_package
from fuzz.core_process import Ended, run_seeds
from fuzz.stored_geometry import misplaced
from hypothesis import settings
from pydicom import dcmread

from segrelay_worker.segmenters.package import load_package

IN_CI, IN_SOAK, AT_ONCE = 200, 2000, 250


def _seeds() -> list[tuple[int, int]]:
    """First and count: always the same ones, or many that nobody has seen (`make soak`)."""
    if settings.get_current_profile_name() != "soak":
        return [(0, IN_CI)]
    first = random.SystemRandom().randrange(10**9)
    return [(first + done, AT_ONCE) for done in range(0, IN_SOAK, AT_ONCE)]


@pytest.mark.long
def test_a_damaged_series_ends_in_a_true_result_or_a_stated_reason() -> None:
    with ThreadPoolExecutor(2) as pool:
        batches = pool.map(lambda seeds: list(run_seeds(*seeds)), _seeds())
        ended = [one for batch in batches for one in batch]
    # Again, one by one: PYTHONPATH=contract:worker:tests python -m fuzz.core_side SEED 1
    faults = [f"seed {one.seed}: {one.end}: {one.fault}" for one in ended if one.fault]
    assert not faults, "\n".join(faults)
    ends = Counter(one.end for one in ended)
    # Neither so little damage that all goes well, nor so much that nothing is left.
    assert len(ended) / 10 < ends["segmented"] < len(ended) / 2
    assert len(ends) > 5


def test_a_process_that_dies_of_a_seed_is_told_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = (
        "import json, os, signal, sys\n"
        "for seed in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):\n"
        "    if seed == 1: os.kill(os.getpid(), signal.SIGPROF)\n"
        "    print(json.dumps({'seed': seed, 'end': 'segmented', 'fault': ''}), flush=True)\n"
    )
    monkeypatch.setattr("fuzz.core_process.PROGRAM", ("-c", program))
    assert list(run_seeds(0, 3)) == [
        Ended(0, "segmented", ""),
        Ended(1, "killed by SIGPROF", "no word"),
        Ended(2, "segmented", ""),
    ]


def test_a_seg_beside_its_source_is_found_out(tmp_path: Path) -> None:
    paths = write_series(build_series(PLAN), tmp_path / "series")
    package = load_package(write_stub_package(tmp_path / "package"))
    outcome = segmented(tmp_path / "series", tmp_path, package)
    files = [path.read_bytes() for path in paths]
    seg_path = outcome.files[0].path
    assert misplaced(seg_path, files) == ""
    seg = dcmread(seg_path)
    seg.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient[1] += 0.5
    seg.save_as(seg_path)
    assert misplaced(seg_path, files).startswith("frame 2 does not lie where its source")
