"""``results.csv``, ``regions.csv``, ``results.jsonl`` and Parquet on request, written whole from the ledger.

CSV: UTF-8, comma, one line per record. Bytes of file names that are no text are shown as backslash escapes; the
ledger has them as they are. No cell can be taken for a formula: a path that begins like one gets ``./`` in
front, which names the same file, and other text an apostrophe, also behind a semicolon, tab or bar, where a
spreadsheet may cut.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surfedge.files import csv_line, path_cell, text_cell
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Row
from surfedge.scoring.output.machine_tables import json_line, regions_of, write_parquet
from surfedge.scoring.output.whole_file import whole_file

RESULTS = (
    "path",
    "width",
    "height",
    "score",
    "threshold",
    "defective",
    "regions",
    "defect_area_px",
    "milliseconds",
    "status",
    "reason",
    "class",
    "probability",
)
REGIONS = ("path", "x", "y", "width", "height", "area_px", "score", "label")


def write_tables(out_dir: Path, ledger: Ledger, parquet: bool = False) -> None:
    """The tables of the run, in the order in which the inputs were found.

    parquet : results.parquet and regions.parquet too. Raises ArgumentError where pyarrow is not installed.
    """
    with (
        _table(out_dir / "results.csv", RESULTS) as results,
        _table(out_dir / "regions.csv", REGIONS) as regions,
        whole_file(out_dir / "results.jsonl") as lines,
    ):
        for row in ledger.rows():
            found = regions_of(row, ledger)
            results.writerow(_result(row))
            for each in found:
                regions.writerow(_region(row, each))
            lines.write(json_line(row, found))
    if parquet:
        write_parquet(out_dir, ledger)


def _result(row: Row) -> tuple[Any, ...]:
    v = row.verdict
    if v is None:
        return (path_cell(row.item.shown), *[""] * 8, row.status, text_cell(row.reason), "", "")
    return (
        path_cell(row.item.shown),
        v.width,
        v.height,
        repr(v.score),
        repr(v.threshold),
        str(v.defective).lower(),
        v.regions,
        v.defect_area_px,
        f"{v.milliseconds:.3f}",
        row.status,
        text_cell(v.notes),
        text_cell(v.label),
        "" if v.probability is None else f"{v.probability:.6f}",
    )


def _region(row: Row, region: tuple[Any, ...]) -> tuple[Any, ...]:
    *numbers, score, label = region
    return (path_cell(row.item.shown), *numbers, repr(score), text_cell(label))


class _Lines:
    """Writes rows as lines of CSV."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._file = file

    def writerow(self, cells: Iterable[object]) -> None:
        self._file.write(csv_line(cells))


@contextmanager
def _table(path: Path, header: tuple[str, ...]) -> Iterator[_Lines]:
    """A CSV writer with the header written; the file is there, whole, on leaving."""
    with whole_file(path) as binary:
        file = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
        writer = _Lines(file)
        writer.writerow(header)
        yield writer
        file.flush()
        file.detach()
