from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes.stub_segmenter import write_stub_package
from fakes.worker_process import STUB_FORMATS

from segrelay_worker.__main__ import main
from segrelay_worker.commands import checked_model, model_check
from segrelay_worker.inference import made_head
from segrelay_worker.segmenters.package import load_package

SMALL = (12, 16, 14)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps change the process for good, and here it is that of the tests."""
    monkeypatch.setattr(model_check, "configure_logs", lambda _level: None)
    monkeypatch.setattr(model_check, "keep_freed_memory", lambda: None)
    monkeypatch.setattr(made_head, "HEAD_SHAPE", SMALL)


Shown = Callable[[], tuple[str, str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    def read() -> tuple[str, str]:
        found = capsys.readouterr()
        return found.out, found.err

    return read


def _network(folder: Path) -> Path:
    """Bright becomes probable."""
    network = torch.nn.Conv3d(1, 1, 1)
    with torch.no_grad():
        network.weight.fill_(1.0)
        network.bias.fill_(-200.0)  # type: ignore[union-attr] # it has one
    folder.mkdir(parents=True, exist_ok=True)
    torch.jit.save(torch.jit.script(network.eval()), folder / "best.pth")
    return folder / "best.pth"


def test_from_weights_to_a_model_that_a_worker_takes(tmp_path: Path, shown: Shown) -> None:
    weights = _network(tmp_path / "model")
    assert main(["model", "init", str(weights)]) == 0
    out, _ = shown()
    assert "torchscript" in out
    assert "lines to edit" in out
    assert load_package(weights.parent).manifest.model.name == "best"
    schema = json.loads((weights.parent / "model.schema.json").read_text(encoding="utf-8"))
    assert schema["title"] == "model.toml"
    assert main(["model", "check", str(weights.parent)]) == 0
    out, _ = shown()
    bright = int((made_head.made_head(0, SMALL).astype(np.uint16) > 200).sum())
    assert f"Segment 1: {bright / 1000:.2f} ml, {bright} voxels" in out
    assert "peak memory" in out
    assert "loading" in out


def test_a_description_that_is_there_stays(tmp_path: Path, shown: Shown) -> None:
    weights = _network(tmp_path)
    (tmp_path / "model.toml").write_text("mine", encoding="utf-8")
    assert main(["model", "init", str(weights)]) == 2
    assert "is there already" in shown()[1]
    assert (tmp_path / "model.toml").read_text(encoding="utf-8") == "mine"
    assert main(["model", "init", str(weights), "-o", str(tmp_path / "new.toml")]) == 0
    assert "move it there" in shown()[0]


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path: Path, shown: Shown) -> None:
    weights = _network(tmp_path)
    assert main(["model", "init", str(weights), "-o", str(tmp_path / "none" / "model.toml")]) == 2
    assert "cannot be written (No such file or directory)" in shown()[1]


def test_a_folder_is_described_with_the_list_of_its_files(tmp_path: Path, shown: Shown) -> None:
    folder = tmp_path / "my-net"
    (folder / "fold_0").mkdir(parents=True)
    (folder / "plans.json").write_text("{}", encoding="utf-8")
    labels = {"background": 0, "tumor": 1}
    dataset = {"channel_names": {"0": "T2"}, "labels": labels}
    (folder / "dataset.json").write_text(json.dumps(dataset), encoding="utf-8")
    (folder / "fold_0" / "checkpoint_final.pth").write_bytes(b"weights")
    (folder / "progress.png").write_bytes(b"picture")
    assert main(["model", "init", str(folder)]) == 0
    package = load_package(folder)
    assert (package.name, package.manifest.input.roles) == ("my-net", ("t2",))
    listed = package.weights_path.read_text(encoding="utf-8").splitlines()
    assert [line.split()[1] for line in listed] == [
        "dataset.json",
        "fold_0/checkpoint_final.pth",
        "plans.json",
    ]


def test_what_is_no_model_ends_with_status_2_and_a_sentence(tmp_path: Path, shown: Shown) -> None:
    assert main(["model", "init", str(tmp_path / "none.pth")]) == 2
    assert main(["model", "check", str(tmp_path)]) == 2
    init, check = shown()[1].splitlines()
    assert init.startswith(
        "❌ model.toml을 쓰지 못함 (model.toml is not written): There is no file"
    )
    assert "model.toml cannot be read" in check


def test_a_model_that_fails_on_the_phantom_ends_with_status_2(tmp_path: Path, shown: Shown) -> None:
    weights = _network(tmp_path)
    assert main(["model", "init", str(weights)]) == 0
    toml = tmp_path / "model.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('"sigmoid"', '"softmax"'), encoding="utf-8")
    assert main(["model", "check", str(tmp_path)]) == 2
    assert "with output.activation 'softmax' in model.toml" in shown()[1]


def test_a_model_of_several_inputs_gets_one_for_each(tmp_path: Path) -> None:
    write_stub_package(tmp_path, roles=("t1", "flair"), clean=True)
    lines = checked_model.checked_model(
        tmp_path,
        device="cpu",
        cache_folder=tmp_path / "cache",
        formats=STUB_FORMATS,
        shape_zyx=SMALL,
        report=lambda _stage, _fraction: None,
    )
    assert "입력 (inputs): t1, flair" in lines
    assert any(line.startswith("추론 (inferring): ") for line in lines)


@pytest.mark.parametrize("command", [["model"], ["model", "sing"], ["model", "init"]])
def test_wrong_use_ends_with_status_2(command: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2


def test_the_made_head_is_the_same_each_time_and_differs_between_roles() -> None:
    first, again, other = (made_head.made_head(seed, SMALL) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first[6, 8, 7] > 50 > first[0, 0, 0]
