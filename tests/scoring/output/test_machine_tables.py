"""JSON lines and Parquet hold what the CSV tables hold."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scoring.conftest import Run, table
from surfedge.errors import ArgumentError


def test_lines_hold_the_rows_and_their_regions(run: Run, images: Path, out: Path) -> None:
    (images / "coil 0" / "bad.png").write_bytes(b"broken")
    run()
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]
    rows, regions = table(out / "results.csv"), table(out / "regions.csv")
    assert [line["path"] for line in lines] == [row["path"] for row in rows]
    assert [line["score"] for line in lines] == [float(row["score"]) if row["score"] else None for row in rows]
    assert [line["defective"] for line in lines if line["status"] == "skipped"] == [None]
    flat = [(line["path"], each["score"], each["label"]) for line in lines for each in line["regions"]]
    assert flat == [(row["path"], float(row["score"]), row["label"]) for row in regions] and flat


def test_parquet_is_typed_and_equal(run: Run, images: Path, out: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    (images / "coil 0" / "bad.png").write_bytes(b"broken")
    run(parquet=True)
    results, regions = (parquet.read_table(out / f"{name}.parquet") for name in ("results", "regions"))
    rows = table(out / "results.csv")
    assert results["path"].to_pylist() == [row["path"] for row in rows]
    assert results["score"].to_pylist() == [float(row["score"]) if row["score"] else None for row in rows]
    assert str(results.schema.field("defective").type) == "bool"
    assert [str(each) for each in regions["x"].to_pylist()] == [row["x"] for row in table(out / "regions.csv")]


def test_without_pyarrow_nothing_begins(run: Run, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArgumentError, match=r"surfedge\[parquet\]"):
        run(parquet=True)
    assert not out.exists()
