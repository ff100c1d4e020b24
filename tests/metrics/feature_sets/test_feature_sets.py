"""FID and KID against their definitions, and nearest neighbours, on features with known answers."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import scipy.linalg

from surfedge.errors import ArgumentError
from surfedge.metrics import fid, is_singular, kid, nearest_real


def features(count: int, size: int = 6, seed: int = 0, shift: float = 0.0) -> np.ndarray:
    """Correlated normal features."""
    mix = np.random.default_rng(99).normal(size=(size, size))
    return np.random.default_rng(seed).normal(size=(count, size)) @ mix + shift


def test_fid_is_its_definition() -> None:
    real, made = features(80, seed=1), 1.5 * features(60, seed=2, shift=0.3)
    one, two = np.cov(real, rowvar=False), np.cov(made, rowvar=False)
    apart = real.mean(axis=0) - made.mean(axis=0)
    root = scipy.linalg.sqrtm(one @ two).real
    assert fid(real, made) == pytest.approx(apart @ apart + np.trace(one + two - 2 * root), rel=1e-6)
    assert fid(real, real) == pytest.approx(0, abs=1e-9)
    assert fid(real, made) == pytest.approx(fid(made, real), rel=1e-9)


def test_fid_of_too_few_images_is_said_to_be_singular() -> None:
    assert is_singular(features(6), features(80)) and not is_singular(features(7), features(80))
    assert np.isfinite(fid(features(3), features(4)))


def test_kid_is_the_unbiased_estimate() -> None:
    real, made = features(12, seed=3), features(9, seed=4, shift=0.5)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    own = [np.mean([kernel(a[i], a[j]) for i in range(len(a)) for j in range(len(a)) if i != j]) for a in (real, made)]
    across = np.mean([kernel(a, b) for a in real for b in made])
    assert kid(real, made).value == pytest.approx(own[0] + own[1] - 2 * across, rel=1e-9)


def test_kid_of_equal_sets_is_0_within_its_error_and_of_others_is_not() -> None:
    far = [kid(features(120, seed=k), features(120, seed=100 + k)) for k in range(20)]
    assert sum(abs(each.value) < 2 * each.error for each in far) >= 18
    assert abs(np.mean([each.value for each in far])) < np.mean([each.error for each in far])  # unbiased
    other = kid(features(120), features(120, seed=1, shift=1.5))
    assert other.value > 3 * other.error
    half = features(200, seed=7)
    same = kid(half, half)  # the same images on both sides
    assert abs(same.value) < 2 * same.error


def test_kid_is_the_same_for_the_same_seed() -> None:
    assert kid(features(30), features(30, seed=1)) == kid(features(30), features(30, seed=1))


def test_nearest_neighbours_tell_copies_from_strangers() -> None:
    real = features(600, seed=5)
    copies = nearest_real(real, real[:40] + 1e-9)
    assert copies.place.tolist() == list(range(40)) and copies.ratio < 1e-6
    assert nearest_real(real, features(80, seed=6)).ratio == pytest.approx(1, abs=0.3)
    assert nearest_real(real, features(80, seed=6, shift=50)).ratio > 5
    alike = nearest_real(real, np.repeat(real[:1], 50, axis=0))
    assert alike.used == pytest.approx(1 / 600)
    by_hand = [np.delete(np.linalg.norm(real - row, axis=1), k).min() for k, row in enumerate(real)]
    assert np.allclose(copies.among_real, by_hand)


@pytest.mark.parametrize(
    ("real", "made", "message"),
    [
        (np.zeros((10, 3)), np.zeros((10, 4)), "those of one network"),
        (np.zeros((3, 3)), np.zeros((10, 3)), "N 4 or more"),
        (np.zeros(10), np.zeros((10, 3)), "shape"),
        (np.full((10, 3), np.nan), np.zeros((10, 3)), "finite"),
    ],
)
def test_what_is_refused(real: np.ndarray, made: np.ndarray, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        kid(real, made)


def test_subsets_are_a_quarter_and_at_most_500_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["surfedge.metrics.feature_sets.kid"], "SUBSETS", 2)
    rows = np.random.default_rng(3).normal(size=(2008, 2))
    assert [kid(rows[:count], rows[:12]).subset for count in (4, 12)] == [2, 3]
    assert kid(rows, rows).subset == 500


def test_features_of_two_networks_are_named_by_their_lengths() -> None:
    with pytest.raises(ArgumentError, match="6 and 4 features"):
        fid(features(8), features(8, size=4))


def test_the_fewest_features() -> None:
    assert fid(features(2), features(2)) == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(ArgumentError, match="N 2 or more"):
        fid(features(2), features(1))
    with pytest.raises(ArgumentError, match=r"shape \(3, 0\)"):
        fid(features(2), np.zeros((3, 0)))
    assert fid(features(4, size=1), features(4, size=1) + 2.0) == pytest.approx(4.0)
    assert nearest_real(features(2), features(2)).place.tolist() == [0, 1]
    with pytest.raises(ArgumentError, match="N 2 or more"):
        nearest_real(features(1), features(2))
