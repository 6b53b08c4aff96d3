from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.facts import WeightsFacts

_VOLUME = 5  # axes: batch, channel, x, y, z


def onnx_facts(path: Path) -> WeightsFacts | None:
    """None if it is no ONNX network. Raises NotDescribedError without ONNX Runtime."""
    if find_spec("onnxruntime") is None:
        if path.suffix != ".onnx":
            return None
        raise NotDescribedError(
            f"{path.name} needs ONNX Runtime, which is not installed. "
            "Install it with: pip install 'segrelay-worker[onnx]'"
        )
    import onnxruntime  # noqa: PLC0415 - an extra that few need

    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 - its errors have no base of their own
        return None
    taken, returned = session.get_inputs()[0].shape, session.get_outputs()[0].shape
    return WeightsFacts(
        format="onnx",
        in_channels=_channels(taken),
        out_channels=_channels(returned),
        window=_window(taken),
    )


def _channels(shape: list[int | str | None]) -> int | None:
    """Sizes that are free have a name, or none."""
    return shape[1] if len(shape) == _VOLUME and isinstance(shape[1], int) else None


def _window(shape: list[int | str | None]) -> tuple[int, ...] | None:
    sizes = tuple(size for size in shape[2:] if isinstance(size, int))
    return sizes if len(shape) == _VOLUME == len(sizes) + 2 else None
