"""No cell of an evaluation's or an experiment's table is a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from surfedge.evaluation.tables import figures_csv, images_csv
from surfedge.experiments.cells import Cell
from surfedge.experiments.tables import write_tables
from surfedge.metrics.test_set.record import EvaluationRecord, ImageRow

HOSTILE = "=1+cmd|' /C calc'!A0"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cells(text: str, separator: str) -> list[str]:
    return [cell for line in csv.reader(text.splitlines(), delimiter=separator) for cell in line]


def is_harmless(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell.startswith(FORMULA)
    return True


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_of_files_and_classes_are_no_formulas(separator: str, tmp_path: Path) -> None:
    row = ImageRow(f"{HOSTILE}.png", HOSTILE, True, -1.5, 2.0, False)
    figures = {"image_auroc": 0.5}
    record = EvaluationRecord(
        figures, {}, {}, {}, {HOSTILE: figures}, {}, (row,), 2.0, True, 0.95, support={"image_auroc": (1, 1)}
    )
    write_tables(tmp_path, [Cell(HOSTILE, HOSTILE, 0, {"data": f"a;{HOSTILE}"}, figures, run=HOSTILE)])
    for text in (figures_csv(record), images_csv(record), (tmp_path / "table.csv").read_text()):
        assert "calc" in text
        assert all(is_harmless(cell) for cell in cells(text, separator))


def test_the_tables_are_read_again_as_they_were(tmp_path: Path) -> None:
    row = ImageRow("a, b.png", 'say "no"', False, -1.5, 2.0, False)
    record = EvaluationRecord(
        {"x": 0.25}, {"x": (0.1, 0.4)}, {}, {}, {}, {}, (row,), 2.0, True, 0.95, support={"x": (1, 2)}
    )
    head, line = csv.reader(images_csv(record).splitlines())
    told = dict(zip(head, line, strict=True))
    assert (told["path"], told["label"], float(told["score"])) == ("a, b.png", 'say "no"', -1.5)
    assert figures_csv(record).splitlines()[1] == "x,0.25,0.1,0.4,1,2"
