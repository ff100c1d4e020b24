"""mixup and AugMix: shares by their distributions, sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.augment import aug_mix, mixup
from surfedge.synthesis.augment.augmix import MOVING, TONAL

ONE, OTHER = np.float32([1, 0, 0]), np.float32([0, 0, 1])


@pytest.mark.parametrize("white", [np.uint8(255), np.float32(1)])
def test_mixup_by_hand(white: np.generic) -> None:
    dark, bright = np.zeros((3, 4), white.dtype), np.full((3, 4), white)
    for seed in range(20):
        image, label, share = mixup(dark, ONE, bright, OTHER, np.random.default_rng(seed))
        assert image.dtype == white.dtype and 0 <= share <= 1
        assert np.allclose(image, (1 - share) * white, atol=0.51 if white.dtype == np.uint8 else 1e-6)
        assert np.allclose(label, [share, 0, 1 - share], atol=1e-6) and label.dtype == np.float32


def test_shares_are_those_of_the_beta_distribution() -> None:
    rng, image = np.random.default_rng(0), np.zeros((1, 1), np.uint8)
    shares = np.array([mixup(image, ONE, image, OTHER, rng)[2] for _ in range(2000)])
    # Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)).
    assert shares.mean() == pytest.approx(0.5, abs=4 * np.sqrt(0.1786 / 2000))
    assert shares.var() == pytest.approx(1 / (4 * 1.4), rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"other_image": np.zeros((4, 5), np.uint8)}, "other_image"),
        ({"other_image": np.zeros((4, 4), np.float32)}, "other_image"),
        ({"other_label": np.float32([1, 0])}, "other_label"),
        ({"label": np.float32([[1, 0, 0]])}, "label"),
        ({"alpha": 0.0}, "alpha"),
    ],
)
def test_mixup_needs_two_alike(arguments: dict[str, object], name: str) -> None:
    image = np.zeros((4, 4), np.uint8)
    given = {"image": image, "label": ONE, "other_image": image, "other_label": OTHER, **arguments}
    with pytest.raises(ArgumentError) as caught:
        mixup(rng=np.random.default_rng(0), **given)
    assert caught.value.name == name


def test_aug_mix_of_what_no_operation_changes_is_the_image() -> None:
    # A flat black image stays black under all operations but solarise from level 0, which mild strength never reaches.
    image = np.zeros((20, 30), np.uint8)
    for seed in range(30):
        assert not aug_mix(image, None, np.random.default_rng(seed))[0].any()
    levels = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.float32) / 255
    changed = [np.abs(aug_mix(levels, None, np.random.default_rng(s))[0] - levels).mean() for s in range(20)]
    assert 0 < np.mean(changed) < 0.3


def test_aug_mix_mixes_by_the_weights_it_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """With chains that turn black into known levels, the mixture is the weighted sum."""
    given = iter([60, 120, 240])
    monkeypatch.setattr("surfedge.synthesis.augment.augmix.LONGEST_CHAIN", 1)
    for table in (TONAL, MOVING):
        for name in list(table):
            monkeypatch.setitem(table, name, lambda levels, rng, s: np.full_like(levels, next(given)))
    image = np.full((2, 2), 100, np.float32) / 255
    mixed, _ = aug_mix(image, None, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    w, m = rng.dirichlet([1, 1, 1]), rng.beta(1, 1)
    assert np.allclose(mixed * 255, m * 100 + (1 - m) * (w @ [60, 120, 240]), atol=1e-3)


def test_with_a_mask_nothing_moves() -> None:
    image = np.zeros((40, 40), np.uint8)
    image[10:20, 10:20] = 200
    mask = image > 0
    for seed in range(40):
        mixed, same = aug_mix(image, mask, np.random.default_rng(seed))
        assert np.array_equal(same, mask)
        assert np.ptp(mixed[mask]) == 0 and np.ptp(mixed[~mask]) == 0


@pytest.mark.parametrize("arguments", [{"chains": 0}, {"strength": 1.5}, {"alpha": 0.0}])
def test_aug_mix_checks_its_numbers(arguments: dict[str, float]) -> None:
    with pytest.raises(ArgumentError) as caught:
        aug_mix(np.zeros((4, 4), np.uint8), None, np.random.default_rng(0), **arguments)
    assert caught.value.name in arguments
