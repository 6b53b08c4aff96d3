from __future__ import annotations

from importlib.util import find_spec

from segrelay_worker.segmenters.inference_section import Precision
from segrelay_worker.ways.openvino_way import OPENVINO_BF16, OPENVINO_F32, OPENVINO_F32_BF16
from segrelay_worker.ways.torch_ways import (
    AUTOCAST_BFLOAT16,
    AUTOCAST_FLOAT16,
    CHANNELS_LAST,
    FUSED_ATTENTION,
)
from segrelay_worker.ways.way import Way

LEAST_DICE = {"reference": 1.0, "exact": 0.999, "fast": 0.995}

# What is likely to be fastest comes first: the others are then not tried for long.
_ON_CPU = (
    (OPENVINO_F32, FUSED_ATTENTION, CHANNELS_LAST),
    (OPENVINO_BF16, OPENVINO_F32_BF16, AUTOCAST_BFLOAT16),
)
_WITH_OPENVINO = (OPENVINO_F32, OPENVINO_BF16, OPENVINO_F32_BF16)
_ON_GPU = (
    (FUSED_ATTENTION, CHANNELS_LAST),
    (AUTOCAST_FLOAT16, AUTOCAST_BFLOAT16),
)


def ways_to_try(precision: Precision, *, device: str, any_shape: bool) -> tuple[Way, ...]:
    """Besides the plain one, what a package allows and this installation has."""
    if precision == "reference":
        return ()
    in_32_bits, in_16_bits = _ON_CPU if device == "cpu" else _ON_GPU
    allowed = (*in_16_bits, *in_32_bits) if precision == "fast" else in_32_bits
    has_openvino = find_spec("openvino") is not None
    return tuple(
        way
        for way in allowed
        if (has_openvino or way not in _WITH_OPENVINO) and not (any_shape and way.one_shape)
    )
