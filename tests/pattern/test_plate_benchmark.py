"""The study of patterned plates runs, on a few plates."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

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


def test_the_main_table_has_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    study("ablation", "--count", "4")
    text = capsys.readouterr().out
    for name in ("dzl, no filter", "statistics, cells compared", "pattern, notch", "pattern, cells"):
        assert name in text
