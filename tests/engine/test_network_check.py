"""Networks on both sides of what is taken: number, type and shape of inputs and outputs, sizes, forbidden words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from surfedge.engine import network_check
from surfedge.engine.network_check import check_graph_bytes, check_network
from surfedge.engine.openvino import openvino, read_network, serialised
from surfedge.errors import NetworkError

TILE = (-1, 1, 4, 4)


def operations() -> Any:
    openvino()
    import openvino.opset13 as module

    return module


def parameter(shape: Sequence[Any] = TILE, kind: str = "f32") -> Any:
    ov = openvino()
    return operations().parameter(ov.PartialShape(list(shape)), getattr(ov.Type, kind))


def network(*results: Any, inputs: Sequence[Any]) -> Any:
    return openvino().Model(list(results), list(inputs), "network")


def of_input(shape: Sequence[Any], kind: str = "f32") -> Any:
    given = parameter(shape, kind)
    return network(operations().convert(given, "f32"), inputs=[given])


def refused(model: Any) -> str:
    """Which of its parts is wrong, and why; "" for a network that is taken."""
    try:
        check_network(model)
    except NetworkError as error:
        return f"{error.name}: {error.found}"
    return ""


@pytest.mark.parametrize(
    ("shape", "kind", "taken"),
    [
        ((-1, 1, 4, 4), "f32", True),
        ((1, 3, 4, 4), "u8", True),
        (((1, -1), 1, 4, 4), "f32", True),
        (((0, -1), 1, 4, 4), "f32", True),
        ((-1, 1, 1, 1), "f32", True),
        ((-1, 1, 8192, 8192), "f32", True),
        ((-1, 1, 8192, 8193), "f32", False),
        ((-1, 1, 4, 4), "i32", False),
        ((-1, 1, 4, 4), "f16", False),
        ((1, 4, 4), "f32", False),
        ((1, 1, 1, 4, 4), "f32", False),
        ((2, 1, 4, 4), "f32", False),
        (((2, -1), 1, 4, 4), "f32", False),
        (((1, 8), 1, 4, 4), "f32", False),
        ((-1, 2, 4, 4), "f32", False),
        ((-1, 4, 4, 4), "f32", False),
        ((-1, 3, 0, 4), "f32", False),
        ((-1, 3, 4, 0), "f32", False),
        ((-1, -1, 4, 4), "f32", False),
        ((-1, 1, -1, 4), "f32", False),
        ((-1, 1, 4, -1), "f32", False),
    ],
)
def test_one_image_comes_in(shape: Sequence[Any], kind: str, taken: bool) -> None:
    """Grey or colour, float32 or bytes, one image or any number of them, its sides fixed: at most 2^26 px."""
    said = refused(of_input(shape, kind))
    assert said == "" if taken else said.startswith("network input: an input ")


def test_an_input_of_no_rank_and_the_number_of_inputs() -> None:
    ov, ops = openvino(), operations()
    given = ops.parameter(ov.PartialShape.dynamic(), ov.Type.f32)
    assert refused(network(ops.abs(given), inputs=[given])) == "network input: an input [...]"
    two = parameter(), parameter()
    assert refused(network(ops.add(*two), inputs=two)) == "network input: 2 inputs"
    assert refused(network(ops.constant(np.zeros((1, 1, 4, 4), np.float32)), inputs=[])) == "network input: 0 inputs"


@pytest.mark.parametrize(("count", "taken"), [(0, False), (1, True), (16, True), (17, False)])
def test_the_number_of_outputs(count: int, taken: bool) -> None:
    given = parameter()
    said = refused(network(*(operations().abs(given) for _ in range(count)), inputs=[given]))
    assert said == ("" if taken else f"network output: {count} outputs")


@pytest.mark.parametrize("kind", ["f32", "f16", "f64", "i32", "u8", "boolean", "bf16"])
def test_the_type_of_outputs(kind: str) -> None:
    given = parameter()
    said = refused(network(operations().abs(given), operations().convert(given, kind), inputs=[given]))
    assert said == ("" if kind in ("f32", "f16", "f64") else f"network output: an output of {kind}")


def test_outputs_have_a_rank_and_values() -> None:
    ops = operations()
    given = parameter()
    empty = ops.strided_slice(given, [0] * 4, [0] * 4, [1] * 4, [1, 1, 1, 0], [1, 1, 1, 0])
    assert refused(network(ops.abs(given), empty, inputs=[given])) == "network output: an output [?,1,4,0]"
    places = ops.convert(ops.non_zero(given), "f32")  # as many as there are: a rank, a free size
    assert refused(network(places, inputs=[given])) == ""
    shape = ops.reduce_max(ops.convert(ops.non_zero(given), "i64"), ops.constant(np.int64([0])), False)
    unknown = ops.reshape(given, shape, False)
    assert refused(network(unknown, inputs=[given])) == "network output: an output [...]"
    known = ops.reduce_sum(unknown, ops.range(ops.constant(0), ops.constant(0), ops.constant(1), "i64"), False)
    assert "an output [...]" in refused(network(known, inputs=[given]))


@pytest.mark.parametrize(("values", "taken"), [(1 << 28, True), ((1 << 28) + 4, False)])
@pytest.mark.parametrize("batch", [-1, 1])
def test_the_largest_result_inside(values: int, taken: bool, batch: int) -> None:
    """2^28 values for one image, a free number of images counted as one."""
    ops = operations()
    given = parameter((batch, 1, 2, 2))
    wide = ops.broadcast(given, ops.constant(np.int64([1, values // 4, 2, 2])), broadcast_spec="BIDIRECTIONAL")
    said = refused(network(ops.reduce_max(wide, ops.constant(np.int64([1])), True), inputs=[given]))
    assert said == "" if taken else "in Broadcast" in said


def test_the_number_of_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    given = parameter()
    model = network(operations().abs(given), inputs=[given])  # its input, the absolute value, the result
    monkeypatch.setattr(network_check, "MAX_OPERATIONS", 3)
    assert refused(model) == ""
    monkeypatch.setattr(network_check, "MAX_OPERATIONS", 2)
    assert refused(model) == "network: 3 operations"


def test_a_network_that_draws_numbers() -> None:
    ops = operations()
    given = parameter()
    low, high = ops.constant(np.float32(0)), ops.constant(np.float32(1))
    drawn = ops.random_uniform(ops.constant(np.int64([1, 1, 4, 4])), low, high, "f32", 0, 0)
    assert refused(network(ops.add(given, drawn), inputs=[given])) == "network: the operation RandomUniform"


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        (b"<net/>", ""),
        (b"\xef\xbb\xbf \r\n\t<?xml version='1.0'?><net/>", ""),
        (b" " * 60 + b"<net/>", ""),
        (b" " * 61 + b"<net/>", "bytes that begin"),  # not within the first 64
        (b"<ne", "bytes that begin"),
        (b"\x08\x07", "bytes that begin b'\\x08\\x07'"),
        (b"<net>" + b" " * ((16 << 20) - 5), ""),
        (b"<net>" + b" " * ((16 << 20) - 4), "16,777,217 bytes of XML"),
        (b"<net><layer type = 'TensorIterator'/></net>", "the operation TensorIterator"),
        (b'<net><layer type="Loop"/></net>', "the operation Loop"),
        (b'<net><layer name="Loop"/></net>', ""),
    ],
)
def test_bytes_that_the_engine_may_read(graph: bytes, found: str) -> None:
    if not found:
        check_graph_bytes(graph)
        return
    with pytest.raises(NetworkError) as caught:
        check_graph_bytes(graph)
    assert caught.value.found.startswith(found)


def test_a_network_that_is_read_is_checked() -> None:
    given = parameter(kind="i32")
    graph, weights = serialised(network(operations().abs(given), inputs=[given]))
    with pytest.raises(NetworkError, match="network input"):
        read_network(graph, weights)
