"""Small networks built from OpenVINO's own operators: what the tests of the runtime and its methods run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from surfedge.engine.openvino import openvino


def serialised(result: Any, parameter: Any, folder: Path) -> tuple[bytes, bytes]:
    """(graph, weights) of the model from `parameter` to `result`, or to several, as a bundle stores them."""
    ov = openvino()
    path = folder / "graph.xml"
    results = result if isinstance(result, list) else [result]
    ov.save_model(ov.Model(results, [parameter], "test"), path, compress_to_fp16=False)
    return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def box_blur(folder: Path, *, channels: int = 1, tile_px: int = 32, batch: int = -1) -> tuple[bytes, bytes]:
    """A network that paints each pixel as the mean of its 3 x 3 neighbours, zeros outside the tile."""
    ops = _ops()
    x = ops.parameter([batch, channels, tile_px, tile_px], np.float32)
    weights = np.zeros((channels, channels, 3, 3), np.float32)
    for channel in range(channels):
        weights[channel, channel] = 1.0 / 9.0
    answer = ops.convolution(x, ops.constant(weights), [1, 1], [1, 1], [1, 1], [1, 1])
    return serialised(answer, x, folder)


def scaled(folder: Path, factor: float, *, dtype: Any = np.float32, tile_px: int = 32) -> tuple[bytes, bytes]:
    """A network that multiplies by `factor`; with dtype uint8 it takes bytes and converts inside."""
    ops = _ops()
    x = ops.parameter([-1, 1, tile_px, tile_px], dtype)
    return serialised(ops.multiply(ops.convert(x, "f32"), ops.constant(np.float32(factor))), x, folder)


def pooled(folder: Path, *, tile_px: int = 32) -> tuple[bytes, bytes]:
    """A network whose map has a quarter of the input's resolution: the largest of each 4 x 4 block."""
    ops = _ops()
    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    answer = ops.max_pool(x, [4, 4], [1, 1], [0, 0], [0, 0], [4, 4], "floor", "explicit")
    return serialised(answer.output(0), x, folder)


def cell_features(folder: Path, *, tile_px: int = 32) -> tuple[bytes, bytes]:
    """A network of five features of each cell of 4 x 4 pixels: mean, largest, and means of three gradients."""
    ops = _ops()
    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    kernels = np.zeros((3, 1, 3, 3), np.float32)
    kernels[0, 0, 1], kernels[1, 0, :, 1], kernels[2, 0] = [-1, 0, 1], [-1, 0, 1], np.diag([-1, 0, 1])
    gradients = ops.abs(ops.convolution(x, ops.constant(kernels), [1, 1], [1, 1], [1, 1], [1, 1]))
    largest = ops.max_pool(x, [4, 4], [1, 1], [0, 0], [0, 0], [4, 4], "floor", "explicit").output(0)
    means = [
        ops.avg_pool(each, [4, 4], [0, 0], [0, 0], [4, 4], False, "floor", "explicit").output(0)
        for each in (x, gradients)
    ]
    grid = ops.concat([means[0], largest, means[1]], 1)
    return serialised(ops.transpose(grid, ops.constant(np.array([0, 2, 3, 1], np.int64))), x, folder)


def costly(folder: Path, *, tile_px: int = 64, width: int = 32, depth: int = 4) -> tuple[bytes, bytes]:
    """A map network that is slow for its answer: abs(x - 0.5), with the convolutions of a real one behind it."""
    ops, rng = _ops(), np.random.default_rng(0)
    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    y = x.output(0)
    for layer in range(depth):
        channels = (1 if layer == 0 else width, 1 if layer == depth - 1 else width)
        weights = rng.normal(0, 0.05, (channels[1], channels[0], 3, 3)).astype(np.float32)
        y = ops.tanh(ops.convolution(y, ops.constant(weights), [1, 1], [1, 1], [1, 1], [1, 1])).output(0)
    plain = ops.abs(ops.subtract(x, ops.constant(np.float32(0.5))))
    return serialised(ops.add(plain, ops.multiply(y, ops.constant(np.float32(1e-9)))), x, folder)


def with_score(folder: Path, *, tile_px: int = 32) -> tuple[bytes, bytes]:
    """A map network that returns the image itself, and as its score ten times the mean."""
    ops = _ops()
    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    mean = ops.reduce_mean(x, ops.constant(np.array([1, 2, 3], np.int64)), False)
    plain = ops.multiply(x, ops.constant(np.float32(1.0)))
    return serialised([plain.output(0), ops.multiply(mean, ops.constant(np.float32(10.0))).output(0)], x, folder)


def brightness_classes(folder: Path, *, tile_px: int = 32, is_softmax: bool = True) -> tuple[bytes, bytes]:
    """A classifier of three classes by the mean grey m: logits 0, 20 m - 10 and 40 m - 28."""
    ops = _ops()
    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    mean = ops.reduce_mean(x, ops.constant(np.array([2, 3], np.int64)), False)
    slopes, offsets = np.float32([[0, 20, 40]]), np.float32([[0, -10, -28]])
    logits = ops.add(ops.matmul(mean, ops.constant(slopes), False, False), ops.constant(offsets))
    return serialised((ops.softmax(logits, 1) if is_softmax else logits).output(0), x, folder)


def _ops() -> Any:
    openvino()
    import openvino.opset13 as ops

    return ops
