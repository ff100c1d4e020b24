"""Connected regions with statistics: hand-worked cases, flooding as the twin, peers, memory, threads."""

from __future__ import annotations

import numpy as np
import pytest

import reference_regions as reference
from kernels import levels
from kernels.levels import LEVELS, Guarded, misaligned, threads
from surfedge.kernels import regions

NATIVE = [levels.native(level) for level in LEVELS]
native_at_each_level = pytest.mark.parametrize("native", NATIVE, ids=LEVELS)


def _mask(text: str) -> np.ndarray:
    return np.array([[character == "#" for character in row] for row in text.split()])


# x, y, width, height, area, centroid_x, centroid_y of each region.
HAND_WORKED = {
    "nothing set": (". .", []),
    "one pixel": ("... ..# ...", [(2, 1, 1, 1, 1, 2.0, 1.0)]),
    "all set": ("### ###", [(0, 0, 3, 2, 6, 1.0, 0.5)]),
    "a row in two pieces": ("##.#", [(0, 0, 2, 1, 2, 0.5, 0.0), (3, 0, 1, 1, 1, 3.0, 0.0)]),
    "corners touch, falling": ("#. .#", [(0, 0, 2, 2, 2, 0.5, 0.5)]),
    "corners touch, rising": (".# #.", [(0, 0, 2, 2, 2, 0.5, 0.5)]),
    "a column apart": ("#.# #.#", [(0, 0, 1, 2, 2, 0.0, 0.5), (2, 0, 1, 2, 2, 2.0, 0.5)]),
    "a row apart": ("## .. ##", [(0, 0, 2, 1, 2, 0.5, 0.0), (0, 2, 2, 1, 2, 0.5, 2.0)]),
    "U: two arms are one": ("#.# #.# ###", [(0, 0, 3, 3, 7, 1.0, 8 / 7)]),
    "arch: one from the start": ("### #.# #.#", [(0, 0, 3, 3, 7, 1.0, 6 / 7)]),
    "W: three arms meet late": ("#.#.# #.#.# #####", [(0, 0, 5, 3, 11, 2.0, 13 / 11)]),
    "ring and dot": ("##### #...# #.#.# #...# #####", [(0, 0, 5, 5, 16, 2.0, 2.0), (2, 2, 1, 1, 1, 2.0, 2.0)]),
    "order of first pixels, not of columns": ("...# #... #...", [(3, 0, 1, 1, 1, 3.0, 0.0), (0, 1, 1, 2, 2, 0.0, 1.5)]),
    "rows do not wrap around": ("...# #...", [(3, 0, 1, 1, 1, 3, 0), (0, 1, 1, 1, 1, 0, 1)]),
}


@native_at_each_level
@pytest.mark.parametrize("case", HAND_WORKED)
def test_hand_worked(native, case):
    text, expected = HAND_WORKED[case]
    found = native.regions(_mask(text), None)
    assert [row[:7] for row in found.tolist()] == expected
    assert np.isnan(found["max_score"]).all()
    assert np.isnan(found["mean_score"]).all()


@native_at_each_level
def test_scores_by_hand(native):
    scores = np.array([[1, 9, 2, 5], [9, 3, 9, 7]], np.float32)
    found = native.regions(_mask("#.#. .#.."), scores)
    assert found["max_score"].tolist() == [3.0]
    assert found["mean_score"].tolist() == [2.0]
    found = native.regions(_mask("#..# #..#"), -scores)
    assert found["max_score"].tolist() == [-1.0, -5.0]
    assert found["mean_score"].tolist() == [-5.0, -6.0]


@native_at_each_level
def test_scores_that_are_not_finite(native):
    scores = np.array([[np.nan, 9, np.inf, 9, -np.inf]], np.float32)
    found = native.regions(_mask("#.#.#"), scores)
    np.testing.assert_array_equal(found["max_score"], scores[0, ::2])
    np.testing.assert_array_equal(found["mean_score"], scores[0, ::2])
    found = native.regions(_mask("###.."), np.array([[1, np.nan, 2, 3, 4]], np.float32))
    assert np.isnan(found["max_score"]).all()
    assert np.isnan(found["mean_score"]).all()


def _case(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    around = rng.choice([0, 1, 2, 63, 64, 65, 127, 128, 129], 2)
    shape = tuple(int(a) if rng.random() < 0.2 else int(rng.integers(1, 24)) for a in around)
    mask = rng.random(shape) < rng.choice([0.05, 0.3, 0.5, 0.9])
    scores = (rng.standard_normal(shape) * 10.0 ** rng.integers(-30, 30)).astype(np.float32)
    return mask, scores


def test_equals_flooding(budget):
    rng = np.random.default_rng(21)
    for _ in range(budget.count(test=1_000, nightly=50_000, release=500_000)):
        mask, scores = _case(rng)
        expected = reference.regions(mask, scores)
        first = None
        for native in NATIVE:
            found = native.regions(mask, misaligned(scores, 1))
            first = found if first is None else first
            np.testing.assert_array_equal(found, first)  # the same at every level, sums included
            assert len(found) == len(expected)
            for name in ("x", "y", "width", "height", "area", "max_score"):
                assert found[name].tolist() == [region[name] for region in expected], name
            for name in ("centroid_x", "centroid_y"):
                np.testing.assert_allclose(found[name], [region[name] for region in expected], rtol=1e-14)
            # n additions in double: n 2^-53 of the sum of magnitudes
            limit = mask.sum() * 2.0**-52 * (np.abs(scores[mask]).max() if mask.any() else 0)
            means = [region["mean_score"] for region in expected]
            np.testing.assert_allclose(found["mean_score"], means, rtol=0, atol=limit)


def test_as_scipy_and_opencv():
    ndimage = pytest.importorskip("scipy.ndimage")
    cv2 = pytest.importorskip("cv2")
    rng = np.random.default_rng(22)
    for density in (0.1, 0.4, 0.6):
        mask = rng.random((301, 333)) < density
        scores = rng.random(mask.shape, np.float32)
        found = regions(mask, scores)
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        assert len(found) == count
        index = np.arange(1, count + 1)
        np.testing.assert_array_equal(found["area"], np.bincount(labels.ravel())[1:])
        np.testing.assert_array_equal(found["max_score"], ndimage.maximum(scores, labels, index))
        means = ndimage.mean(scores.astype(np.float64), labels, index)
        np.testing.assert_allclose(found["mean_score"], means)
        _, _, stats, centroids = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
        ours = np.stack([found[name] for name in ("x", "y", "width", "height", "area")], 1)
        ours = np.hstack([ours, found["centroid_x"][:, None], found["centroid_y"][:, None]])
        theirs = np.hstack([stats, centroids])[1:]
        np.testing.assert_allclose(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)], rtol=1e-12)


@native_at_each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_stays_inside_its_buffers(native, at_end):
    rng = np.random.default_rng(23)
    for shape in [(1, 1), (1, 63), (5, 64), (5, 65), (7, 129), (130, 3)]:
        mask = Guarded().copy(rng.random(shape) < 0.5, at_end=at_end)
        scores = Guarded().copy(rng.random(shape, np.float32), at_end=at_end)
        assert native.regions(mask, scores)["area"].sum() == mask.sum()


@native_at_each_level
def test_equal_for_any_thread_count(native, budget):
    rng = np.random.default_rng(24)
    for _ in range(budget.count(test=100, nightly=1_000, release=1_000)):
        shape = tuple(int(side) for side in rng.integers(1, 300, 2))
        mask, scores = rng.random(shape) < 0.4, rng.random(shape, np.float32)
        alone = native.regions(mask, scores)
        with threads(native, 3):
            together = native.regions(mask, scores)
        np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (9, 0)])
def test_nothing_gives_nothing(shape):
    found = regions(np.zeros(shape, bool), np.zeros(shape, np.float32))
    assert len(found) == 0
    assert found.dtype.names == reference.FIELDS


def test_refusals():
    mask = np.zeros((4, 6), bool)
    with pytest.raises(TypeError, match="mask: found uint8"):
        regions(mask.view(np.uint8))
    with pytest.raises(TypeError, match="scores: found float64"):
        regions(mask, np.zeros((4, 6)))
    with pytest.raises(ValueError, match=r"scores: found \(4, 5\)"):
        regions(mask, np.zeros((4, 5), np.float32))
    with pytest.raises(ValueError, match="C-contiguous"):
        regions(mask[:, ::2])
    with pytest.raises(ValueError, match="mask"):
        regions(mask[0])
