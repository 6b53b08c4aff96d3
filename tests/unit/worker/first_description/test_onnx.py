from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from segrelay_worker.first_description import onnx as ours
from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.look import look_into

Sizes = list[int | str]


def _write(path: Path, taken: Sizes, returned: Sizes) -> Path:
    infos = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", taken), ("y", returned))
    ]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "g", infos[:1], infos[1:]
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=9), path)
    return path


def test_an_onnx_network_tells_its_channels_and_its_only_size(tmp_path: Path) -> None:
    facts = look_into(_write(tmp_path / "weights", [1, 2, 8, 6, 4], [1, 2, 8, 6, 4]))
    assert (facts.format, facts.in_channels, facts.out_channels) == ("onnx", 2, 2)
    assert facts.window == (8, 6, 4)


def test_sizes_that_are_free_are_not_told(tmp_path: Path) -> None:
    free: Sizes = ["n", "c", "x", "y", "z"]
    facts = look_into(_write(tmp_path / "weights", free, free))
    assert (facts.in_channels, facts.out_channels, facts.window) == (None, None, None)


def test_without_onnx_runtime_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "weights.onnx", [1], [1])
    monkeypatch.setattr(ours, "find_spec", lambda _name: None)
    with pytest.raises(NotDescribedError) as caught:
        look_into(path)
    assert "pip install 'segrelay-worker[onnx]'" in str(caught.value)
