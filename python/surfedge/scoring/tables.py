"""``results.csv``, ``regions.csv``, ``results.jsonl`` and Parquet on request, written whole from the ledger.

CSV: UTF-8, comma, one line per record. Bytes of file names that are no text are shown as backslash escapes; the
ledger has them as they are. No cell can be taken for a formula: a path that begins like one gets ``./`` in
front, which names the same file, and other text an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from surfedge.scoring.ledger import Ledger
from surfedge.scoring.machine_tables import write_lines, write_parquet
from surfedge.scoring.outcome import Row
from surfedge.scoring.output import whole_file

RESULTS = ("path", "width", "height", "score", "threshold", "defective", "regions", "defect_area_px",
           "milliseconds", "status", "reason")  # fmt: skip
REGIONS = ("path", "x", "y", "width", "height", "area_px", "score", "label")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_tables(out_dir: Path, ledger: Ledger, parquet: bool = False) -> None:
    """The tables of the run, in the order in which the inputs were found.

    parquet : results.parquet and regions.parquet too. Raises ArgumentError where pyarrow is not installed.
    """
    _write(out_dir / "results.csv", RESULTS, (_result(row) for row in ledger.rows()))
    _write(out_dir / "regions.csv", REGIONS, _regions(ledger))
    write_lines(out_dir / "results.jsonl", ledger)
    if parquet:
        write_parquet(out_dir, ledger)


def _result(row: Row) -> tuple[Any, ...]:
    v = row.verdict
    if v is None:
        return (path_cell(row.item.path), *[""] * 8, row.status, text_cell(row.reason))
    return (path_cell(row.item.path), v.width, v.height, repr(v.score), repr(v.threshold),
            str(v.defective).lower(), v.regions, v.defect_area_px, f"{v.milliseconds:.3f}", row.status,
            text_cell(v.notes))  # fmt: skip


def _regions(ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    for row in ledger.rows():
        if row.verdict is not None and row.verdict.regions:
            for *numbers, score, label in ledger.regions(row.content):
                yield (path_cell(row.item.path), *numbers, repr(score), text_cell(label))


def path_cell(path: Path) -> str:
    """A path that no spreadsheet takes for a formula, still naming the same file.

    >>> path_cell(Path("=1+2.png"))
    './=1+2.png'
    """
    text = str(path)
    return f"./{text}" if text.startswith(_FORMULA) else text


def text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> text_cell("@scratch")
    "'@scratch"
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with whole_file(path) as binary:
        file = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        file.flush()
        file.detach()
