"""The study of patterned plates runs, on a few plates."""

from __future__ import annotations

import runpy
from pathlib import Path

import cv2
import pytest

from conftest import Budget

METHODS = ("dzl, no filter", "dzl, notch filter", "statistics, cells compared", "pattern, notch", "pattern, cells")
SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "plates.py"


@pytest.fixture(autouse=True)
def beside_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that Python itself would search first."""
    monkeypatch.syspath_prepend(SCRIPT.parent)


def study(*words: str) -> None:
    module = runpy.run_path(str(SCRIPT), run_name="plates")
    module["main"](list(words))


def test_lattices_of_medium_and_hard_plates(budget: Budget, capsys: pytest.CaptureFixture[str]) -> None:
    count = budget.count(test=5, nightly=200, release=1000)
    study("lattice", "--count", str(count))
    rows = [[cell.strip() for cell in line.split("|")] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1] for row in rows] == ["medium", "hard", "worn"]
    assert all(float(row[4].rstrip("%")) >= 98 for row in rows)


def test_the_main_table_has_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    study("ablation", "--count", "4")
    text = capsys.readouterr().out
    for name in METHODS:
        assert text.count(f"| {name} |") == 1
    assert "4 medium plates from seed 0: lattice found on 100.0%, within 0.5 % and 0.3 degrees on 100.0%" in text


def test_all_tables_in_one_command(budget: Budget, capsys: pytest.CaptureFixture[str]) -> None:
    count = budget.count(test=0, nightly=16, release=1000)
    if not count:
        pytest.skip("half a minute: with --budget nightly")
    study("all", "--count", str(count))
    text = capsys.readouterr().out
    for name in METHODS:
        assert text.count(f"| {name} |") == 3
    for head in ("medium, own reference", "hard, own reference", "medium, calibrated on ", "false lattices"):
        assert f"| {head}" in text


def test_good_plates_to_train_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study("good", "--count", "2", "--out", str(tmp_path / "good"))
    assert "2 good plates" in capsys.readouterr().out
    assert [cv2.imread(str(path)).shape for path in sorted((tmp_path / "good").iterdir())] == 2 * [(512, 512, 3)]
