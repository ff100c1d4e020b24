"""Results for programs: JSON lines (one object per input, its regions inside) and Parquet (two typed tables).

Paths and words are as they are, nothing is guarded against spreadsheets. Bytes of file names that are no text are
shown as backslash escapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from surfedge.errors import ArgumentError
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Row
from surfedge.scoring.output.whole_file import whole_file

REGION = ("x", "y", "width", "height", "area_px", "score", "label")
_RESULT_TYPES = {
    "path": "string",
    "status": "string",
    "width": "int64",
    "height": "int64",
    "score": "float64",
    "threshold": "float64",
    "defective": "bool_",
    "regions": "int64",
    "defect_area_px": "int64",
    "milliseconds": "float64",
    "reason": "string",
    "class": "string",
    "probability": "float64",
}
_REGION_TYPES = {
    "path": "string",
    "x": "int64",
    "y": "int64",
    "width": "int64",
    "height": "int64",
    "area_px": "int64",
    "score": "float64",
    "label": "string",
}
_ROWS_AT_ONCE = 4096


def json_line(row: Row, regions: list[tuple[Any, ...]]) -> bytes:
    """A line of ``results.jsonl``: keys as the columns of results.csv, null where there is no value, "regions" a list
    of REGION values."""
    values = {**_result(row), "regions": [dict(zip(REGION, each, strict=True)) for each in regions]}
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def regions_of(row: Row, ledger: Ledger) -> list[tuple[Any, ...]]:
    """The REGION values of an input, none where it was skipped."""
    return ledger.regions(row.content) if row.verdict is not None and row.verdict.regions else []


def check_parquet() -> None:
    """Raises ArgumentError unless Parquet can be written."""
    _pyarrow()


def write_parquet(out_dir: Path, ledger: Ledger) -> None:
    """``results.parquet`` and ``regions.parquet``, with the columns of the CSV tables."""
    write_typed_table(out_dir / "results.parquet", _RESULT_TYPES, map(_result, ledger.rows()))
    write_typed_table(out_dir / "regions.parquet", _REGION_TYPES, _regions(ledger))


def _result(row: Row) -> dict[str, Any]:
    v, path = row.verdict, _text(row.item.shown)
    if v is None:
        return {**dict.fromkeys(_RESULT_TYPES), "path": path, "status": row.status, "reason": row.reason}
    return {
        "path": path,
        "status": row.status,
        "width": v.width,
        "height": v.height,
        "score": v.score,
        "threshold": v.threshold,
        "defective": v.defective,
        "regions": v.regions,
        "defect_area_px": v.defect_area_px,
        "milliseconds": v.milliseconds,
        "reason": v.notes,
        "class": v.label,
        "probability": v.probability,
    }


def _regions(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for row in ledger.rows():
        for each in regions_of(row, ledger):
            yield {"path": _text(row.item.shown), **dict(zip(REGION, each, strict=True))}


def write_typed_table(path: Path, types: dict[str, str], rows: Iterator[dict[str, Any]]) -> None:
    """A Parquet file of rows whose columns have the given types, words of pyarrow; raises ArgumentError without it."""
    arrow, parquet = _pyarrow()
    schema = arrow.schema([(name, getattr(arrow, kind)()) for name, kind in types.items()])
    with whole_file(path) as file, parquet.ParquetWriter(file, schema) as writer:
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ArgumentError(
            "parquet", found="no pyarrow here", expected="the package", remedy='pip install "surfedge[parquet]"'
        ) from error
    return pyarrow, pyarrow.parquet


def _text(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
