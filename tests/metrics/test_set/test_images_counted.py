"""An evaluation image by image: what is counted of each, left out or refused, and what the record says of it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics import Evaluation, evaluate_maps, figures_of
from surfedge.metrics.test_set.image_row import judge_image
from surfedge.metrics.test_set.record import Curve


def test_rates_by_hand() -> None:
    evaluation = Evaluation()
    for label, score in [("good", 1.0), ("good", 3.0), ("hole", 2.5), ("hole", 2.0), ("hole", 5.0)]:
        evaluation.add("x.png", label, score, threshold=2.0)  # 2.0 is not above 2.0
    figures = evaluation.record(bootstrap=0).figures
    assert figures["image_precision"] == pytest.approx(2 / 3)
    assert figures["image_recall"] == pytest.approx(2 / 3)
    assert figures["false_call_rate"] == 0.5
    assert figures["image_accuracy"] == pytest.approx(3 / 5)
    assert np.isnan(figures["pixel_auroc"])


def test_figures_say_from_how_many_images_they_come() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.1, [[0.1, 0.2]], threshold=0.5)
    evaluation.add("b", "good", 0.6, threshold=0.5)
    evaluation.add("c", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], threshold=0.5)
    evaluation.add("d", "hole", 0.8, [[0.1, 0.9]], threshold=0.5)
    evaluation.add("e", "cut", 0.2, threshold=0.5)
    record = evaluation.record(bootstrap=0)
    wanted = {"image_auroc": (2, 3), "image_recall": (0, 3), "false_call_rate": (2, 0), "pixel_auroc": (1, 1)}
    assert {name: record.support[name] for name in wanted} == wanted
    assert record.support["in_image_auroc"] == (0, 1)
    assert set(record.support) == set(record.figures)
    assert (record.verdict(is_defect=True).count, record.verdict(is_defect=True).total) == (2, 3)
    assert (record.verdict(is_defect=False).count, record.verdict(is_defect=False).total) == (1, 2)
    assert {label: (s.count, s.total) for label, s in record.called.items()} == {
        "good": (1, 2),
        "cut": (0, 1),
        "hole": (2, 2),
    }
    plain = record.to_dict(images=False, curves=False)
    assert plain["support"]["image_auroc"] == {"good": 2, "defective": 3}
    assert plain["verdict"]["called"]["cut"]["total"] == 1


def test_the_detectors_own_mask_and_verdict_are_used() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.9, [[0.1, 0.9]], threshold=0.5, predicted=[[0, 0]], is_called=False)
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]], [[1, 0]], threshold=0.5, predicted=[[1, 0]])
    figures = evaluation.record(bootstrap=0).figures
    assert (figures["image_accuracy"], figures["iou"], figures["pro"]) == (1.0, 1.0, 1.0)


def test_an_own_limit_for_pixels() -> None:
    evaluation = Evaluation()
    evaluation.add("b", "hole", 9.0, [[0.1, 0.9]], [[0, 1]], threshold=5.0, pixel_threshold=0.5)
    assert evaluation.record(bootstrap=0).figures["iou"] == 1.0


def test_without_a_limit_only_what_needs_one_is_nan() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.1, [[0.1, 0.2]])
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]], [[0, 1]])
    record = evaluation.record(bootstrap=10)
    missing = {name for name, value in record.figures.items() if np.isnan(value)}
    assert "image_auroc" not in missing
    assert "au_pro_0.30" not in missing
    assert {"image_f1", "iou", "pro", "false_call_rate"} <= missing
    assert np.isnan(record.threshold)


def test_what_was_left_out_is_said() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.1, [[0.1, 0.2]])
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]])
    evaluation.add("c", "hole", 0.8, [[0.1, 0.9]], [[0, 0]])
    evaluation.add("d", "good", 0.2)
    record = evaluation.record(bootstrap=10)
    assert record.notes == (
        "pixels of 2 defect images left out: no mask, or an empty one",
        "pixels of 1 images left out: no anomaly map",
    )
    assert record.figures["image_auroc"] == 1.0
    assert np.isnan(record.figures["pixel_auroc"])


@pytest.mark.parametrize("label", ["good", "hole"])
def test_one_kind_of_images_only(label: str) -> None:
    evaluation = Evaluation()
    for score in (0.4, 0.6):
        evaluation.add("a", label, score, [[0.1, score]], [[0, int(label == "hole")]], threshold=0.5)
    record = evaluation.record(bootstrap=10)
    assert np.isnan(record.figures["image_auroc"])
    assert record.figures["image_accuracy"] == 0.5
    assert [note.split(":")[0] for note in record.notes] == [
        "good images only" if label == "good" else "defective images only"
    ]
    json.dumps(record.to_dict(), allow_nan=False)


def test_an_image_that_is_refused_is_not_counted() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.1, [[0.1, 0.2]])
    for score, values, mask, found in [
        (np.nan, [[0.1]], None, "b.png: score"),
        (0.1, [[np.nan]], None, "b.png: anomaly map"),
        (0.1, [[0.1]], [[1, 0]], "b.png: mask"),
        (0.1, [[0.1]], [[1]], "a defect on a 'good' image"),
    ]:
        with pytest.raises(ArgumentError, match=found):
            evaluation.add("b.png", "good", score, values, mask)
    with pytest.raises(ArgumentError, match=r"c\.png: predicted"):
        evaluation.add("c.png", "hole", 0.1, [[0.1]], predicted=[[1, 0]])
    assert len(evaluation) == 1
    assert len(evaluation.record(bootstrap=0).rows) == 1


def test_nothing_to_evaluate() -> None:
    with pytest.raises(ArgumentError, match="no images"):
        Evaluation().record()
    with pytest.raises(ArgumentError, match="fpr_limit"):
        Evaluation(fpr_limits=(0.3, 0.0))


def test_worst_first() -> None:
    evaluation = Evaluation()
    for path, label, score in [("ok", "good", 0.1), ("near", "good", 2.1), ("far", "hole", -5.0), ("hit", "hole", 3.0)]:
        evaluation.add(path, label, score, threshold=2.0)
    assert [row.path for row in evaluation.record(bootstrap=0).worst(2)] == ["far", "near"]


def test_nothing_said_draws_with_the_seed_0() -> None:
    images = [(f"{n}", "good" if n < 6 else "hole", float(n % 5), None, None, None) for n in range(12)]
    settings: tuple[dict[str, int], ...] = ({}, {"seed": 0}, {"seed": 1})
    plain, same, other = (evaluate_maps(images, bootstrap=40, **more).intervals["image_auroc"] for more in settings)
    assert plain == same != other


def test_an_image_without_a_map_counts_no_pixel() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "hole", 0.9)
    (row,) = evaluation.record(bootstrap=0).rows
    assert (row.hit_px, row.false_px, row.missed_px, row.normal_px, row.regions, row.overlap) == (0, 0, 0, 0, 0, 0.0)


def test_an_image_without_a_map_adds_no_pixels() -> None:
    row, _, left_out = judge_image("a.png", "cut", 3.0, threshold=2.0)
    counted = (row.hit_px, row.false_px, row.missed_px, row.normal_px, row.regions, row.overlap)
    assert counted == (0,) * 6 and not row.has_truth and not left_out and row.is_called
    assert math.isnan(row.iou) and math.isnan(row.in_image_auroc)
    record = evaluate_maps([("a.png", "good", 1.0, None, None, 2.0), ("b.png", "cut", 3.0, None, None, 2.0)])
    assert record.refused == (0, 0) and record.figures["image_accuracy"] == 1.0


def test_the_few_figures_to_quote() -> None:
    quoted = {figure.name for figure in figures_of() if figure.is_quoted}
    assert {"image_auroc", "image_ap", "pixel_auroc", "pixel_ap", "in_image_auroc", "outside_control"} <= quoted
    assert {"image_f1_best", "image_recall", "false_call_rate", "macro_f1"} <= quoted
    assert not {"image_precision", "pixel_f1", "pro", "iou", "detection_precision"} & quoted


def test_curves_are_written_to_six_places() -> None:
    curve = Curve("roc", np.array([0.0, 1 / 3]), np.array([2 / 3, 1.0]))
    assert curve.to_dict() == {"name": "roc", "x": [0.0, 0.333333], "y": [0.666667, 1.0]}
