"""A model of OpenVINO's as two: the layers next to its input, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WITH_WEIGHTS = frozenset(
    {
        "Convolution",
        "ConvolutionBackpropData",
        "GroupConvolution",
        "GroupConvolutionBackpropData",
        "MatMul",
    }
)
_CONSTANT = -1  # a depth: it does not hang on the input


def cut_in_two(openvino: Any, model: Any, share: float) -> tuple[Any, Any]:  # noqa: ANN401 - both are made by C++
    """The first one has this share of the depth, counted in layers with weights.

    Its outputs are the inputs of the second one, in this order; `model` is used up.
    Raises ValueError if there is too little to cut.
    """
    depths = _depths(model)
    last = round(share * max(depths.values()))
    if last < 1:
        raise ValueError("the network has too few layers to be cut in two")
    crossing, inputs = [], []
    for output in [each for node in model.get_ordered_ops() for each in node.outputs()]:
        behind = [
            target
            for target in output.get_target_inputs()
            if _CONSTANT < depths[_name(output)] <= last < depths[_name(target)]
        ]
        if behind:
            given = openvino.opset13.parameter(output.get_shape(), output.get_element_type())
            for target in behind:
                target.replace_source_output(given.output(0))
            crossing.append(output)
            inputs.append(given)
    first = openvino.Model(crossing, model.get_parameters())
    return first, openvino.Model(model.get_results(), inputs)


def _depths(model: Any) -> Mapping[str, int]:  # noqa: ANN401 - as above
    """How many layers with weights lie on the longest way from the input, by node."""
    depths: dict[str, int] = {}
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Parameter":
            depths[node.get_name()] = 0
            continue
        before = max((depths[_name(given)] for given in node.input_values()), default=_CONSTANT)
        adds = before > _CONSTANT and node.get_type_name() in _WITH_WEIGHTS
        depths[node.get_name()] = before + adds
    return depths


def _name(port: Any) -> str:  # noqa: ANN401 - as above
    """Of the node that it belongs to; unique, unlike the friendly one."""
    return str(port.get_node().get_name())
