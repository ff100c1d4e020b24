"""The evaluation of a whole test set: equal to each metric alone, whatever the order or the amount."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from surfedge.metrics import METRICS, Evaluation, best_image_limit, evaluate_maps
from surfedge.metrics.pixel_f1 import best_pixel_limit
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
