"""An autoencoder of 512 px over overlapping tiles of a 2048^2 frame: what the tiles cost besides the network.

The network is the L2 / SSIM autoencoder of the recipes (Bergmann et al., 2019; models/bergmann-ssim) at 512 instead of
128 px: width 32, latent 100, random weights, built here from the engine's own operators. Step a quarter of a
tile, SSIM residual with a window of 11 px, opening of 4 px: as in that recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import alternating, bundle_of, sheet

import graphs
from surfedge import Detector
from surfedge.decision import Decision
from surfedge.engine import starts
from surfedge.engine.openvino import openvino
from surfedge.methods import Reconstruction

TILE_PX, STRIDE_PX, FRAME_PX = 512, 128, 2048
LAYERS = ((4, 2, 1), (4, 2, 1), (3, 1, 1), (4, 2, 2), (3, 1, 2), (4, 2, 4), (3, 1, 2), (3, 1, 1))
LATENT = 100


def autoencoder(folder: Path, tile_px: int = TILE_PX, width: int = 32) -> tuple[bytes, bytes]:
    """(graph, weights): kernel, stride and channels (in widths) of LAYERS, a latent vector, and their mirror."""
    openvino()
    import openvino.opset13 as ops

    rng = np.random.default_rng(0)

    def weights(*shape: int) -> Any:
        spread = np.sqrt(2.0 / np.prod(shape[1:]))
        return ops.constant(rng.normal(0, spread, shape).astype(np.float32))

    def rectified(node: Any) -> Any:
        return ops.prelu(node, ops.constant(np.float32([0.2])))

    x = ops.parameter([-1, 1, tile_px, tile_px], np.float32)
    y, before, left_px = x, 1, tile_px // 16
    for kernel, stride, factor in LAYERS:
        after, steps = width * factor, [stride, stride]
        y = rectified(ops.convolution(y, weights(after, before, kernel, kernel), steps, [1, 1], [1, 1], [1, 1]))
        before = after
    y = ops.convolution(y, weights(LATENT, before, left_px, left_px), [1, 1], [0, 0], [0, 0], [1, 1])
    y = rectified(_spread(ops, y, weights(LATENT, before, left_px, left_px), 1, 0))
    for number in range(len(LAYERS) - 1, -1, -1):
        kernel, stride, factor = LAYERS[number]
        outer = width * LAYERS[number - 1][2] if number else 1
        y = _spread(ops, y, weights(width * factor, outer, kernel, kernel), stride, 1)
        y = rectified(y) if number else ops.sigmoid(y)
    return graphs.serialised(y.output(0), x, folder)


def _spread(ops: Any, y: Any, weights: Any, stride: int, pad: int) -> Any:
    return ops.convolution_backprop_data(y, weights, [stride] * 2, pads_begin=[pad] * 2, pads_end=[pad] * 2)


def tiled_autoencoder(folder: Path, rounds: int) -> None:
    """The same tiles through the bare engine; the detector with answers that lie ready; the whole."""
    network = Reconstruction(*autoencoder(folder), stride_px=STRIDE_PX, residual="ssim", window_px=11)
    frame = sheet(0, FRAME_PX)
    detector = Detector(bundle_of(network, Decision(threshold=1.0, opening_radius_px=4)))
    engine, across = detector.method.engine, len(starts(FRAME_PX, TILE_PX, STRIDE_PX))
    fed = np.full((across, 1, TILE_PX, TILE_PX), 0.5, np.float32)
    assert detector(frame).anomaly_map.shape == (FRAME_PX, FRAME_PX)
    run_each = engine.run_each

    def answers(batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        return ([fed[: len(batch)]] for batch in batches)

    def the_rest() -> None:
        engine.run_each = answers
        detector(frame)
        engine.run_each = run_each

    bare, rest, whole = alternating(
        lambda: [None for _ in run_each(fed for _ in range(across))], the_rest, lambda: detector(frame), rounds=rounds
    )
    print(
        f"\nautoencoder of {TILE_PX} px, {across}^2 tiles every {STRIDE_PX} px of {FRAME_PX}^2, one thread of the "
        f"engine: network {bare:.2f} s; tiling, averaging, SSIM and decision {rest:.2f} s, {rest / bare:.1%} of it "
        f"(goal 15 %); together {whole:.2f} s, {whole / bare - 1:+.1%}"
    )
