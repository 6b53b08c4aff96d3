from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.made_head import made_head
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.ways import check_input as module
from segrelay_worker.ways.check_input import check_input


def _package(folder: Path, sections: str, roles: tuple[str, ...] = ("t1",)) -> ModelPackage:
    weights = write_stub_package(folder, roles=roles)
    toml = folder / "model.toml"
    toml.write_text(f"{toml.read_text('utf-8')}\n{sections}", encoding="utf-8")
    return load_package(weights)


def test_a_head_is_seen_as_the_network_would_see_it_in_a_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "made_head", partial(made_head, shape=(22, 26, 22)))
    steps = '[[input.preprocessing]]\nstep = "zscore"\n[window]\nsize = [8, 30, 12]\n'
    seen_cxyz = check_input(_package(tmp_path, steps, roles=("t1", "flair")))
    assert seen_cxyz.shape == (2, 8, 30, 12)
    assert seen_cxyz.dtype == np.float32
    assert not np.array_equal(*seen_cxyz)
    assert 0 < np.abs(seen_cxyz[:, :, 2:28]).max() < 20  # no longer hundreds
    assert (seen_cxyz[:, :, [0, 1, 28, 29]] == 0).all()  # beyond the head's volume


def test_a_package_may_bring_its_own(tmp_path: Path) -> None:
    own = np.random.default_rng(0).random((1, 5, 6, 7), dtype=np.float32)
    np.save(tmp_path / "own.npy", own)
    package = _package(tmp_path, '[inference]\ncheck_input = "own.npy"\n')
    assert np.array_equal(check_input(package), own)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 5, 6, 7), np.float32), np.zeros((5, 6, 7), np.float32), np.zeros((1, 5, 6, 7))],
)
def test_one_that_the_network_could_not_see_is_named(
    tmp_path: Path, wrong: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    np.save(tmp_path / "own.npy", wrong)
    package = _package(tmp_path, '[inference]\ncheck_input = "own.npy"\n')
    with pytest.raises(PermanentError, match=r"own\.npy is not float32 \[1, x, y, z\]") as caught:
        check_input(package)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_one_that_is_a_pickle_is_not_run(tmp_path: Path) -> None:
    np.save(tmp_path / "own.npy", np.array([{"code": 1}], dtype=object), allow_pickle=True)
    package = _package(tmp_path, '[inference]\ncheck_input = "own.npy"\n')
    with pytest.raises(PermanentError, match=r"own\.npy is not"):
        check_input(package)
