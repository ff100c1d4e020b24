"""What the tests of made sets share: the files of a folder, the rows of its table, a VOC box."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

BOX = "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>"


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its place there."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Of the table made.csv."""
    with (folder / "made.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sources_of(rows: list[dict[str, str]]) -> Iterator[str]:
    """Paths of what the rows were made from."""
    return (source["path"] for row in rows for source in json.loads(row["sources"]))
