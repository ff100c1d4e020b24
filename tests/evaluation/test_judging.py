"""The loop over labelled images: the same rows whoever asks, unreadable ones skipped, counted and named everywhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.calibration import with_labelled_threshold
from surfedge.cli import SKIPPED, main
from surfedge.datasets import labelled_images
from surfedge.detector import Detector, default_bundle
from surfedge.errors import DatasetError
from surfedge.evaluation import Judging, Tally


@pytest.mark.parametrize("workers", [1, 3])
def test_detectors_beside_each_other(squares: Path, workers: int) -> None:
    samples, told = labelled_images(squares), []
    detectors = [Detector(default_bundle("pixel_zscore")), Detector(default_bundle("dzl"))]
    judging = Judging(detectors, samples, workers=workers, progress=lambda *said: told.append(said), what="looking")
    rows = list(judging)
    assert [row.sample for row in rows] == samples and [row.index for row in rows] == list(range(18))
    for row in rows:
        assert [result.score for result in row.results] == [each(row.sample.path).score for each in detectors]
        truth = row.sample.mask(row.result.shape)
        assert (row.truth is None) == (truth is None) == (row.sample.label == "dot")
        assert truth is None or np.array_equal(row.truth, truth)
    assert told[0] == (0, 18, "looking") and told[-1] == (18, 18, "looking") and len(told) == 19
    assert not judging.skipped


def test_what_cannot_be_judged_is_skipped_counted_and_named(damaged: Path) -> None:
    judging = Judging([Detector()], labelled_images(damaged))
    assert len(list(judging)) == 15
    assert [Path(path).relative_to(damaged / "test").as_posix() for path, _ in judging.skipped] == [
        "good/1.png",
        "square/2.png",
        "square/3.png",
    ]
    assert "truncated" in judging.skipped[0][1] and "a mask of 5 x 5" in judging.skipped[2][1]
    assert len(list(judging)) == 15 and len(judging.skipped) == 3  # once more, from the start


def test_without_masks_a_wrong_one_does_not_matter(damaged: Path) -> None:
    judging = Judging([Detector()], labelled_images(damaged), masks=False)
    assert all(row.truth is None for row in judging) and len(judging.skipped) == 2


def test_nothing_readable_is_an_error(damaged: Path) -> None:
    samples = [sample for sample in labelled_images(damaged) if sample.path.stem in "12" and sample.label != "dot"]
    with pytest.raises(DatasetError, match="2 images, none readable"):
        list(Judging([Detector()], [samples[0], samples[3]]))


def test_a_tally_is_what_the_results_add_up_to(squares: Path) -> None:
    tally, detector = Tally(), Detector(default_bundle("pixel_zscore"))
    rows = list(Judging([detector], labelled_images(squares)))
    for row in rows:
        tally.add(row)
    record = tally.record()
    assert len(tally) == 18 and tally.milliseconds > 0 and tally.skipped_share() == 0.0
    assert record.support["image_auroc"] == (10, 8) and record.support["pixel_auroc"] == (10, 4)
    called = sum(row.result.is_defective for row in rows if row.sample.is_defective)
    assert record.verdict(is_defect=True).count == called


def test_a_limit_from_labelled_images_survives_an_unreadable_one(damaged: Path) -> None:
    said: list[str] = []
    bundle = default_bundle("pixel_zscore")
    limited = with_labelled_threshold(bundle, labelled_images(damaged), "fewest-misses", tell=said.append)
    assert limited.calibration["labelled_images"] == 16 and limited.calibration["labelled_skipped"] == 2
    assert len(said) == 2 and "good/1.png: found a truncated" in said[0].replace("\\", "/")
    whole = [sample for sample in labelled_images(damaged) if sample.path.stem not in "12"]
    assert "labelled_skipped" not in with_labelled_threshold(limited, whole, "image-f1").calibration


def test_calibrate_and_evaluate_agree_on_unreadable_images(
    damaged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tmp_path / "learn"
    shutil.copytree(damaged / "test" / "good", good)
    (good / "1.png").unlink()
    out = tmp_path / "b.surfedge"
    words = ["--out", str(out), "--labelled", str(damaged), "--labelled-rule", "image-f1"]
    assert main(["calibrate", "pixel_zscore", str(good), *words]) == 1
    said = capsys.readouterr().out
    assert "skipped" in said and "truncated" in said
    assert Bundle.read(out).calibration["labelled_skipped"] == 2
    command = ["evaluate", str(damaged), "--model", str(out), "--bootstrap", "0", "--out", str(tmp_path / "judged")]
    assert main([*command, "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["skipped"]) == 3


def test_implausible_images_are_neither_found_nor_missed(
    squares: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, not judged: beside m of n, in no figure, listed apart from what could not be read."""
    root, out = tmp_path / "set", tmp_path / "judged"
    shutil.copytree(squares, root)
    for name in ("good/1.png", "dot/0.png", "dot/2.png"):
        cv2.imwrite(str(root / "test" / name), np.zeros((72, 96), np.uint8))
    judging = Judging([Detector()], labelled_images(root))
    assert len(list(judging)) == 15
    assert [Path(path).name for path, _ in judging.refused] == ["0.png", "2.png", "1.png"]
    assert judging.refused == judging.skipped
    assert main(["evaluate", str(root), "--out", str(out), "--bootstrap", "0"]) == SKIPPED
    said = capsys.readouterr().out
    (found, false) = [line for line in said.splitlines() if line.startswith("at the limit")]
    assert " of 6 (" in found and found.endswith("2 more refused as implausible: not judged, not counted here")
    assert " of 9 (" in false and "; 1 more refused as implausible" in false
    assert said.count("refused ") >= 3 and "skipped /" not in said
    figures = json.loads((out / "figures.json").read_text())
    assert figures["verdict"]["refused"] == {"good": 1, "defective": 2} and figures["verdict"]["found"]["total"] == 6
    assert len(figures["refused"]) == 3 and figures["skipped"] == [] and figures["images"] == 15
    assert "2 more refused as implausible" in (out / "report.html").read_text()


def test_limits_of_their_own_are_said_to_be_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without calibration an image that shines has a higher limit: one number would be wrong."""
    rng = np.random.default_rng(0)
    for label, glints in (("good", 0.0), ("good", 40.0), ("dot", 0.0)):
        image = rng.normal(120, 4, (192, 192))
        for y, x in rng.integers(8, 184, (50, 2)):
            image[y : y + 5, x : x + 5] += glints * rng.exponential()
        image[90:104, 60:130] *= label == "good"
        (tmp_path / "set" / label).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "set" / label / f"{glints}.png"), image.clip(0, 255).astype(np.uint8))
    assert main(["evaluate", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--bootstrap", "0"]) == 0
    said = capsys.readouterr().out
    assert (
        "at the limit of each image found: 1 of 1" in said and "at the limit of each image false calls: 0 of 2" in said
    )
    assert "the threshold of each image" in (tmp_path / "out" / "report.html").read_text()
