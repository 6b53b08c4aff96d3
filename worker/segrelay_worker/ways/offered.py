from __future__ import annotations

from importlib.util import find_spec

from segrelay_worker.segmenters.inference_section import Precision
from segrelay_worker.ways.openvino_way import OPENVINO_BF16, OPENVINO_F32
from segrelay_worker.ways.torch_ways import (
    AUTOCAST_BFLOAT16,
    AUTOCAST_FLOAT16,
    CHANNELS_LAST,
    FUSED_ATTENTION,
)
from segrelay_worker.ways.way import Way

LEAST_DICE = {"reference": 1.0, "exact": 0.999, "fast": 0.995}


def ways_to_try(precision: Precision, *, device: str, any_shape: bool) -> tuple[Way, ...]:
    """Besides the plain one, what a package allows and this installation has."""
    if precision == "reference":
        return ()
    ways = [CHANNELS_LAST, FUSED_ATTENTION]
    if device != "cpu":
        return (*ways, AUTOCAST_FLOAT16, AUTOCAST_BFLOAT16) if precision == "fast" else tuple(ways)
    has_openvino = find_spec("openvino") is not None
    ways += [OPENVINO_F32] if has_openvino else []
    if precision == "fast":
        ways += [AUTOCAST_BFLOAT16, *([OPENVINO_BF16] if has_openvino else [])]
    return tuple(way for way in ways if not (any_shape and way.one_shape))
