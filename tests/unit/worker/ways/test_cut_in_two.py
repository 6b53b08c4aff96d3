from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segrelay_worker.ways.cut_in_two import cut_in_two
from segrelay_worker.ways.openvino_way import load_openvino

pytestmark = pytest.mark.long  # OpenVINO takes a second to import

SHAPE = (1, 2, 4, 4, 4)
RANDOM = np.random.default_rng(0)


@pytest.fixture(name="openvino")
def _openvino() -> Any:
    return load_openvino()


def _model(openvino: Any, layers: int) -> Any:
    """Convolutions one after the other; to the last is added what came in, and the first."""
    ops = openvino.opset13
    given = after = ops.parameter(SHAPE, np.float32)
    seen = []
    for _ in range(layers):
        weights = ops.constant(RANDOM.standard_normal((2, 2, 3, 3, 3)).astype(np.float32))
        ones, zeros = [1, 1, 1], [1, 1, 1]
        after = ops.relu(ops.convolution(after, weights, ones, zeros, zeros, ones))
        seen.append(after)
    return openvino.Model([ops.add(ops.add(after, seen[0]), given)], [given])


def _run(openvino: Any, model: Any, *inputs: np.ndarray) -> list[np.ndarray]:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return list(compiled(list(inputs)).values())


def _convolutions(model: Any) -> int:
    return [node.get_type_name() for node in model.get_ordered_ops()].count("Convolution")


def test_both_parts_one_after_the_other_are_the_whole(openvino: Any) -> None:
    model = _model(openvino, layers=8)
    given = RANDOM.standard_normal(SHAPE).astype(np.float32)
    (wanted,) = _run(openvino, model, given)
    first, rest = cut_in_two(openvino, model, 0.25)
    assert (_convolutions(first), _convolutions(rest)) == (2, 6)
    (found,) = _run(openvino, rest, *_run(openvino, first, given))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_network_of_one_layer_is_not_cut(openvino: Any) -> None:
    with pytest.raises(ValueError, match="too few layers"):
        cut_in_two(openvino, _model(openvino, layers=1), 0.25)
