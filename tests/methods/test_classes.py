"""A classifier as a bundle: probability of a defect, label, refusals; and the run that it makes in a folder."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import graphs
import surfaces
from surfedge import Bundle, Detector
from surfedge.bundle import serialize, with_section
from surfedge.calibration import calibrate
from surfedge.cli import main
from surfedge.decision import Decision
from surfedge.errors import ArgumentError, BundleError, EngineError
from surfedge.images import from_array
from surfedge.methods import Classes
from surfedge.precision import in_precision

NAMES = ("good", "bright", "glaring")


def bundle_of(method: Classes, **decision: object) -> Bundle:
    settings, _, blobs = serialize(method)
    plain = serialize(Decision(**{"threshold": 0.5, "good_classes": ("good",), **decision}))[0]
    return Bundle("classes", settings, plain, blobs=with_section("method", {}, blobs)[1])


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return bundle_of(Classes(*graphs.brightness_classes(tmp_path), class_names=NAMES))


def probabilities(mean: float) -> list[float]:
    """Softmax of 0, 20 m - 10, 40 m - 28."""
    powers = [1.0, math.exp(20 * mean - 10), math.exp(40 * mean - 28)]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize(("level", "label"), [(0.3, "good"), (0.8, "bright"), (1.0, "glaring")])
@pytest.mark.parametrize("shape", [(32, 32), (100, 70), (48, 64, 3)])
def test_score_and_label_of_an_even_image(bundle: Bundle, level: float, label: str, shape: tuple[int, ...]) -> None:
    expected = probabilities(level)
    result = Detector(bundle, device="CPU")(np.full(shape, level, np.float32))
    assert result.score == pytest.approx(1 - expected[0], abs=1e-5)
    assert result.label == label == NAMES[int(np.argmax(expected))]
    assert result.is_defective == (label != "good") and result.shape == shape[:2]
    assert result.anomaly_map is None and result.mask is None and result.regions == ()
    assert result.to_dict()["label"] == label and result.method == "classes"
    assert result.probabilities == pytest.approx(dict(zip(NAMES, expected, strict=True)), abs=1e-5)
    assert result.to_dict()["probabilities"] == result.probabilities


def test_the_raw_map_holds_the_probabilities_and_no_map(bundle: Bundle) -> None:
    raw_map = Detector(bundle, device="CPU").method.inspect(from_array(np.full((40, 40), 0.75, np.float32)))
    assert raw_map.values is None and raw_map.score is None
    assert raw_map.classes == pytest.approx(dict(zip(NAMES, probabilities(0.75), strict=True)), abs=1e-5)
    with pytest.raises(ArgumentError, match="the method only classifies"):
        raw_map.map  # noqa: B018


def test_another_threshold_moves_verdict_and_label_together(bundle: Bundle) -> None:
    image = np.full((32, 32), 0.52, np.float32)
    detector = Detector(bundle, device="CPU")
    score = detector.score(image)
    assert 0.55 < score < 0.65
    for threshold in (0.5, 0.7):
        result = detector.with_threshold(threshold)(image)
        assert (result.is_defective, result.label) == (score > threshold, "bright" if score > threshold else "good")
    assert not detector.with_threshold(score)(image).is_defective  # the threshold itself is good


def test_two_good_classes(bundle: Bundle) -> None:
    detector = Detector(bundle, device="CPU").with_decision(Decision(threshold=0.5, good_classes=("good", "bright")))
    expected = probabilities(0.8)
    result = detector(np.full((32, 32), 0.8, np.float32))
    assert result.score == pytest.approx(expected[2], abs=1e-5) and result.label == "bright"


@pytest.mark.parametrize("good_classes", [None, ("fine",), NAMES, ("good", "fine")])
def test_good_classes_are_some_of_the_networks(bundle: Bundle, good_classes: tuple[str, ...] | None) -> None:
    detector = Detector(bundle, device="CPU")
    with pytest.raises(ArgumentError, match=r"good_classes.*some of good, bright, glaring, but not all"):
        detector.with_decision(replace(detector.decision, good_classes=good_classes))
    with pytest.raises(BundleError, match="good_classes"):
        Detector(replace(bundle, decision=serialize(Decision(0.5, good_classes=good_classes))[0]), device="CPU")


def test_where_every_class_is_a_kind_of_defect(bundle: Bundle) -> None:
    detector = Detector(bundle, device="CPU").with_decision(Decision(threshold=0.5, good_classes=()))
    for level, label in ((0.3, "good"), (1.0, "glaring")):
        result = detector(np.full((32, 32), level, np.float32))
        assert (result.score, result.is_defective, result.label) == (1.0, True, label)
    assert detector.with_threshold(1.0)(np.full((32, 32), 1.0, np.float32)).label == "glaring"


def test_good_classes_without_a_classifier() -> None:
    detector = Detector()
    with pytest.raises(ArgumentError, match="the method does not classify"):
        detector.with_decision(replace(detector.decision, good_classes=("good",)))


@pytest.mark.parametrize("names", [(), ("good",), ("good", "good"), ("good", "")])
def test_class_names_are_two_or_more_and_differ(names: tuple[str, ...]) -> None:
    with pytest.raises(ArgumentError, match=r"classes\.class_names"):
        Classes(b"", b"", class_names=names)


def test_outputs_that_are_no_probabilities_judge_nothing(tmp_path: Path) -> None:
    image = np.full((32, 32), 0.6, np.float32)
    bare = Classes(*graphs.brightness_classes(tmp_path, is_softmax=False), class_names=NAMES)
    two = Classes(*graphs.brightness_classes(tmp_path), class_names=NAMES[:2])
    nan = Classes(*graphs.scaled(tmp_path, float("nan"), tile_px=2), class_names=("a", "b", "c", "good"))
    for method in (bare, two, nan):
        with pytest.raises(EngineError, match="probabilities that sum to 1"):
            method.inspect(from_array(image))


def test_what_it_cannot_do_is_said(bundle: Bundle, tmp_path: Path) -> None:
    detector, image = Detector(bundle, device="CPU"), np.full((32, 32), 0.6, np.float32)
    with pytest.raises(ArgumentError, match="judges the image as a whole"):
        detector(image, roi=(0, 0, 8, 8))
    paths = [surfaces.save(tmp_path / f"{n}.png", np.full((32, 32), 10 * n, np.uint8)) for n in range(9)]
    with pytest.raises(ArgumentError, match="a classifier, expected a network that makes a map"):
        in_precision(bundle, "bf16", paths)
    with pytest.raises(ArgumentError, match="the method only classifies"):
        calibrate(detector.method, detector.decision, paths)


def test_a_folder_is_scored(bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "classes.surfedge"
    bundle.write(model)
    for level in (40, 90, 250):
        surfaces.save(tmp_path / "in" / f"{level}.png", np.full((40, 50), level, np.uint8))
    words = ["score", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--model", str(model), "--save", "overlays"]
    assert main(words) == 0
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = {Path(row["path"]).stem: row for row in csv.DictReader(stream)}
    verdicts = {name: (row["status"], row["defective"]) for name, row in rows.items()}
    assert {name: row["class"] for name, row in rows.items()} == {"40": "good", "90": "good", "250": "glaring"}
    assert float(rows["90"]["probability"]) == pytest.approx(probabilities(90 / 255)[0], abs=1e-5)
    assert verdicts == {"40": ("good", "false"), "90": ("good", "false"), "250": ("defective", "true")}
    assert (tmp_path / "out" / "report.html").is_file()
    said = capsys.readouterr().out
    assert "classes: glaring 1, good 2" in said and "250.png: glaring (0.83), score 1" in said
