"""NMSE by hand and by plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics.nmse import Reconstructions, nmse


def test_by_hand() -> None:
    # (0.25^2) / (0.5^2 + 0.5^2) = 0.125 and 0 / ... = 0
    assert nmse([[[0.0, 1.0]], [[0.1, 0.9]]], [[[0.25, 1.0]], [[0.1, 0.9]]]) == pytest.approx(0.0625)


def test_mid_grey_reconstruction_is_one() -> None:
    image = np.random.default_rng(14).random((5, 7, 3))
    assert nmse([image], [np.full_like(image, 0.5)]) == pytest.approx(1.0)


def test_equals_plain_loops() -> None:
    rng = np.random.default_rng(15)
    x, y = rng.random((2, 4, 6, 5)).astype(np.float32)
    ratios = []
    for i in range(4):
        above = below = 0.0
        for a, b in zip(x[i].ravel().tolist(), y[i].ravel().tolist(), strict=True):
            above += (a - b) ** 2
            below += (a - 0.5) ** 2
        ratios.append(above / below)
    assert nmse(x, y) == pytest.approx(sum(ratios) / 4, rel=1e-12)


def test_mid_grey_images_have_no_scale() -> None:
    assert nmse([[[0.5]]], [[[0.6]]]) == np.inf
    assert np.isnan(nmse([[[0.5]]], [[[0.5]]]))


def test_refuses_what_has_no_answer() -> None:
    with pytest.raises(ArgumentError, match="0 for 0 masks"):
        nmse([], [])
    with pytest.raises(ArgumentError, match="reconstruction 0"):
        nmse([[[0.1, 0.2]]], [[[0.1], [0.2]]])
    with pytest.raises(ArgumentError, match="finite: False"):
        nmse([[[0.1, 0.2]]], [[[0.1, np.nan]]])


def test_the_mean_of_each_kind_of_images() -> None:
    seen = Reconstructions()
    for made, is_defect in ((0.25, False), (0.5, False), (1.0, True)):
        seen.add([[0.0, 1.0]], [[made, 1.0]], is_defect=is_defect)
    assert seen.mean(is_defect=False) == pytest.approx([(0.125 + 0.5) / 2]) and seen.mean(is_defect=True) == [2.0]


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(ArgumentError, match="reconstruction 0"):
        nmse([[]], [[]])
