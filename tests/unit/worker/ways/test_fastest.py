from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.bright_network import SIDE, BrightNetwork, bright_package, cube
from builders.placed_channels import placed

from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.memory_ladder import Run
from segrelay_worker.segmenters.network import Network
from segrelay_worker.segmenters.network_segmenter import NetworkSegmenter
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.ways import fastest as choosing
from segrelay_worker.ways.fastest import Chosen, fastest
from segrelay_worker.ways.way import Source, Way


class Counting(torch.nn.Module):
    """Knows how often it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = BrightNetwork()
        self.calls = 0

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        output: torch.Tensor = self.inner(batch)
        return output


def _offer(monkeypatch: pytest.MonkeyPatch, *ways: Way) -> None:
    monkeypatch.setattr(choosing, "ways_to_try", lambda *_args, **_more: ways)


@pytest.fixture
def _each_call_takes_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried later is faster."""
    ticks = iter(np.cumsum(np.repeat([8.0, 4.0, 2.0, 1.0, 0.5], 4)))
    monkeypatch.setattr(choosing, "_clock_for", lambda _device: lambda: float(next(ticks)))


def _chosen(package: ModelPackage, network: torch.nn.Module, cache: Path) -> Chosen:
    return fastest(package, network, Machine("cpu", cache_folder=cache), torch.sigmoid)


def test_a_package_that_wants_the_reference_is_not_tried(tmp_path: Path) -> None:
    package = bright_package(tmp_path / "package", precision="reference")
    network = Counting().eval()
    assert _chosen(package, network, tmp_path / "cache") == Chosen("eager", network)
    assert network.calls == 0
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("_each_call_takes_less")
def test_what_was_chosen_once_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, Way("quick", lambda source, _: source.network))
    package = bright_package(tmp_path / "package", precision="exact")
    first, second = Counting().eval(), Counting().eval()
    assert _chosen(package, first, tmp_path / "cache").name == "quick"
    assert first.calls > 0
    assert _chosen(package, second, tmp_path / "cache").name == "quick"
    assert second.calls == 0
    (kept,) = (tmp_path / "cache").rglob("choice.json")
    assert json.loads(kept.read_text("utf-8"))["dice"] == 1.0


@pytest.mark.usefixtures("_each_call_takes_less")
def test_another_version_of_the_package_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, Way("quick", lambda source, _: source.network))
    for precision in ("exact", "fast"):
        network = Counting().eval()
        _chosen(
            bright_package(tmp_path / precision, precision=precision), network, tmp_path / "cache"
        )
        assert network.calls > 0


@pytest.mark.usefixtures("_each_call_takes_less")
def test_another_check_input_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch, Way("quick", lambda source, _: source.network))
    package = bright_package(tmp_path / "package", precision="exact")
    for factor in (1, 2):
        np.save(tmp_path / "package" / "cube.npy", factor * cube())
        network = Counting().eval()
        _chosen(package, network, tmp_path / "cache")
        assert network.calls > 0


def test_a_known_way_that_cannot_be_built_any_more_is_chosen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = bright_package(tmp_path / "package", precision="exact")
    monkeypatch.setattr(choosing, "known_choice", lambda _folder: "gone")

    def gone(source: Source, folder: Path) -> Network:
        raise RuntimeError("its file is damaged")

    _offer(monkeypatch, Way("gone", gone))
    assert _chosen(package, BrightNetwork().eval(), tmp_path / "cache").name == "eager"


def test_without_a_place_to_keep_it_the_choice_is_made_all_the_same(tmp_path: Path) -> None:
    package = bright_package(tmp_path / "package", precision="exact", window=False)
    (tmp_path / "cache").write_text("a file, no folder", encoding="utf-8")
    network = Counting().eval()
    _chosen(package, network, tmp_path / "cache")
    assert network.calls > 0


@pytest.mark.usefixtures("_each_call_takes_less")
def test_a_full_disk_costs_no_more_than_the_next_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(choosing, "keep_choice", full)
    _offer(monkeypatch, Way("quick", lambda source, _: source.network))
    package = bright_package(tmp_path / "package", precision="exact")
    assert _chosen(package, BrightNetwork().eval(), tmp_path / "cache").name == "quick"


@pytest.mark.usefixtures("_each_call_takes_less")
def test_a_check_input_that_shows_the_model_nothing_chooses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, Way("quick", lambda source, _: source.network))
    package = bright_package(tmp_path / "package", precision="exact")
    np.save(tmp_path / "package" / "cube.npy", np.zeros_like(cube()))
    assert _chosen(package, BrightNetwork().eval(), tmp_path / "cache").name == "eager"


def test_a_check_input_that_the_network_could_not_see_is_the_packages_fault(tmp_path: Path) -> None:
    package = bright_package(tmp_path / "package", precision="exact")
    np.save(tmp_path / "package" / "cube.npy", cube()[0])
    with pytest.raises(PermanentError, match="check_input"):
        _chosen(package, BrightNetwork().eval(), tmp_path / "cache")


@pytest.mark.usefixtures("_each_call_takes_less")
def test_a_result_names_its_way_and_other_windows_go_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Way("one_size", lambda source, _: source.network, one_shape=True)
    _offer(monkeypatch, one)
    package = bright_package(tmp_path / "package", precision="exact")
    network = BrightNetwork().eval()
    segmenter = NetworkSegmenter(package, network, Machine("cpu", cache_folder=tmp_path / "cache"))
    assert segmenter.predict(placed(cube()), lambda _: None).way == "one_size"
    window = package.manifest.window
    assert window is not None
    smaller = window.model_copy(update={"size": (SIDE // 2,) * 3})
    assert segmenter._network_for(Run("cpu", smaller)).name == "eager"  # noqa: SLF001 - memory that runs out cannot be played
    assert segmenter._network_for(Run("other", window)).name == "eager"  # noqa: SLF001 - likewise
