"""Cutting out: outline, feather, the surface carried on beneath, outlines found in boxes, refusals."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.paste import cut_out
from surfedge.synthesis.paste.mask_in_box import mask_in_box


def _grainy(shape: tuple[int, int], level: float, seed: int = 0, sigma: float = 6.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(level, sigma, shape).astype(np.float32)


def _disc(shape: tuple[int, int], centre: tuple[int, int], radius: float) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2


def test_window_feather_and_background() -> None:
    image = np.full((60, 80), 100, np.uint8)
    mask = np.zeros((60, 80), bool)
    mask[20:30, 30:50] = True
    image[mask] = 160
    patch = cut_out(image, mask=mask, feather_px=3, name="a", class_name="b")
    assert patch.shape == (10 + 8, 20 + 8) and (patch.name, patch.class_name) == ("a", "b")
    assert (patch.alpha[patch.outline] == 1).all() and patch.outline.sum() == 200
    middle = patch.alpha[9]
    assert middle[0] == 0 and 0 < middle[1] < middle[2] < middle[3] < 1 == middle[4]
    assert np.allclose(patch.background, 100, atol=0.01)  # not pulled up by the defect
    assert np.allclose(patch.ratio[patch.outline], 1.6, atol=0.001)
    assert (patch.deviation, patch.grain) == (pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3))


def test_background_follows_a_slope() -> None:
    slope = np.tile(np.linspace(60, 180, 120, dtype=np.float32), (100, 1))
    mask = _disc((100, 120), (60, 50), 8)
    image = np.rint(np.where(mask, slope * 0.5, slope)).astype(np.uint8)
    patch = cut_out(image, mask=mask)
    assert np.allclose(patch.ratio[patch.outline], 0.5, atol=0.04)


def test_a_defect_cut_by_its_images_edge_fades_there() -> None:
    image = np.full((40, 40), 100, np.uint8)
    mask = np.zeros((40, 40), bool)
    mask[:, 18:22] = True
    patch = cut_out(image, mask=mask, feather_px=3)
    down = patch.alpha[:, patch.alpha.shape[1] // 2]
    assert down[0] < 0.2 < down[1] < down[2] < 1 == down[20] and down[-1] < 0.2


def test_flipped_twice_is_the_patch_again() -> None:
    image = _grainy((30, 30), 120).astype(np.uint8)
    patch = cut_out(image, mask=_disc((30, 30), (12, 15), 5))
    turned = patch.flipped(True, True)
    assert np.array_equal(turned.pixels, np.rot90(patch.pixels, 2))
    assert np.array_equal(turned.flipped(True, True).alpha, patch.alpha)


def test_scale_changes_the_size_and_keeps_what_is_thin() -> None:
    image = np.full((60, 60), 100, np.uint8)
    mask = np.zeros((60, 60), bool)
    mask[30, 12:52] = True  # 10 whole pixels at a quarter
    small = cut_out(image, mask=mask, scale=0.25, feather_px=0)
    assert small.outline.any() and small.outline.sum(axis=1).max() == 10
    large = cut_out(image, mask=_disc((60, 60), (30, 30), 6), scale=2.0, feather_px=0)
    assert large.outline.sum() == pytest.approx(4 * np.pi * 36, rel=0.08)


@pytest.mark.parametrize("factor", [0.6, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_outline_in_a_loose_box(factor: float, seed: int) -> None:
    shape = (120, 140)
    truth = _disc(shape, (70, 60), 17)
    image = np.clip(_grainy(shape, 120, seed) * np.where(truth, factor, 1), 0, 255).astype(np.uint8)
    found = mask_in_box(image, (45, 35, 50, 50))
    assert found is not None
    assert (found & truth).sum() / (found | truth).sum() > 0.85


def test_outline_under_uneven_light_and_beside_another_defect() -> None:
    shape = (120, 160)
    truth, other = _disc(shape, (60, 60), 14), _disc(shape, (110, 60), 14)
    light = np.linspace(0.7, 1.3, 160, dtype=np.float32)[None]
    image = _grainy(shape, 120, 1, 4) * light * np.where(truth | other, 0.5, 1)
    found = mask_in_box(np.clip(image, 0, 255).astype(np.uint8), (38, 38, 44, 44))
    assert found is not None
    assert (found & truth).sum() / (found | truth).sum() > 0.85
    assert not (found & other).any()


def test_outline_in_colour() -> None:
    shape = (80, 80)
    truth = _disc(shape, (40, 40), 12)
    image = np.dstack([_grainy(shape, 140, 2), _grainy(shape, 90, 3), _grainy(shape, 60, 4)])
    image[truth] *= 0.5
    found = mask_in_box(image.astype(np.uint8), (20, 20, 40, 40))
    assert found is not None and (found & truth).sum() / (found | truth).sum() > 0.85


def test_a_box_that_fills_its_image_or_shows_nothing_becomes_a_patch_all_the_same() -> None:
    flat = np.full((40, 50), 90, np.uint8)
    assert mask_in_box(flat, (10, 10, 12, 14)) is None
    patch = cut_out(flat, box=(10, 10, 12, 14), feather_px=2)
    assert not patch.outline.any() and (patch.alpha == 1).sum() == 12 * 14
    whole = cut_out(_grainy((40, 50), 90).astype(np.uint8), box=(0, 0, 50, 40))
    assert whole.shape == (40, 50)


def test_the_same_outline_whatever_was_cut_before() -> None:
    image = np.clip(_grainy((90, 90), 120, 5) * np.where(_disc((90, 90), (45, 45), 15), 0.7, 1), 0, 255).astype(
        np.uint8
    )
    first = mask_in_box(image, (20, 20, 50, 50))
    cv2.setRNGSeed(77)
    mask_in_box(image.T.copy(), (10, 10, 50, 60))
    assert np.array_equal(first, mask_in_box(image, (20, 20, 50, 50)))


@pytest.mark.parametrize(
    ("arguments", "name", "message"),
    [
        ({}, "mask", "neither mask nor box"),
        ({"mask": np.zeros((40, 50), bool)}, "mask", "no pixel of a defect"),
        ({"mask": np.ones((40, 49), bool)}, "mask", "(40, 49)"),
        ({"mask": np.ones((40, 50), np.uint8)}, "mask", "uint8"),
        ({"mask": np.ones((40, 50), bool), "box": (0, 0, 2, 2)}, "mask", "both"),
        ({"box": (45, 10, 6, 4)}, "box", "inside the image of 50 x 40 px"),
        ({"box": (-1, 10, 6, 4)}, "box", "inside"),
        ({"box": (1, 10, 0, 4)}, "box", "inside"),
        ({"box": (1.5, 10, 2, 4)}, "box", "inside"),
        ({"box": (1, 10, 2)}, "box", "inside"),
        ({"box": (1, 1, 5, 5), "feather_px": -1.0}, "feather_px", "0 to 50"),
        ({"box": (1, 1, 5, 5), "scale": 0.0}, "scale", "0.05 to 20"),
    ],
)
def test_wrong_labels_are_named(arguments: dict[str, object], name: str, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cut_out(np.full((40, 50), 90, np.uint8), **arguments)
    assert caught.value.name == name
    assert message in str(caught.value)
