"""Each image its own limit: what a detector without calibration compared with stands in every output."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge import Detector
from surfedge.report import ReportSummary
from surfedge.scoring import score_folder, settings_of


def surface(seed: int, glints: float = 0.0, is_marked: bool = False) -> np.ndarray:
    """Grain with some fifty bright dots of all strengths, and a black mark."""
    rng = np.random.default_rng(seed)
    image = rng.normal(120, 4, (256, 256))
    for y, x in rng.integers(8, 248, (50, 2)):
        image[y : y + 5, x : x + 5] += glints * rng.exponential()
    if is_marked:
        image[90:104, 60:130] = 0
    return np.asarray(image.clip(0, 255), np.uint8)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for name, image in (("even", surface(1)), ("shiny", surface(2, 40.0)), ("marked", surface(3, 0.0, True))):
        cv2.imwrite(str(folder / f"{name}.png"), image)
    score_folder(Detector(), [folder], folder / "out")
    return folder


def limits_by_detector(run: Path) -> dict[str, float]:
    return {name: Detector()(run / f"{name}.png").threshold for name in ("even", "shiny", "marked")}


def test_what_shines_has_a_higher_limit_and_is_good(run: Path) -> None:
    limits = limits_by_detector(run)
    assert limits["even"] == Detector().decision.threshold < limits["shiny"]
    verdicts = {name: Detector()(run / f"{name}.png").is_defective for name in limits}
    assert verdicts == {"even": False, "shiny": False, "marked": True}


def test_tables_and_ledger_say_the_limit_of_each_image(run: Path) -> None:
    expected = limits_by_detector(run)
    with open(run / "out" / "results.csv", newline="") as file:
        assert {Path(row["path"]).stem: float(row["threshold"]) for row in csv.DictReader(file)} == expected
    lines = [json.loads(line) for line in (run / "out" / "results.jsonl").read_text().splitlines()]
    assert {Path(line["path"]).stem: line["threshold"] for line in lines} == expected
    with sqlite3.connect(run / "out" / "ledger.sqlite") as db:
        assert sorted(limit for (limit,) in db.execute("SELECT threshold FROM outcomes")) == sorted(expected.values())


def test_the_page_says_that_each_image_has_its_own(run: Path) -> None:
    page = (run / "out" / "report.html").read_text()
    assert "per image" in page and '"threshold":null' in page.replace(" ", "")
    assert ReportSummary("statistics", None).threshold is None


def test_one_limit_given_by_hand_holds_for_all(run: Path) -> None:
    by_hand = Detector().with_threshold(Detector().decision.threshold)
    assert by_hand(run / "shiny.png").threshold == by_hand.decision.threshold
    assert by_hand(run / "shiny.png").score == Detector()(run / "shiny.png").score
    assert by_hand(run / "shiny.png").is_defective
    own, given = settings_of(Detector()), settings_of(by_hand)
    assert own.identity != given.identity and own.record["threshold"] is None
    assert given.record["rule"].startswith("set by hand")
