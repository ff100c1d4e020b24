"""From map to verdict, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.judgement import Judgement
from surfedge.decision.regions import find_regions
from surfedge.errors import ArgumentError, EngineError

PLAIN = Decision(threshold=0.5)


def _spots(*boxes: tuple[int, int, int, int, float], shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    """A map of zeros with boxes (x, y, width, height, value)."""
    anomaly_map = np.zeros(shape, np.float32)
    for x, y, width, height, value in boxes:
        anomaly_map[y : y + height, x : x + width] = value
    return anomaly_map


def judged(decision: Decision, values: np.ndarray) -> Judgement:
    """The verdict on a map with one value for each pixel."""
    return decision.judge(RawMap(values), values.shape)


def finished(decision: Decision, values: np.ndarray) -> np.ndarray:
    return decision.finish(RawMap(values), values.shape)


def test_a_quiet_map_is_good() -> None:
    verdict = judged(PLAIN, _spots())
    assert (verdict.score, verdict.is_defective, verdict.regions) == (0.0, False, ())
    assert not verdict.mask.any()


def test_two_spots_strongest_first() -> None:
    verdict = judged(PLAIN, _spots((5, 6, 4, 3, 0.75), (30, 20, 2, 5, 2.0)))
    assert verdict.is_defective and verdict.score == 2.0
    strong, weak = verdict.regions
    assert strong.box == (30, 20, 2, 5) and strong.area_px == 10 and strong.score == 2.0
    assert strong.centroid == (30.5, 22.0)
    assert weak.box == (5, 6, 4, 3) and weak.area_px == 12 and weak.mean_score == 0.75
    assert weak.polygon.tolist() == [[5, 6], [5, 8], [8, 8], [8, 6]]


def test_the_threshold_itself_is_good() -> None:
    assert not judged(replace(PLAIN, threshold=2.0), _spots((3, 3, 2, 2, 2.0))).is_defective


def test_opening_removes_what_the_disk_does_not_fit_into() -> None:
    verdict = judged(replace(PLAIN, opening_radius_px=2), _spots((5, 5, 3, 9, 1.0), (20, 5, 9, 9, 1.0)))
    assert [region.box for region in verdict.regions] == [(20, 5, 9, 9)]


def test_min_area_drops_regions_and_the_verdict_with_the_last_of_them() -> None:
    anomaly_map = _spots((5, 5, 3, 3, 1.0), (20, 20, 10, 1, 0.9))
    verdict = judged(replace(PLAIN, min_area_px=10), anomaly_map)
    assert verdict.is_defective
    assert [region.area_px for region in verdict.regions] == [10] and verdict.mask.sum() == 10
    none = judged(replace(PLAIN, min_area_px=11), anomaly_map)
    assert not none.is_defective and none.score == 1.0 and not none.mask.any()


def test_border_ring_is_judged_neither_by_score_nor_by_mask() -> None:
    verdict = judged(replace(PLAIN, border_px=3), _spots((0, 10, 3, 3, 9.0), (10, 10, 2, 2, 1.0)))
    assert verdict.score == 1.0
    assert [region.box for region in verdict.regions] == [(10, 10, 2, 2)]


def test_clear_border_drops_regions_that_touch_the_edge() -> None:
    verdict = judged(replace(PLAIN, clear_border=True), _spots((0, 10, 3, 3, 9.0), (10, 10, 2, 2, 1.0)))
    assert [region.box for region in verdict.regions] == [(10, 10, 2, 2)]
    assert verdict.mask.sum() == 4


def test_nested_regions_keep_their_own_outlines() -> None:
    anomaly_map = _spots((5, 5, 20, 20, 1.0), (8, 8, 14, 14, 0.0), (12, 12, 4, 4, 3.0))
    inner, outer = find_regions(anomaly_map > 0.5, anomaly_map)
    assert inner.box == (12, 12, 4, 4) and outer.area_px == 400 - 196
    assert {tuple(p) for p in outer.polygon.tolist()} == {(5, 5), (5, 24), (24, 24), (24, 5)}
    kept = judged(replace(PLAIN, min_area_px=100), anomaly_map)
    assert kept.mask.sum() == 204


def test_diagonal_neighbours_are_one_region() -> None:
    mask = np.zeros((8, 8), bool)
    mask[2, 2] = mask[3, 3] = mask[4, 2] = True
    (region,) = find_regions(mask, mask.astype(np.float32))
    assert region.area_px == 3 and region.box == (2, 2, 2, 3)


def test_outlines_belong_to_their_regions(budget) -> None:
    rng = np.random.default_rng(5)
    for _ in range(budget.count(test=50, nightly=2_000, release=20_000)):
        mask = rng.random((rng.integers(1, 40), rng.integers(1, 40))) < rng.uniform(0.05, 0.6)
        for region in find_regions(mask, mask.astype(np.float32)):
            x, y, width, height = region.box
            assert region.polygon.min(0).tolist() == [x, y]
            assert (region.polygon.max(0) + 1).tolist() == [x + width, y + height]


def test_normalising_by_good_images() -> None:
    decision = Decision(
        threshold=3.0,
        normalise="good",
        good_mean=np.full((1, 1), 2.0, np.float32),
        good_deviation=np.full((1, 1), 0.5, np.float32),
    )
    verdict = judged(decision, _spots((5, 5, 4, 4, 4.0)))
    assert verdict.score == pytest.approx(4.0)  # (4 - 2) / 0.5
    assert verdict.anomaly_map[0, 0] == pytest.approx(-4.0)


def test_normalising_by_position_stretches_the_grid() -> None:
    mean = np.array([[0.0, 0.0], [10.0, 10.0]], np.float32)
    decision = Decision(normalise="good", good_mean=mean, good_deviation=np.ones((2, 2), np.float32))
    found = finished(decision, np.full((40, 60), 10.0, np.float32))
    assert found[0] == pytest.approx(10.0) and found[-1] == pytest.approx(0.0)


def test_normalising_by_the_image_itself() -> None:
    noise = np.random.default_rng(0).normal(7.0, 2.0, (200, 200)).astype(np.float32)
    noise[50:60, 50:60] = 107.0
    found = finished(Decision(normalise="robust"), noise)
    assert np.median(found) == pytest.approx(0.0, abs=0.05)
    assert found[55, 55] == pytest.approx(50.0, rel=0.05)


def test_less_its_median() -> None:
    raw = np.arange(9, dtype=np.float32).reshape(3, 3)
    assert finished(Decision(normalise="median"), raw)[0].tolist() == [-4.0, -3.0, -2.0]


def test_a_flat_map_normalised_by_itself_is_flat() -> None:
    assert judged(Decision(normalise="robust", threshold=1.0), np.full((30, 30), 3.0, np.float32)).score == 0.0


def test_score_by_upper_quantile() -> None:
    anomaly_map = np.arange(100, dtype=np.float32).reshape(10, 10)
    assert replace(PLAIN, score_quantile=0.9).score(anomaly_map) == 90.0  # index 0.9 * 99 = 89.1, the higher


def test_a_defective_verdict_and_the_mask_agree() -> None:
    rng = np.random.default_rng(1)
    for quantile in (1.0, 0.99):
        for _ in range(50):
            verdict = judged(
                Decision(threshold=2.0, score_quantile=quantile), rng.normal(size=(20, 20)).astype(np.float32)
            )
            assert verdict.is_defective <= bool(verdict.mask.any())


def test_the_map_given_is_not_changed() -> None:
    raw = _spots((5, 5, 4, 4, 4.0))
    before = raw.copy()
    judged(Decision(threshold=0.1, blur_sigma_px=2.0, normalise="robust", clear_border=True), raw)
    assert (raw == before).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"normalise": "x"},
        {"normalise": "good"},
        {"blur_sigma_px": -1.0},
        {"score_quantile": 0.0},
        {"opening_radius_px": -1},
        {"border_px": -1},
        {"min_area_px": -1},
    ],
)
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError, match="decision"):
        Decision(**settings)


def test_a_border_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match="lower border_px"):
        judged(Decision(border_px=20), np.zeros((40, 60), np.float32))


def test_a_good_verdict_by_quantile_marks_nothing() -> None:
    verdict = judged(replace(PLAIN, score_quantile=0.9), _spots((5, 5, 4, 4, 2.0)))
    assert verdict.score == 0.0 and not verdict.is_defective
    assert not verdict.mask.any() and verdict.regions == ()


def test_without_a_region_that_the_disk_fits_into_there_is_no_defect() -> None:
    thin = _spots((5, 5, 30, 3, 1.0))
    assert judged(PLAIN, thin).is_defective
    verdict = judged(replace(PLAIN, opening_radius_px=2), thin)
    assert verdict.score == 1.0 and not verdict.is_defective and not verdict.mask.any()


def test_pixels_and_scores_are_compared_alike() -> None:
    """0.1 as float32 is above 0.1: the score says defective, so one pixel must be marked."""
    verdict = judged(replace(PLAIN, threshold=0.1), _spots((5, 5, 1, 1, 0.1)))
    assert verdict.score > 0.1 and verdict.is_defective and verdict.mask.sum() == 1
    exact = judged(replace(PLAIN, threshold=float(np.float32(0.1))), _spots((5, 5, 1, 1, 0.1)))
    assert not exact.is_defective and not exact.mask.any()


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_map_that_is_not_finite_is_not_judged(value: float) -> None:
    for settings in ({}, {"score_quantile": 0.99}, {"normalise": "median"}, {"blur_sigma_px": 2.0}):
        with pytest.raises(EngineError, match="anomaly map"):
            judged(replace(PLAIN, **settings), _spots((5, 5, 30, 30, value)))


@pytest.mark.parametrize(
    ("mean", "deviation"),
    [
        (np.zeros((1, 1), np.float32), None),
        (None, np.ones((1, 1), np.float32)),
        (np.zeros(4, np.float32), np.ones(4, np.float32)),
        (np.zeros((2, 2), np.float32), np.ones((2, 3), np.float32)),
        (np.zeros((2, 2)), np.ones((2, 2))),
        (np.full((1, 1), np.nan, np.float32), np.ones((1, 1), np.float32)),
        (np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)),
    ],
)
def test_statistics_of_good_images_must_fit(mean: np.ndarray | None, deviation: np.ndarray | None) -> None:
    for normalise in ("good", "none"):
        with pytest.raises(ArgumentError, match=r"decision\.good_"):
            Decision(normalise=normalise, good_mean=mean, good_deviation=deviation)


def test_a_border_that_leaves_nothing_is_named_with_the_size() -> None:
    with pytest.raises(ArgumentError, match="20 on an image of 60 x 40 pixels"):
        judged(Decision(border_px=20), np.zeros((40, 60), np.float32))
