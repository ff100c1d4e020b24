"""The evaluation of a whole test set: equal to each metric alone, whatever the order or the amount."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics import METRICS, Evaluation, best_image_limit, evaluate_maps, figures_of
from surfedge.metrics.pixel_f1 import best_pixel_limit
from surfedge.metrics.test_set.image_row import judge_image
from surfedge.metrics.test_set.record import Curve
from surfedge.registry import resolve

THRESHOLD = 2.0


def _images(masks: list[Any], maps: list[Any]) -> list[tuple[str, str, float, Any, Any, float | None]]:
    labels = ["good" if mask is None else f"class {i % 2}" for i, mask in enumerate(masks)]
    return [(f"{i}.png", labels[i], float(maps[i].max()), maps[i], masks[i], THRESHOLD) for i in range(len(maps))]


@pytest.mark.parametrize("steps", [0, 40])
def test_equals_each_metric_alone(test_set: Any, steps: int) -> None:
    masks, maps = test_set(60, images=9, steps=steps)
    truth, scores = [k is not None for k in masks], [float(m.max()) for m in maps]
    called = [m > THRESHOLD for m in maps]
    figures = evaluate_maps(_images(masks, maps), bootstrap=0, grow_px=2).figures

    def alone(name: str, *arguments: Any) -> Any:
        return pytest.approx(resolve(METRICS, name)(*arguments), abs=1e-12)

    assert figures["image_auroc"] == alone("image_auroc", truth, scores)
    assert figures["image_ap"] == alone("image_ap", truth, scores)
    assert figures["image_f1"] == alone("image_f1", truth, scores, THRESHOLD)
    assert figures["image_f1_best"] == alone("image_f1", truth, scores)
    assert figures["image_accuracy"] == alone("image_accuracy", truth, scores, THRESHOLD)
    assert figures["image_accuracy_best"] == alone("image_accuracy", truth, scores)
    assert figures["pixel_auroc"] == alone("pixel_auroc", masks, maps)
    assert figures["pixel_ap"] == alone("pixel_ap", masks, maps)
    assert figures["pixel_f1"] == alone("pixel_f1", masks, maps, THRESHOLD)
    assert figures["pixel_f1_best"] == alone("pixel_f1", masks, maps)
    assert figures["pro"] == alone("pro", masks, called)
    assert figures["au_pro_0.30"] == alone("au_pro", masks, maps, 0.30)
    assert figures["au_pro_0.05"] == alone("au_pro", masks, maps, 0.05)
    assert figures["in_image_auroc"] == alone("in_image_auroc", masks, maps)
    assert figures["outside_control"] == alone("outside_control", masks, maps, 2)
    assert figures["detection_accuracy"] == alone("detection_accuracy", masks, called)
    assert figures["detection_precision"] == alone("detection_precision", masks, called)
    for name in ("image_precision", "image_recall", "false_call_rate"):
        assert figures[name] == alone(name, truth, scores, THRESHOLD)
    for name in ("pixel_precision", "pixel_recall"):
        assert figures[name] == alone(name, masks, maps, THRESHOLD)
    every_mask = np.stack([np.zeros(m.shape) if k is None else k for k, m in zip(masks, maps, strict=True)])
    assert figures["iou"] == alone("iou", every_mask, np.stack(called))
    each = [resolve(METRICS, "iou")(k, c) for k, c in zip(masks, called, strict=True) if k is not None]
    assert figures["mean_iou"] == pytest.approx(np.mean(each))


def test_of_images_that_are_not_called_none_is_a_detection() -> None:
    mask = np.zeros((8, 8), bool)
    mask[2:4, 2:4] = True
    maps = [np.where(mask, np.float32(height), np.float32(0)) for height in (3.0, 1.0, 0.0, 3.0)]
    figures = evaluate_maps(_images([mask, mask, None, None], maps), bootstrap=0).figures
    assert figures["detection_precision"] == 0.5  # of the first and the last one
    assert figures["detection_accuracy"] == 0.5  # of the first two


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


def test_order_does_not_matter(test_set: Any) -> None:
    images = _images(*test_set(61, images=9))
    for settings in ({}, {"exact_px": 0}):
        forward = evaluate_maps(images, bootstrap=0, **settings).figures
        backward = evaluate_maps(images[::-1], bootstrap=0, **settings).figures
        assert backward == pytest.approx(forward, abs=1e-3 if settings else 1e-12)


def test_large_sets_are_near_and_say_how_near(test_set: Any) -> None:
    images = _images(*test_set(62, images=9, steps=0))
    exact = evaluate_maps(images, bootstrap=0)
    binned = evaluate_maps(images, bootstrap=0, exact_px=1000)
    assert exact.exact
    assert not exact.slack
    assert not binned.exact
    for name, value in binned.figures.items():
        assert abs(value - exact.figures[name]) <= binned.slack.get(name, 0.0) + 1e-12, name


def test_classes_stand_beside_all_good_images(test_set: Any) -> None:
    images = _images(*test_set(63, images=9))
    classes = evaluate_maps(images, bootstrap=0).classes
    assert list(classes) == ["good", "class 0", "class 1"]
    assert classes["good"]["images"] == 3
    for label in ("class 0", "class 1"):
        alone = evaluate_maps([i for i in images if i[1] in ("good", label)], bootstrap=0).figures
        assert {k: v for k, v in classes[label].items() if k != "images"} == pytest.approx(alone, nan_ok=True)


def test_limits_that_labels_give(test_set: Any) -> None:
    masks, maps = test_set(64)
    thresholds = evaluate_maps(_images(masks, maps), bootstrap=0).thresholds
    truth, scores = [k is not None for k in masks], [float(m.max()) for m in maps]
    assert thresholds["image_f1_best"] == best_image_limit(truth, scores)[0]
    assert thresholds["pixel_f1_best"] == best_pixel_limit(masks, maps)[0]


def test_intervals_hold_the_figure_and_repeat(test_set: Any) -> None:
    images = _images(*test_set(65, images=30, shape=(40, 40), steps=0))
    first, again = (evaluate_maps(images, bootstrap=300, seed=3) for _ in range(2))
    assert first.intervals == again.intervals
    assert set(first.intervals) == set(first.figures)
    for name in ("image_auroc", "pixel_auroc", "pixel_ap", "au_pro_0.30", "au_pro_0.05", "iou", "in_image_auroc"):
        low, high = first.intervals[name]
        assert low < first.figures[name] < high, name
        assert high - low < 0.5, name


def test_curves_carry_the_areas(test_set: Any) -> None:
    record = evaluate_maps(_images(*test_set(66, images=9, steps=0)), bootstrap=0)
    for name, figure in {"image_roc": "image_auroc", "pixel_roc": "pixel_auroc"}.items():
        curve = record.curves[name]
        area = np.sum(np.diff(curve.x) * (curve.y[1:] + curve.y[:-1]) / 2)
        assert area == pytest.approx(record.figures[figure], abs=2e-3)
        assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
        assert curve.x.size <= 402
    x, y = record.curves["pro"].x, record.curves["pro"].y
    grid = np.linspace(0, 0.3, 3001)
    assert np.mean(np.interp(grid, x, y)) == pytest.approx(record.figures["au_pro_0.30"], abs=3e-3)
    assert np.all(np.diff(record.curves["pixel_pr"].x) >= 0)


def test_f1_over_the_limit(test_set: Any) -> None:
    masks, maps = test_set(68)
    record = evaluate_maps(_images(masks, maps), bootstrap=0)
    truth, scores = [k is not None for k in masks], [float(m.max()) for m in maps]
    for name, of, arguments in (("image_f1", "image_f1", (truth, scores)), ("pixel_f1", "pixel_f1", (masks, maps))):
        curve = record.curves[name]
        assert np.all(np.diff(curve.x) >= 0) and curve.y[-1] == 0.0
        assert curve.y.max() == pytest.approx(record.figures[f"{name}_best"], abs=1e-12)
        for x, y in list(zip(curve.x, curve.y, strict=True))[1:-1:7]:
            assert y == pytest.approx(resolve(METRICS, of)(*arguments, x), abs=1e-12)


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


def test_record_is_json_and_more_images_may_follow(test_set: Any) -> None:
    images = _images(*test_set(67))
    evaluation = Evaluation()
    for path, label, score, values, mask, threshold in images[:3]:
        evaluation.add(path, label, score, values, mask, threshold=threshold)
    assert len(evaluation.record(bootstrap=20).rows) == 3
    for path, label, score, values, mask, threshold in images[3:]:
        evaluation.add(path, label, score, values, mask, threshold=threshold)
    record = evaluation.record(bootstrap=20)
    assert record.figures == pytest.approx(evaluate_maps(images, bootstrap=0).figures, nan_ok=True)
    text = json.dumps(record.to_dict(), allow_nan=False)
    loaded = json.loads(text)
    assert loaded["images"] == 6
    assert loaded["figures"]["au_pro_0.30"] == record.figures["au_pro_0.30"]
    assert {"curves", "rows"} & set(record.to_dict(curves=False, images=False)) == set()


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
