"""What evaluate writes and says: the verdict, what can be computed from what there is, and nothing else."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.cli import main
from surfedge.datasets import labelled_images
from surfedge.detector import Detector, default_bundle
from surfedge.errors import DatasetError
from surfedge.evaluation import evaluate, headline
from surfedge.evaluation.worst import worst_case_picture
from surfedge.metrics import figures_of


def test_everything_is_written(squares: Path, tmp_path: Path) -> None:
    samples = labelled_images(squares)
    evaluated = evaluate(Detector(default_bundle("pixel_zscore")), samples, tmp_path, bootstrap=20)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"figures.json", "figures.csv", "images.csv", "report.html"} <= written
    assert {"curves/roc.svg", "curves/pr.svg", "curves/pro.svg", "curves/f1.svg", "curves/scores.svg"} <= written
    assert len(list((tmp_path / "worst").iterdir())) == 12
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["figures"]["image_auroc"] == evaluated.record.figures["image_auroc"]
    assert figures["support"]["pixel_auroc"] == {"good": 10, "defective": 4}
    assert figures["verdict"]["found"]["total"] == 8 and figures["skipped"] == []
    rows = {row["figure"]: row for row in csv.DictReader((tmp_path / "figures.csv").read_text().splitlines())}
    assert list(rows) == list(evaluated.record.figures)
    assert (rows["image_recall"]["good_images"], rows["image_recall"]["defective_images"]) == ("0", "8")
    assert len((tmp_path / "images.csv").read_text().splitlines()) == 19
    assert set(headline(evaluated.record)) == {f.name for f in figures_of() if f.is_quoted} & set(rows)


def test_the_console_says_the_verdict_first(squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", str(squares), "--method", "pixel_zscore", "--out", str(tmp_path), "--bootstrap", "20"]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "18 images: dot 4, good 10, square 4" in lines.pop(0)
    while not lines[0].startswith("at the limit"):  # what was understood of the folders
        lines.pop(0)
    assert lines[0].startswith("at the limit") and "of 8 (" in lines[0] and lines[0].endswith("defective images")
    assert "of 10 (" in lines[1] and lines[1].endswith("good images")
    assert any("10 good, 8 defective" in line for line in lines)
    assert any("pixels of 4 defect images left out: no mask" in line for line in lines)


def test_good_images_alone_tell_the_false_calls(
    squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(squares / "test" / "good", tmp_path / "data" / "good")
    out = tmp_path / "judged"
    assert main(["evaluate", str(tmp_path / "data"), "--out", str(out), "--bootstrap", "20"]) == 0
    said = capsys.readouterr().out
    assert "false calls: " in said and "of 10 (" in said and "nan" not in said and "found:" not in said
    assert "good images only: the rate of false calls can be computed, no detection rate" in said
    figures = json.loads((out / "figures.json").read_text())
    assert figures["figures"]["image_auroc"] is None and figures["verdict"]["false_calls"]["total"] == 10


def test_without_a_good_class_it_refuses(squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stations have no class; defects alone tell no false calls; a class that is named as the good one does."""
    data = tmp_path / "data"
    for place, label in (("line1", "square"), ("line2", "good")):
        shutil.copytree(squares / "test" / label, data / place)
    out = tmp_path / "judged"
    assert main(["evaluate", str(data), "--out", str(out)]) in (2, 3)
    assert "--good NAME" in capsys.readouterr().err and not out.exists()
    assert main(["evaluate", str(data), "--out", str(out), "--bootstrap", "0", "--good", "line2", "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)["verdict"]
    assert verdict["found"]["total"] == 4 and verdict["false_calls"]["total"] == 10
    defects = [sample for sample in labelled_images(squares) if sample.is_defective]
    with pytest.raises(DatasetError, match="no good images among the classes dot, square"):
        evaluate(Detector(), defects, tmp_path / "defects")
    assert not (tmp_path / "defects").exists()


@pytest.mark.parametrize("shape", [(72, 96), (256, 256), (300, 1200), (1600, 400)])
def test_the_panels_of_a_worst_case_line_up(tmp_path: Path, shape: tuple[int, int]) -> None:
    """A white square lies at the same place in the image, the map and the truth; overlay and image are alike."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pixels = (40 + 20 * rows / shape[0] + 30 * columns / shape[1]).astype(np.uint8)
    y, x, side = shape[0] // 2, shape[1] // 3, min(shape) // 6
    pixels[y : y + side, x : x + side] = 255
    (tmp_path / "ground_truth" / "square").mkdir(parents=True)
    (tmp_path / "test" / "square").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "test" / "square" / "a.png"), pixels)
    cv2.imwrite(str(tmp_path / "ground_truth" / "square" / "a_mask.png"), np.uint8(pixels == 255))
    (sample,) = labelled_images(tmp_path)
    picture = worst_case_picture(Detector(default_bundle("pixel_zscore"))(sample.path), sample)
    body = picture[48:].astype(int)  # below the two lines of text
    width = (body.shape[1] - 12) // 4
    image, heat, overlay, truth = (body[:, number * (width + 4) :][:, :width] for number in range(4))
    assert width / body.shape[0] == pytest.approx(shape[1] / shape[0], rel=0.02)
    centres = [np.argwhere(panel.max(axis=2) > 0.6 * panel.max()).mean(axis=0) for panel in (image, heat, truth)]
    scale = width / shape[1]
    assert centres[2] == pytest.approx([scale * (y + side / 2), scale * (x + side / 2)], abs=1.0 + 0.5 * scale)
    assert centres[0] == pytest.approx(centres[2], abs=1.5)
    assert centres[1] == pytest.approx(centres[2], abs=1.5 + scale)  # the map's own cells
    away = cv2.dilate(np.uint8(truth.max(axis=2) > 0), np.ones((61, 61))) == 0
    assert away.any() and np.abs(overlay - image)[away].mean() < 0.5
