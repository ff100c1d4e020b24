"""Defects drawn on any image: of the size and contrast asked for, where they were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.drawn import DRAWN, HOLE, draw_defect, grain_of

GREY = np.full((160, 200), 120, np.uint8)


def drawn(kind: str, seed: int = 0, image: np.ndarray = GREY, **how: object):
    settings = {"size_px": 24.0, "contrast": 0.5, "centre_px": (100.0, 80.0), **how}
    return draw_defect(image, kind, np.random.default_rng(seed), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", DRAWN)
def test_size_and_contrast_are_those_asked_for(kind: str) -> None:
    for seed in range(6):
        made = drawn(kind, seed)
        change = made.image.astype(float) / 120 - 1
        wanted = HOLE if kind == "hole" else 0.5
        assert 0.8 * wanted <= np.abs(change).max() <= 1.02 * wanted
        y, x = np.nonzero(made.mask)
        reach = np.hypot(np.ptp(y), np.ptp(x))
        assert 0.6 * 24 <= reach <= 2.4 * 24
        assert np.hypot(y.mean() - 80, x.mean() - 100) < 8
        assert (made.image[~made.mask] - 120.0).__abs__().max() <= 0.31 * wanted * 120


@pytest.mark.parametrize("kind", DRAWN)
def test_equal_seeds_give_equal_bytes_and_the_image_stays(kind: str) -> None:
    before = GREY.copy()
    one, other = drawn(kind, 3, centre_px=None), drawn(kind, 3, centre_px=None)
    np.testing.assert_array_equal(one.image, other.image)
    assert one.centre_px == other.centre_px
    np.testing.assert_array_equal(before, GREY)
    assert not np.array_equal(one.image, drawn(kind, 4, centre_px=None).image)


@pytest.mark.parametrize("kind", DRAWN)
def test_grey_colour_and_float_show_the_same_defect(kind: str) -> None:
    grey = drawn(kind)
    colour = drawn(kind, image=np.repeat(GREY[..., None], 3, axis=2))
    for channel in range(3):
        np.testing.assert_array_equal(colour.image[..., channel], grey.image)
    real = drawn(kind, image=(GREY / np.float32(255)).astype(np.float32))
    assert real.image.dtype == np.float32
    np.testing.assert_allclose(real.image * 255, grey.image, atol=0.51)


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("centre", [(0.0, 0.0), (199.0, 159.0), (-500.0, 80.0)])
def test_at_and_beyond_the_edge(kind: str, centre: tuple[float, float]) -> None:
    made = drawn(kind, centre_px=centre, size_px=60.0)
    assert made.image.shape == GREY.shape
    if centre[0] < -100:
        assert not made.mask.any() and np.array_equal(made.image, GREY)


def test_grain_is_the_contrast_within_blocks() -> None:
    rng = np.random.default_rng(0)
    noise = (120 + 12 * rng.standard_normal((256, 256))).clip(0, 255).astype(np.uint8)
    assert grain_of(noise) == pytest.approx(0.1, rel=0.05)
    assert grain_of((noise / np.float32(255)).astype(np.float32)) == pytest.approx(grain_of(noise), rel=1e-3)
    ramp = np.tile(np.linspace(40, 200, 256), (256, 1)).astype(np.uint8)
    assert grain_of(ramp) < 0.04


@pytest.mark.parametrize(
    ("name", "how"),
    [("kind", {"kind": "rust"}), ("size_px", {"size_px": 0.0}), ("contrast", {"contrast": float("nan")})],
)
def test_wrong_arguments_are_named(name: str, how: dict) -> None:
    with pytest.raises(ArgumentError, match=name):
        drawn(**{"kind": "pit", **how})
