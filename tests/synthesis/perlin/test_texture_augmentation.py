"""The ten augmentations of textures, and the changes of tone that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.synthesis import tone
from surfedge.synthesis.perlin.texture_augmentation import TEXTURE_AUGMENTATIONS, augmented


def test_ten_of_them_keep_shape_and_input() -> None:
    assert len(TEXTURE_AUGMENTATIONS) == 10
    for shape in ((20, 30), (20, 30, 3), (1, 1), (1, 2, 3)):
        levels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        kept = levels.copy()
        for name, change in TEXTURE_AUGMENTATIONS.items():
            changed = change(levels, np.random.default_rng(1))
            assert changed.shape == shape and changed.dtype == np.uint8, name
            assert not np.shares_memory(changed, levels), name
        assert np.array_equal(levels, kept)


def test_three_different_ones_each_as_often() -> None:
    rng, levels = np.random.default_rng(2), np.zeros((2, 2), np.uint8)
    counts = dict.fromkeys(TEXTURE_AUGMENTATIONS, 0)
    for _ in range(500):
        names = augmented(levels, rng)[1]
        assert len(set(names)) == 3
        for name in names:
            counts[name] += 1
    # 500 draws at 3 in 10: 150 each, deviation 10.2.
    assert all(abs(count - 150) < 4.5 * 10.2 for count in counts.values())


def test_tone_by_hand() -> None:
    grey = np.uint8([[0, 64, 128, 255]])
    assert tone.inverted(grey).tolist() == [[255, 191, 127, 0]]
    assert tone.brightened(grey, 0.5, 10).tolist() == [[10, 42, 74, 138]]
    assert tone.brightened(grey, 2.0, 0).tolist() == [[0, 128, 255, 255]]
    assert tone.solarised(grey, 128).tolist() == [[0, 64, 127, 0]]
    assert tone.posterised(grey, 2).tolist() == [[0, 64, 128, 192]]
    assert tone.posterised(grey, 8).tolist() == grey.tolist()
    # 255 sqrt(64 / 255) = 127.7, 255 sqrt(128 / 255) = 180.7
    assert tone.gamma_corrected(grey, 0.5).tolist() == [[0, 128, 181, 255]]
    assert tone.contrast_stretched(np.uint8([[50, 60, 100]])).tolist() == [[0, 51, 255]]
    assert tone.contrast_stretched(np.uint8([[7, 7]])).tolist() == [[7, 7]]


def test_contrast_is_stretched_over_what_is_left_after_the_cut() -> None:
    levels = np.arange(100, dtype=np.uint8)[None]
    cut = tone.contrast_stretched(levels, 0.1)
    assert (cut[0, :11] == 0).all() and (cut[0, 89:] == 255).all() and 0 < cut[0, 12] < 255


def test_gamma_per_channel_touches_each_by_itself() -> None:
    grey = np.full((2, 2, 3), 64, np.uint8)
    assert tone.gamma_corrected(grey, (1.0, 0.5, 2.0))[0, 0].tolist() == [64, 128, 16]


def test_equal_histogram() -> None:
    levels = np.random.default_rng(0).integers(100, 140, (64, 64)).astype(np.uint8)
    flat = tone.equalised(levels)
    assert flat.min() == 0 and flat.max() == 255 and abs(flat.mean() - 127.5) < 6


def test_sharpness_one_is_the_image_and_zero_the_softened_one() -> None:
    dot = np.zeros((5, 5), np.uint8)
    dot[2, 2] = 130
    assert np.array_equal(tone.sharpened(dot, 1.0), dot)
    soft = tone.sharpened(dot, 0.0)
    assert soft[2, 2] == 50 and soft[1, 1] == 10  # 130 * 5 / 13 and 130 / 13


def test_hue_turns_and_grey_stays() -> None:
    red = np.uint8([[[200, 20, 20]]])
    green = tone.recoloured(red, 120, 0)[0, 0].astype(int)
    assert green[1] > 190 and green[0] < 30 and green[2] < 30
    assert np.array_equal(tone.recoloured(red[..., 0], 120, 40), red[..., 0])
    pale = tone.recoloured(red, 0, -120)[0, 0]
    assert pytest.approx(200, abs=2) == pale[0] and pale[1] > 80
