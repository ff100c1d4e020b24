"""Another threshold keeps score, map and method; verdict and mask agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.sheets import network_bundle, sheet
from surfedge import Detector
from surfedge.decision import Decision
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError, EngineError


def test_another_threshold_keeps_score_map_and_method() -> None:
    detector = Detector()
    result = detector(sheet(1))
    strict, lenient = detector.with_threshold(result.score), detector.with_threshold(result.score - 1e-3)
    assert strict.method is detector.method and detector.decision.threshold == result.threshold
    assert not strict(sheet(1)).is_defective and lenient(sheet(1)).is_defective
    assert strict(sheet(1)).score == lenient(sheet(1)).score == result.score
    assert lenient(sheet(1)).threshold == result.score - 1e-3
    np.testing.assert_array_equal(strict(sheet(1)).anomaly_map, result.anomaly_map)
    assert not strict(sheet(1)).mask.any()


def test_verdict_and_mask_agree_at_the_last_digit() -> None:
    """A threshold between two float32 values divides scores and pixels alike."""
    detector = Detector(default_bundle("pixel_zscore"))
    detector = detector.with_decision(Decision(threshold=0.0))
    score = detector(sheet(1)).score
    for limit in (np.nextafter(score, 0), np.nextafter(score, 9), score, float(np.float32(score)), score * (1 - 1e-9)):
        result = detector.with_threshold(limit)(sheet(1))
        assert result.is_defective == result.mask.any() == bool(result.regions) == (score > limit)


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_threshold_that_would_silence_it_is_refused(threshold: float) -> None:
    with pytest.raises(ArgumentError, match=r"decision\.threshold"):
        Detector().with_threshold(threshold)


def test_a_map_that_is_not_finite_is_never_a_good_image(tmp_path: Path) -> None:
    for factor in (float("nan"), float("inf")):
        detector = Detector(network_bundle(tmp_path, factor))
        with pytest.raises(EngineError, match="anomaly map: found the score"):
            detector(sheet(1))
        ((_, outcome),) = detector.stream([sheet(1)])
        assert isinstance(outcome, EngineError)
