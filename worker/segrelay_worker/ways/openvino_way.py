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
from segrelay_worker.ways.cut_in_two import cut_in_two
from segrelay_worker.ways.instance_norms import with_layer_norms
from segrelay_worker.ways.torch_ways import fused, has_window_attention
from segrelay_worker.ways.way import Source, Way

_MODEL = "openvino.xml"  # what was converted, the same for all precisions
_IN_32_BITS = 0.25  # of the depth


def _way(precision: str) -> Way:
    return Way(f"openvino_{precision}", partial(_compiled, precision=precision), one_shape=True)


def _compiled(source: Source, folder: Path, *, precision: str) -> Network:
    openvino = load_openvino()
    compiled = _for_cpu(openvino, _model(openvino, source, folder), precision)

    def run(windows: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.from_numpy(compiled(one[None].numpy())[0]) for one in windows])

    return run


def _compiled_in_two(source: Source, folder: Path) -> Network:
    """Rounding near the input goes through all layers; there, few of them do most of the harm."""
    openvino = load_openvino()
    first, rest = cut_in_two(openvino, _model(openvino, source, folder), _IN_32_BITS)
    early = _for_cpu(openvino, first, "f32").create_infer_request()
    late = _for_cpu(openvino, rest, "bf16").create_infer_request()
    for number in range(len(first.outputs)):
        late.set_input_tensor(number, early.get_output_tensor(number))

    def one_window(window: torch.Tensor) -> torch.Tensor:
        early.infer(window[None].numpy())
        late.infer()
        return torch.from_numpy(late.get_output_tensor(0).data.copy())  # the next one overwrites it

    def run(windows: torch.Tensor) -> torch.Tensor:
        return torch.cat([one_window(window) for window in windows])

    return run


def _model(openvino: Any, source: Source, folder: Path) -> Any:  # noqa: ANN401 - what it offers is made by C++
    if not (folder / _MODEL).exists():
        _convert(openvino, source, folder)
    return openvino.Core().read_model(folder / _MODEL)


def _for_cpu(openvino: Any, model: Any, precision: str) -> Any:  # noqa: ANN401 - as above
    return openvino.Core().compile_model(
        model,
        "CPU",
        # Unless told, it takes 16 bits where the processor knows them.
        {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"},
    )


def load_openvino() -> Any:  # noqa: ANN401 - as above
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
        network = with_layer_norms(network)
        return openvino.convert_model(torch.export.export(network, (example,), strict=False))


OPENVINO_F32 = _way("f32")
OPENVINO_BF16 = _way("bf16")
OPENVINO_F32_BF16 = Way("openvino_f32_bf16", _compiled_in_two, one_shape=True)
