"""Augmentation: the mask goes where the image goes, nothing given is changed, the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.synthesis.augment import AUGMENTATIONS, augmented
from surfedge.synthesis.augment.covering import cut_out_pieces, noise
from surfedge.synthesis.augment.geometry import flips, quarter_turns, turns


def _marked(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A dark image with one bright corner region, and its mask."""
    image = np.full(shape, 40, np.uint8)
    mask = np.zeros(shape[:2], bool)
    mask[: shape[0] // 3, : shape[1] // 4] = True
    image[mask] = 220
    return image, mask


@pytest.mark.parametrize("kind", AUGMENTATIONS)
@pytest.mark.parametrize("shape", [(31, 45), (32, 32, 3), (1, 1), (1, 60, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_every_kind_keeps_shape_dtype_and_input(kind: str, shape: tuple[int, ...], dtype: type) -> None:
    image, mask = _marked(shape)
    image = image if dtype is np.uint8 else image.astype(np.float32) / 255
    before, mask_before = image.copy(), mask.copy()
    function = resolve(AUGMENTATIONS, kind)
    for seed in range(8):
        results = [function(image, m, np.random.default_rng(seed)) for m in (mask, mask, None)]
        changed, moved = results[0]
        assert changed.shape == shape and changed.dtype == dtype
        assert moved.shape == shape[:2] and moved.dtype == np.bool_
        assert dtype is np.uint8 or (changed.min() >= 0 and changed.max() <= 1)
        assert not np.shares_memory(changed, image) and not np.shares_memory(moved, mask)
        assert np.array_equal(results[1][0], changed) and np.array_equal(results[1][1], moved)
        assert results[2][1] is None
    assert np.array_equal(image, before) and np.array_equal(mask, mask_before)


@pytest.mark.parametrize("function", [flips, quarter_turns])
@pytest.mark.parametrize("shape", [(30, 48), (40, 40, 3)])
def test_the_mask_stays_on_the_defect(function: object, shape: tuple[int, ...]) -> None:
    image, mask = _marked(shape)
    places = set()
    for seed in range(30):
        moved, its_mask = function(image, mask, np.random.default_rng(seed))  # type: ignore[operator]
        bright = (moved if moved.ndim == 2 else moved[..., 0]) == 220
        assert np.array_equal(bright, its_mask)
        places.add(its_mask.tobytes())
    assert len(places) == (2 if function is quarter_turns and shape[0] != shape[1] else 4)


def test_turned_masks_stay_on_the_defect() -> None:
    image = np.full((101, 101), 40, np.uint8)
    mask = np.zeros((101, 101), bool)
    mask[20:40, 60:90] = True
    image[mask] = 220
    for seed in range(10):
        moved, its_mask = turns(image, mask, np.random.default_rng(seed), most_deg=40)
        assert ((moved > 130) == its_mask).mean() > 0.99


def test_noise_has_the_deviation_it_draws_at_most() -> None:
    image = np.full((200, 200), 128, np.uint8)
    found = [noise(image, None, np.random.default_rng(seed), 8.0)[0].std() for seed in range(40)]
    assert max(found) < 8.2 and min(found) < 1.5 and 2.5 < np.mean(found) < 5.5
    flat = noise(np.full((200, 200), 0.5, np.float32), None, np.random.default_rng(3), 8.0)[0]
    again = noise(image, None, np.random.default_rng(3), 8.0)[0]
    # Rounding to whole levels adds a variance of 1/12.
    assert np.hypot(flat.std() * 255, np.sqrt(1 / 12)) == pytest.approx(again.std(), rel=0.02)


def test_cut_out_pieces_hold_the_mean_and_no_defect() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    mean = np.rint(image.reshape(-1, 3).mean(axis=0))
    shares = []
    for seed in range(30):
        cut, left = cut_out_pieces(image, np.ones((60, 80), bool), np.random.default_rng(seed))
        assert (cut[~left] == mean).all()
        assert np.array_equal(cut[left], image[left])
        shares.append(1 - left.mean())
    assert 0 < max(shares) <= 3 / 16 + 0.02


def test_kinds_in_turn_and_their_probability() -> None:
    image, mask = _marked((40, 40))
    same, its_mask = augmented(image, np.random.default_rng(0), mask, tuple(AUGMENTATIONS), probability=0.0)
    assert np.array_equal(same, image) and np.array_equal(its_mask, mask)
    rng = np.random.default_rng(1)
    untouched = sum(
        np.array_equal(augmented(image, rng, kinds=("noise",), probability=0.25)[0], image) for _ in range(200)
    )
    assert abs(untouched - 150) < 4 * np.sqrt(200 * 0.25 * 0.75) + 4  # a noise of 0.1 levels changes nothing


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"image": np.zeros((4, 4), np.int16)}, "image"),
        ({"mask": np.zeros((4, 5), bool)}, "mask"),
        ({"mask": np.zeros((4, 4), np.uint8)}, "mask"),
        ({"kinds": ("flip",)}, "augmentation"),
        ({"probability": 2.0}, "probability"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], name: str) -> None:
    given = {"image": np.zeros((4, 4), np.uint8), **arguments}
    with pytest.raises(ArgumentError) as caught:
        augmented(given.pop("image"), np.random.default_rng(0), **given)
    assert caught.value.name == name
