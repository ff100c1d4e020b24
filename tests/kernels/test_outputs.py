"""Each kernel fills the output it is given, all of it and nothing beside it, at every level."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kernels.levels import each_level, native, threads

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (37, 53), np.uint8)
COLOUR = RNG.integers(0, 256, (37, 53, 3), np.uint8)
MAP = RNG.random((37, 53), np.float32)
X, MEAN, WHITENER = RNG.random((5, 29), np.float32), RNG.random(5, np.float32), RNG.random((5, 5), np.float32)

Call = Callable[[ModuleType, Any], Any]
KERNELS: dict[str, Call] = {
    "patch_std": lambda module, out: module.patch_std(GREY, 8, out),
    "patch_std of floats": lambda module, out: module.patch_std(MAP, 5, out),
    "dzl_map": lambda module, out: module.dzl_map(GREY, 8, out),
    "block_means": lambda module, out: module.block_means(GREY[:36, :52].copy(), (3, 4), out),
    "cell_statistics": lambda module, out: module.cell_statistics(GREY, 4, out),
    "cell_statistics of floats": lambda module, out: module.cell_statistics(MAP, 5, out),
    "cell_means": lambda module, out: module.cell_means(COLOUR, 4, out),
    "cell_means of floats": lambda module, out: module.cell_means(COLOUR.astype(np.float32), 5, out),
    "mahalanobis": lambda module, out: module.mahalanobis(X, MEAN, WHITENER, out),
    "position_distances": lambda module, out: module.position_distances(PLACES, MEAN[None] * ONES, WHITENERS, out),
    "patch_figures": lambda module, out: module.patch_figures(CELLS, COLOURS, [1, 3], 1e-4, 1e-5, 0.02, out),
    "cell_deviations": lambda module, out: module.cell_deviations(
        MAP, MAP[:4, :5].copy(), MAP[4:8, :5].copy(), [1, 0, 0], [0, 1, 0], np.zeros((5, 6, 2), np.float32), 12, out
    ),
    "cell_motion": lambda module, out: module.cell_motion(
        MAP, MAP[:4, :5].copy(), [1, 0, 0], [0, 1, 0], np.zeros((5, 6, 2), np.float32), 12, 2, 9.0, 3.0, out
    ),
    "ssim_map": lambda module, out: module.ssim_map(MAP, MAP[::-1].copy(), 7, False, 1.0, out),
    "ssim_map, Gaussian": lambda module, out: module.ssim_map(GREY, GREY[::-1].copy(), 11, True, 1.0, out),
    "cut_tiles": lambda module, out: module.cut_tiles(GREY, 16, 7, out),
    "average_tiles": lambda module, out: module.average_tiles(TILES, (37, 53), 7, out),
    "rfft2": lambda module, out: module.rfft2(MAP, out),
    "irfft2": lambda module, out: module.irfft2(SPECTRUM, (37, 53), out),
    "filter_spectrum": lambda module, out: module.filter_spectrum(MAP, np.abs(SPECTRUM), out),
    "autocorrelation": lambda module, out: module.autocorrelation(MAP[None], (74, 110), None, out),
    "local_waves": lambda module, out: module.local_waves(MAP, [(0.1, 0.2)], 7, 6.0, (5, 7), out),
    "erode_disk": lambda module, out: module.erode_disk(GREY, 3, out),
    "dilate_disk": lambda module, out: module.dilate_disk(MAP, 2, out),
    "open_disk": lambda module, out: module.open_disk(GREY > 99, 2, out),
}
PLACES, ONES = RNG.random((6, 4, 5), np.float32), np.ones((6, 1), np.float32)
WHITENERS = np.tile(np.frombuffer(b"\x80\x3f", np.uint8), (6, 15))
CELLS, COLOURS = RNG.random((7, 9, 11), np.float32), RNG.random((3, 9, 11), np.float32)
TILES = np.float32(RNG.random((28, 16, 16)))
SPECTRUM = np.fft.rfft2(MAP).astype(np.complex64)


@each_level
@pytest.mark.parametrize("name", KERNELS)
def test_nothing_beside_the_output_is_written(name: str, level: str) -> None:
    """As much memory before and behind it stays as it was; what it held before does not matter."""
    module, call = native(level), KERNELS[name]
    with threads(module, 2):
        expected = call(module, None)
        room = np.full(3 * expected.nbytes, 0xA5, np.uint8)
        here = slice(expected.nbytes, 2 * expected.nbytes)
        out = room[here].view(expected.dtype).reshape(expected.shape)
        assert call(module, out) is out
    np.testing.assert_array_equal(out, expected)
    assert (room[: here.start] == 0xA5).all() and (room[here.stop :] == 0xA5).all()
