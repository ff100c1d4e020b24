"""Limits over all pixels: exact fractions, the opening that follows, and what then is promised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.calibration import calibrate
from surfedge.calibration.pixel_limits import PixelValues
from surfedge.detector import DECISIONS, Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.images import read
from surfedge.metrics.counting.score_bins import ScoreBins


@pytest.mark.parametrize("p", [0.5, 0.9, 0.98, 0.99, 0.999])
@pytest.mark.parametrize("kind", ["normal", "skewed", "offset", "few values"])
def test_the_fraction_above_the_limit_is_what_was_asked_for(p: float, kind: str) -> None:
    rng, values = np.random.default_rng(0), PixelValues()
    maps = []
    for _ in range(6):
        drawn = rng.normal(size=(120, 150)).astype(np.float32)
        if kind == "skewed":
            drawn = np.exp(drawn)
        elif kind == "offset":
            drawn = 1000 + drawn * np.float32(0.01)
        elif kind == "few values":
            drawn = np.round(drawn)
        maps.append(drawn.astype(np.float32))
        values.add(maps[-1])
    every = np.concatenate([each.ravel() for each in maps])
    limit = values.quantile(p)
    above = np.mean(every > limit)
    exact = np.quantile(every, p, method="higher")
    beside = np.mean(every >= exact) - (1 - p) if kind in ("few values", "offset") else 0.0  # equal values go together
    assert 1 - p - 5e-4 - beside <= above <= 1 - p + 1e-9
    assert values.ksigma(3.0) == pytest.approx(every.mean(dtype=float) + 3 * every.std(dtype=float), rel=1e-6)


def test_without_maps_there_is_no_limit() -> None:
    with pytest.raises(ArgumentError, match="no pixels"):
        PixelValues().quantile(0.9)


@pytest.mark.parametrize("rule", ["pixel-quantile:0.98", "pixel-ksigma:3"])
def test_with_the_opening_it_finds_what_the_rule_of_maxima_misses(rule: str, strips: list[Path]) -> None:
    """The sources' decision: no blur, a limit over all pixels, an opening of radius 4."""
    start = Detector(default_bundle("pixel_zscore"))
    decision = replace(DECISIONS["pixel_zscore"], blur_sigma_px=0.0, score_quantile=1.0, opening_radius_px=4)
    by_pixels = calibrate(start.method, decision, strips, rule=rule, normalise="none")
    by_maxima = calibrate(start.method, decision, strips, rule="max", normalise="none")
    assert by_pixels.bundle.decision["threshold"] < by_maxima.bundle.decision["threshold"]
    detector = Detector(by_pixels.bundle)
    pixels = np.concatenate([detector(path).anomaly_map.ravel() for path in strips])
    if rule == "pixel-quantile:0.98":
        assert np.mean(pixels > detector.decision.threshold) == pytest.approx(0.02, abs=2e-3)
    false = [detector(path).is_defective for path in strips]
    assert by_pixels.promise.above == sum(false) and by_pixels.promise.images == len(strips)
    assert detector(surfaces.with_hole(read(strips[0]).pixels)).is_defective


def test_the_mean_as_score(strips: list[Path]) -> None:
    start = Detector(default_bundle("statistics"))
    decision = replace(DECISIONS["statistics"], image_score_by="mean")
    made = calibrate(start.method, decision, strips, rule="max", normalise="none")
    detector = Detector(made.bundle)
    result = detector(strips[0])
    assert result.score == pytest.approx(result.anomaly_map.mean(), rel=1e-5)
    assert detector.score(strips[0]) == pytest.approx(result.score, rel=1e-6)
    assert detector.decision.pixel_threshold is not None and detector.decision.pixel_threshold > made.scores.max()
    for rule in ("max-area:20", "pixel-quantile:0.98"):
        with pytest.raises(ArgumentError, match="not the maps' largest values"):
            calibrate(start.method, decision, strips, rule=rule, normalise="none")


def test_a_rule_is_written_as_it_is_read(strips: list[Path]) -> None:
    assert learned(strips, rule="pixel-ksigma:2.5").bundle.calibration["rule"] == "pixel-ksigma:2.5"


def test_neighbouring_bins_are_parted() -> None:
    """The limit is the highest number of the bin that is asked for, below the least of the next."""
    values, low = PixelValues(), np.float32(0.75)
    spread = np.linspace(0, 1, 1001, dtype=np.float32)
    bins = ScoreBins.fitted(spread)
    (high,) = bins.lowest(bins.index(np.array([low])) + 1)
    values.add(spread)
    for value in (low, high):
        values.add(np.full(10_000, value, np.float32))
    below = int(np.count_nonzero(spread <= low)) + 10_000
    assert low <= np.float32(values.quantile(below / 21_001)) < high


def test_without_pixels_there_is_no_deviation() -> None:
    with pytest.raises(ArgumentError, match="no pixels"):
        PixelValues().ksigma(3.0)
