"""A network compiled by OpenVINO for the processor and for windows of one size."""

from __future__ import annotations

import sys
import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from segrelay_worker.segmenters.network import Network
from segrelay_worker.ways.torch_ways import fused, has_window_attention
from segrelay_worker.ways.way import Source, Way

_MODEL = "openvino.xml"  # what was converted, the same for all precisions


def _way(precision: str) -> Way:
    return Way(f"openvino_{precision}", partial(_compiled, precision=precision), one_shape=True)


def _compiled(source: Source, folder: Path, *, precision: str) -> Network:
    openvino = load_openvino()
    if not (folder / _MODEL).exists():
        _convert(openvino, source, folder)
    compiled = openvino.Core().compile_model(
        folder / _MODEL,
        "CPU",
        # Unless told, it takes 16 bits where the processor knows them.
        {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"},
    )

    def run(windows: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.from_numpy(compiled(one[None].numpy())[0]) for one in windows])

    return run


def load_openvino() -> Any:  # noqa: ANN401 - what it offers is made by C++
    """The module, of which its makers hear nothing: imported plainly, it tells them by network."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type] # "not installed"
    import openvino  # noqa: PLC0415

    return openvino


def _convert(openvino: Any, source: Source, folder: Path) -> None:  # noqa: ANN401 - as above
    """In a folder of its own first: half a model must not be taken for one."""
    model = _converted(openvino, source)
    model.reshape(list(source.example.shape))
    with TemporaryDirectory(dir=folder) as made_in:
        openvino.save_model(model, Path(made_in) / _MODEL, compress_to_fp16=False)
        for suffix in (".bin", ".xml"):  # the one that is looked for comes last
            name = Path(_MODEL).with_suffix(suffix)
            (Path(made_in) / name).replace(folder / name)


def _converted(openvino: Any, source: Source) -> Any:  # noqa: ANN401 - as above
    network, example = source.network, source.example
    if isinstance(network, torch.jit.ScriptModule):
        return openvino.convert_model(network, example_input=example, input=list(example.shape))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch itself, about its own export
        if has_window_attention(network):  # otherwise a mask of each window would go into the file
            network = fused(network)
            network(example)  # makes the masks
        return openvino.convert_model(torch.export.export(network, (example,), strict=False))


OPENVINO_F32 = _way("f32")
OPENVINO_BF16 = _way("bf16")
