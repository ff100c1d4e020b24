"""What a coil leaves in its folder at its end: tables, the map, the summary."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from surfedge.scoring import text_cell, whole_file, write_typed_table
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.coil_page import write_page

DEFECT_TYPES = {
    "number": "int64",
    **dict.fromkeys(("x_m", "y_mm", "from_m", "to_m", "from_mm", "to_mm", "area_mm2"), "float64"),
    **dict.fromkeys(("score", "mean_score", "severity"), "float64"),
    "label": "string",
    "pieces": "int64",
    "series": "int64",
}
NAMES = {"coil": "string", "bundle": "string"}  # the part, and what judged it
STRETCH = ("from_m", "to_m", "area_m2", "reason")


def write_outputs(out: Path, ledger: CoilLedger, parquet: bool = False) -> None:
    """Tables of defects and of stretches not inspected or in doubt, the map's files, ``summary.json``; Parquet where
    asked for."""
    columns = DEFECT_TYPES | NAMES
    _write_csv(out / "defects.csv", tuple(columns), _named(ledger))
    for name, found in (("not_inspected.csv", ledger.gaps()), ("in_doubt.csv", ledger.doubts())):
        _write_csv(out / name, STRETCH, ({field: getattr(each, field) for field in STRETCH} for each in found))
    if parquet:
        write_typed_table(out / "defects.parquet", columns, _named(ledger))
    write_page(out, ledger)
    with whole_file(out / "summary.json") as file:
        file.write(json.dumps(ledger.get("summary"), indent=2).encode() + b"\n")


def _named(ledger: CoilLedger) -> Iterator[dict[str, Any]]:
    """The defects, each with the names of its coil and of the bundle that found it."""
    bundle = (ledger.get("record") or {}).get("bundle", "")
    name = str(ledger.get("name", "")).encode("utf-8", "backslashreplace").decode()
    names = {"coil": name, "bundle": str(bundle)}
    return (values | names for values in ledger.defects())


def _write_csv(path: Path, columns: Sequence[str], rows: Iterator[dict[str, Any]]) -> None:
    with whole_file(path) as binary:
        file = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(text_cell(row[n]) if isinstance(row[n], str) else row[n] for n in columns)
        file.flush()
        file.detach()
