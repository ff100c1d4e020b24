"""The weights that a graph's layers have, as they were put in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphs
from surfedge.engine import layers_of
from surfedge.engine.openvino import openvino


def operations() -> Any:
    openvino()
    import openvino.opset13 as module

    return module


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def convolved(x: Any, kernel: Any) -> Any:
    return operations().convolution(x, kernel, [1, 1], [0, 0], [0, 0], [1, 1])


def test_convolutions_in_the_order_of_an_image(tmp_path: Path, rng: np.random.Generator) -> None:
    """With a bias for each channel, one for all, from the other side of the sum, and none."""
    ops = operations()
    x = ops.parameter([1, 1, 8, 8], np.float32)
    kernels = [rng.random((2, 1 if n == 0 else 2, 1, 1), np.float32) for n in range(4)]
    each, one = rng.random((1, 2, 1, 1), np.float32), np.float32([[[[0.25]]]])
    first = ops.add(convolved(x, ops.constant(kernels[0])), ops.constant(each))
    second = ops.add(ops.constant(one), convolved(first, ops.constant(kernels[1])))
    third = ops.relu(convolved(second, ops.constant(kernels[2])))
    last = ops.add(third, ops.multiply(third, convolved(third, ops.constant(kernels[3]))))
    layers = layers_of(*graphs.serialised(last, x, tmp_path))
    assert len(layers) == 4
    for layer, kernel in zip(layers, kernels, strict=True):
        np.testing.assert_array_equal(layer.weight, kernel)
        assert layer.weight.dtype == np.float32
    np.testing.assert_array_equal(layers[0].bias, each.ravel())
    np.testing.assert_array_equal(layers[1].bias, [0.25, 0.25])
    assert layers[2].bias is None is layers[3].bias


def test_what_is_added_is_the_first_sum_of_constants(tmp_path: Path, rng: np.random.Generator) -> None:
    """Not what an image makes, nor a picture of constants."""
    ops = operations()
    x = ops.parameter([1, 3, 4, 4], np.float32)
    answer = convolved(x, ops.constant(rng.random((3, 3, 1, 1), np.float32)))
    whole = ops.add(answer, ops.constant(rng.random((1, 3, 4, 4), np.float32)))
    (layer,) = layers_of(*graphs.serialised([whole, ops.add(answer, x)], x, tmp_path))
    assert layer.bias is None


@pytest.mark.parametrize("turned", [True, False])
def test_dense_layers_are_as_in_torch(turned: bool, tmp_path: Path, rng: np.random.Generator) -> None:
    """(outputs, inputs), whichever way the graph holds them; in half precision behind a change of type too."""
    ops = operations()
    x = ops.parameter([1, 1, 2, 2], np.float32)
    weight, bias = rng.random((3, 4), np.float32), rng.random(3, np.float32)
    kept = np.ascontiguousarray((weight if turned else weight.T).astype(np.float16))
    half = ops.convert(ops.constant(kept), "f32")
    flat = ops.reshape(x, ops.constant(np.int64([1, 4])), False)
    answer = ops.add(ops.matmul(flat, half, False, turned), ops.constant(bias.reshape(1, 3)))
    (layer,) = layers_of(*graphs.serialised(answer, x, tmp_path))
    np.testing.assert_allclose(layer.weight, weight, atol=1e-3)
    np.testing.assert_array_equal(layer.bias, bias)


def test_products_of_two_pictures_are_no_layers(tmp_path: Path) -> None:
    ops = operations()
    x = ops.parameter([1, 1, 4, 4], np.float32)
    assert layers_of(*graphs.serialised(ops.matmul(x, x, False, True), x, tmp_path)) == []
