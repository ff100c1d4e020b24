"""The weights of a graph's convolutions and dense layers, in the order in which an image passes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from surfedge.engine.openvino import read_network

KINDS = ("Convolution", "ConvolutionBackpropData", "MatMul")


class Layer(NamedTuple):
    """weight : float32 in torch's order. bias : float32 (C,), None where nothing is added."""

    weight: np.ndarray
    bias: np.ndarray | None


def layers_of(graph: bytes, weights: bytes) -> list[Layer]:
    """The layers that have constant weights; a batch norm lies in the weights and bias of the layer before it.

    Raises NetworkError for a graph that cannot be read.
    """
    found = []
    for operation in read_network(graph, weights).get_ordered_ops():
        if operation.get_type_name() not in KINDS:
            continue
        weight = _constant(operation.input_value(1))
        if weight is None:
            continue
        if operation.get_type_name() == "MatMul" and not operation.get_attributes().get("transpose_b", False):
            weight = weight.T
        found.append(Layer(weight, _bias(operation, weight)))
    return found


def _bias(operation: Any, weight: np.ndarray) -> np.ndarray | None:
    """What is added to a layer's output channel by channel."""
    channels = operation.get_output_partial_shape(0)[1].get_length()
    for target in operation.output(0).get_target_inputs():
        follower = target.get_node()
        if follower.get_type_name() != "Add":
            continue
        added = _constant(follower.input_value(1 - target.get_index()))
        if added is not None and added.size in (1, channels):
            return np.broadcast_to(added.ravel(), (channels,)).astype(np.float32)
    return None


def _constant(value: Any) -> np.ndarray | None:
    """The values of a constant, through a change of type; None for what is computed."""
    node = value.get_node()
    if node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return np.array(node.data, np.float32) if node.get_type_name() == "Constant" else None
