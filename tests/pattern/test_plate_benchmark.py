"""The study of patterned plates runs, on a few plates."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import cv2
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "plates.py"


def study(*words: str) -> None:
    sys.modules.pop("plates", None)
    module = runpy.run_path(str(SCRIPT), run_name="plates")
    module["main"](list(words))


def test_lattices_of_medium_and_hard_plates(budget, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    count = budget.count(test=5, nightly=200, release=1000)
    study("lattice", "--count", str(count))
    rows = [[cell.strip() for cell in line.split("|")] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1] for row in rows] == ["medium", "hard"]
    assert all(float(row[4].rstrip("%")) >= 98 for row in rows)


def test_the_tables_of_all_plates_in_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    study("all", "--count", "16")
    text = capsys.readouterr().out
    for name in ("dzl, no filter", "statistics, cells compared", "pattern, notch", "pattern, cells"):
        assert text.count(f"| {name} |") == 3
    for head in ("medium, own reference", "hard, own reference", "medium, calibrated on 8", "false lattices"):
        assert f"| {head} |" in text
    assert text.count("lattice found on 100.0%") >= 2


def test_good_plates_to_train_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study("good", "--count", "2", "--out", str(tmp_path / "good"))
    assert "2 good plates" in capsys.readouterr().out
    assert [cv2.imread(str(path)).shape for path in sorted((tmp_path / "good").iterdir())] == 2 * [
        (512, 512, 3)
    ]
