from __future__ import annotations

import argparse
import functools
import json
import os
import pickle
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import torch

from segrelay_contract.status import Stage
from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.look import look_into


def network() -> torch.nn.Module:
    """Two channels to three, the last by a transposed convolution."""
    last = torch.nn.ConvTranspose3d(4, 3, 2, stride=2)
    return torch.nn.Sequential(torch.nn.Conv3d(2, 4, 3, padding=1), last).eval()


WEIGHTS = network().state_dict()


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(found: object, **how: Any) -> Path:
        path = tmp_path / "weights.bin"
        torch.save(found, path, **how)
        return path

    return save


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_state_dict_tells_its_channels(saved: Callable[..., Path], *, is_zip: bool) -> None:
    facts = look_into(saved(WEIGHTS, _use_new_zipfile_serialization=is_zip))
    assert (facts.format, facts.in_channels, facts.out_channels) == ("state_dict", 2, 3)
    assert (facts.key, facts.prefix, facts.network_class) == (None, "", None)
    assert facts.arguments == {"in_channels": 2, "out_channels": 3}


def test_a_checkpoint_tells_where_its_weights_are(saved: Callable[..., Path]) -> None:
    wrapped = {f"module._orig_mod.{name}": value for name, value in WEIGHTS.items()}
    optimizer = {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 1e-3}]}
    checkpoint = {"epoch": 7, "optimizer": optimizer, "ema": wrapped, "state_dict": wrapped}
    facts = look_into(saved(checkpoint))
    assert (facts.key, facts.prefix) == ("state_dict", "module._orig_mod.")
    assert (facts.in_channels, facts.out_channels) == (2, 3)


def test_what_else_a_checkpoint_holds_is_passed_over(saved: Callable[..., Path]) -> None:
    parameters = {name: torch.nn.Parameter(value) for name, value in WEIGHTS.items()}
    others = [
        argparse.Namespace(lr=1e-3),
        functools.partial(torch.relu),
        np.arange(3),
        np.float64(0.5),
        {1, 2},
        datetime(2026, 1, 31, tzinfo=UTC),
        Path("logs"),
        Stage.INFERRING,
    ]
    facts = look_into(saved({"others": others, "hyper": others[0], "model": parameters}))
    assert (facts.key, facts.in_channels, facts.out_channels) == ("model", 2, 3)


def test_weights_under_a_name_that_nobody_uses_are_found(saved: Callable[..., Path]) -> None:
    assert look_into(saved({"epoch": 7, "gewichte": WEIGHTS})).key == "gewichte"


def test_a_network_is_recognised_below_its_prefix_and_adapters(saved: Callable[..., Path]) -> None:
    names = {
        "swinViT.patch_embed.proj.base_layer.weight": (24, 4, 2, 2, 2),
        "swinViT.patch_embed.proj.lora_A.default.weight": (8, 4, 2, 2, 2),
        "swinViT.patch_embed.proj.lora_B.default.weight": (24, 8, 1, 1, 1),
        "out.conv.conv.weight": (1, 24, 1, 1, 1),
    }
    weights = {f"base_model.model.{name}": torch.zeros(shape) for name, shape in names.items()}
    facts = look_into(saved(weights))
    assert facts.network_class == "monai.networks.nets:SwinUNETR"
    assert facts.arguments == {"in_channels": 4, "out_channels": 1, "feature_size": 24}
    assert (facts.prefix, facts.lora_rank) == ("base_model.model.", 8)


def test_a_weight_that_is_named_twice_is_not_the_last_convolution(
    saved: Callable[..., Path],
) -> None:
    again = {f"skip.{name}": value for name, value in WEIGHTS.items() if name.startswith("0.")}
    assert look_into(saved({**WEIGHTS, **again})).out_channels == 3


def test_torchscript_tells_its_channels(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(network()), tmp_path / "weights.pth")
    facts = look_into(tmp_path / "weights.pth")
    assert (facts.format, facts.in_channels, facts.out_channels) == ("torchscript", 2, 3)


@pytest.mark.long
def test_an_exported_program_tells_its_channels_and_its_only_size(tmp_path: Path) -> None:
    program = torch.export.export(network(), (torch.zeros(1, 2, 8, 6, 4),))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch itself, about its own file format
        torch.export.save(program, tmp_path / "weights.bin")
    facts = look_into(tmp_path / "weights.bin")
    assert (facts.format, facts.in_channels, facts.out_channels) == ("exported_program", 2, 3)
    assert facts.window == (8, 6, 4)


@pytest.mark.parametrize("name", ["archive/models/model.json", "serialized_exported_program.json"])
def test_an_exported_program_of_any_size_tells_none(tmp_path: Path, name: str) -> None:
    def sizes(*counts: int | None) -> list[dict[str, object]]:
        return [{"as_int": n} if n else {"as_expr": {"expr_str": "s0"}} for n in counts]

    def spec(kind: str, name: str) -> list[dict[str, object]]:
        return [{kind: {"arg": {"as_tensor": {"name": name}}}}]

    values = {"x": {"sizes": sizes(1, 4, None, None, None)}, "y": {"sizes": sizes(1, 2, 3, 4, 5)}}
    signature = {
        "input_specs": [{"parameter": {}}, *spec("user_input", "x")],
        "output_specs": spec("user_output", "y"),
    }
    module = {"graph_module": {"graph": {"tensor_values": values}, "signature": signature}}
    with ZipFile(tmp_path / "weights.pt2", "w") as archive:
        archive.writestr(name, json.dumps(module))
    facts = look_into(tmp_path / "weights.pt2")
    assert (facts.in_channels, facts.out_channels, facts.window) == (4, 2, None)


class _Runs:
    """A pickle that would make a file, if it were read as pickles are."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "weights.pth", "w") as archive:
        archive.writestr("a/data.pkl", pickle.dumps({"w": _Runs(tmp_path / "ran")}))
    with pytest.raises(NotDescribedError) as caught:
        look_into(tmp_path / "weights.pth")
    assert not (tmp_path / "ran").exists()
    assert "holds no weights by name" in str(caught.value)


def test_a_whole_network_is_refused_with_the_way_out(saved: Callable[..., Path]) -> None:
    with pytest.raises(NotDescribedError) as caught:
        look_into(saved(network()))
    assert "whole Python object (Sequential)" in str(caught.value)
    assert "torch.save(model.state_dict(), ...)" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "is no model that a worker takes"),
        (b"", "is no model that a worker takes"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80", "is damaged"),
    ],
)
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(NotDescribedError) as caught:
        look_into(tmp_path / "weights.pth")
    assert said in str(caught.value)


def test_a_missing_file_and_a_strange_folder_are_told(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none", "There is no file"), (tmp_path, "nnU-Net v2")):
        with pytest.raises(NotDescribedError) as caught:
            look_into(path)
        assert said in str(caught.value)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_an_nnunet_folder_names_inputs_and_segments(tmp_path: Path) -> None:
    dataset = {
        "channel_names": {"1": "FLAIR (3D)", "0": "T1"},
        "labels": {"background": 0, "core": 2, "edema": 1, "ignore": 3},
    }
    _write_json(tmp_path / "plans.json", {})
    _write_json(tmp_path / "dataset.json", dataset)
    facts = look_into(tmp_path)
    assert (facts.format, facts.in_channels, facts.out_channels) == ("nnunet", 2, 2)
    assert facts.roles == ("t1", "flair-3d")
    assert (facts.labels, facts.activation) == (("edema", "core"), "argmax")


def test_regions_of_nnunet_keep_their_order(tmp_path: Path) -> None:
    labels = {"background": 0, "whole": [1, 2], "core": 2}
    _write_json(tmp_path / "plans.json", {})
    _write_json(tmp_path / "dataset.json", {"channel_names": {"0": "T1"}, "labels": labels})
    facts = look_into(tmp_path)
    assert (facts.labels, facts.activation) == (("whole", "core"), "sigmoid")


def test_a_bundle_names_channels_and_segments(tmp_path: Path) -> None:
    output = {"num_channels": 2, "channel_def": {"0": "background", "1": "spleen"}}
    form = {"inputs": {"image": {"num_channels": 1}}, "outputs": {"pred": output}}
    _write_json(tmp_path / "configs" / "inference.json", {})
    _write_json(tmp_path / "configs" / "metadata.json", {"network_data_format": form})
    facts = look_into(tmp_path)
    assert (facts.format, facts.in_channels) == ("monai_bundle", 1)
    assert (facts.out_channels, facts.labels) == (1, ("spleen",))


def test_damaged_json_is_told(tmp_path: Path) -> None:
    _write_json(tmp_path / "plans.json", {})
    for content in ("{", "[]"):
        (tmp_path / "dataset.json").write_text(content, encoding="utf-8")
        with pytest.raises(NotDescribedError, match=r"dataset\.json"):
            look_into(tmp_path)
