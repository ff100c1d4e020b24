"""What metrics take where nothing is said, how fine they count, and what their records show."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics import Evaluation, ImageRow, figures_of, kid
from surfedge.metrics.counting import binned, levels, score_bins
from surfedge.metrics.counting.bootstrap import image_auroc_interval, stratified_weights
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.figure import Figure
from surfedge.metrics.counting.ground_truth import PixelSample, split_pixels
from surfedge.metrics.nmse import Reconstructions

TRUTH, SCORES = np.arange(12) % 3 == 0, np.arange(12) * 7 % 12
QUOTED = {
    *("image_auroc", "image_ap", "image_f1_best", "image_recall", "false_call_rate", "pixel_auroc", "pixel_ap"),
    *("au_pro_0.30", "au_pro_0.05", "in_image_auroc", "outside_control", "nmse", "nmse_defective"),
    *("class_accuracy", "global_accuracy", "macro_f1"),
}


def _evaluation(**settings: Any) -> Evaluation:
    found = Evaluation(**settings)
    for is_defect, score in zip(TRUTH, SCORES, strict=True):
        mask = [[0, int(is_defect)]] if is_defect else None
        found.add("a", "hole" if is_defect else "good", float(score), [[0.1, score]], mask, threshold=5.0)
    return found


def test_the_seed_is_0() -> None:
    rows = np.random.default_rng(1).normal(size=(16, 3))
    for draw in (
        lambda **seed: stratified_weights(["good"] * 9, 3, **seed).tolist(),
        lambda **seed: image_auroc_interval(TRUTH, SCORES, samples=40, **seed),
        lambda **seed: _evaluation().record(bootstrap=40, **seed).intervals["image_auroc"],
        lambda **seed: kid(rows[:8], rows[8:], **seed).error,
    ):
        assert draw() == draw(seed=0) != draw(seed=1)


@pytest.mark.parametrize("name", ["auroc", "average_precision", "best_f1", "limited_area"])
def test_levels_count_as_merged_in_bounds_alone(name: str) -> None:
    counts = np.array([1.0, 2.0]), np.array([3.0, 2.0]), *((0.3,) if name == "limited_area" else ())
    slack = getattr(levels, f"{name}_slack")
    assert slack(*counts) == slack(*counts, merged=True) > slack(*counts, merged=False) == 0
    assert levels.average_precision(*counts[:2]) == levels.average_precision(*counts[:2], merged=False)


def test_the_figures_to_quote() -> None:
    assert {figure.name for figure in figures_of() if figure.is_quoted} == QUOTED
    assert not Figure("", "", np.asarray, "").is_quoted


def test_a_row_of_an_image_that_nothing_is_known_of() -> None:
    row = ImageRow("a", "good", False, 0.1, 0.5, False)
    known = {field.name: getattr(row, field.name) for field in fields(row)[8:15]}
    nothing = {"hit_px": 0, "false_px": 0, "missed_px": 0, "normal_px": 0, "regions": 0, "overlap": 0.0}
    assert known == {**nothing, "has_truth": False}
    sample = PixelSample()
    assert not any(getattr(sample, field.name).size for field in fields(sample))
    assert Reconstructions().ratios == {False: [], True: []}


def test_a_record_says_all_unless_told() -> None:
    record = _evaluation().record(bootstrap=0)
    assert record.refused == (0, 0) and record.worst() == record.worst(10) and len(record.worst()) == 10
    plain = record.to_dict()
    assert {"curves", "rows"} < set(plain) and not {"curves", "rows"} & set(record.to_dict(curves=False, images=False))
    assert plain["verdict"]["found"]["count"] == record.verdict(is_defect=True).count == 2
    assert plain["verdict"]["false_calls"]["count"] == record.verdict(is_defect=False).count == 4
    assert plain["verdict"]["refused"] == {"good": 0, "defective": 0}


def test_arrays_and_rows_are_not_printed() -> None:
    record = _evaluation().record(bootstrap=0)
    assert "array" not in repr(record) and "ImageRow" not in repr(record)
    assert "array" not in repr(record.curves["image_roc"])
    assert repr(Calls(record.rows, np.ones((1, 12)))) == "Calls()"
    image = binned.BinnedPixels(score_bins.ScoreBins(0.0, 1.0)).count(split_pixels([[1.0, 2.0]], [[0, 1]]))
    assert "overlap" not in repr(image)
    other = _evaluation().record(bootstrap=0)
    assert other.curves["image_roc"] == record.curves["image_roc"]  # by name, not by its arrays


def test_how_fine_the_bins_are() -> None:
    """40 octaves of 2^13 bins on either side, of which 2^6 make a wide one."""
    assert score_bins.BINS == 2 * 40 * 8192 == 2 * score_bins.HALF and score_bins.BINS >> binned.COARSE == 80 * 128
    bins = score_bins.ScoreBins(0.0, 1.0)
    assert bins.index(np.float32([1.0, 3.0, 2.0**39])).tolist() == [score_bins.HALF + 8192 * n for n in (1, 2, 39)]


def test_the_fewest_images_of_a_kid() -> None:
    rows = np.random.default_rng(2).normal(size=(8, 2))
    assert kid(rows[:4], rows[4:]).subset == 2
    with pytest.raises(ArgumentError, match="N 4 or more"):
        kid(rows[:3], rows[4:])
