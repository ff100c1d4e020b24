"""Rows of ``ledger.sqlite`` from records, and records from rows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from surfedge.report import Pictures
from surfedge.scoring.ledger.outcome import Item, Outcome, SavedFile, Verdict

VERDICT = "width, height, score, threshold, defective, regions, defect_area_px, milliseconds, notes, label, probability"


def item_of(position: int, path: Path, name: str) -> Item:
    """The input as it was given; a name that goes on behind the file's is that of a page: ``scan.tif#2``."""
    page = name.rpartition("/")[2].removeprefix(f"{path.name}#")
    is_page = page.isdecimal() and name.endswith(f"{path.name}#{page}")
    return Item(position, path, name, int(page) if is_page else 0)


def insert(db: sqlite3.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Replaces `rows` in `table`; all of them have as many values as the table has columns."""
    held = list(rows)
    if held:
        db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(held[0]))})", held)


def input_row(outcome: Outcome) -> tuple[Any, ...]:
    """A row of ``inputs``."""
    item = outcome.item
    reason = outcome.reason.encode("utf-8", "backslashreplace").decode()
    return item.position, stored(str(item.path)), stored(item.name), outcome.content, reason, outcome.is_implausible


def outcome_row(outcome: Outcome, settings: int, run: int) -> tuple[Any, ...]:
    """A row of ``outcomes``, for one with a verdict."""
    v = outcome.verdict
    assert v is not None
    return (
        outcome.content,
        settings,
        run,
        v.width,
        v.height,
        v.score,
        v.threshold,
        v.defective,
        v.regions,
        v.defect_area_px,
        v.milliseconds,
        v.notes,
        v.label,
        v.probability,
    )


def region_rows(outcome: Outcome, settings: int) -> Iterator[tuple[Any, ...]]:
    """Rows of ``regions``."""
    for number, each in enumerate(outcome.regions):
        figures = (*each.box, each.area_px, each.score, each.mean_score)
        yield outcome.content, settings, number, *figures, each.label


def pictures_row(content: bytes, pictures: Pictures, settings: int) -> tuple[Any, ...]:
    """A row of ``pictures``."""
    return content, settings, pictures.overlay, pictures.map, pictures.original, pictures.thumb


def saved_row(file: SavedFile, content: bytes, settings: int) -> tuple[Any, ...]:
    """A row of ``saved``."""
    return stored(file.file), content, settings, file.size, file.mtime_ns


def verdict_of(values: Sequence[Any]) -> Verdict:
    """The verdict in the columns of `VERDICT`."""
    width, height, score, threshold, defective, *rest = values
    return Verdict(width, height, score, threshold, bool(defective), *rest)


def stored(text: str) -> str | bytes:
    """`text`, or its bytes when it holds undecodable ones (SQLite's text is UTF-8)."""
    try:
        text.encode("utf-8")
        return text
    except UnicodeEncodeError:
        return os.fsencode(text)


def text_of(kept: str | bytes) -> str:
    """What `stored` was given."""
    return kept if isinstance(kept, str) else os.fsdecode(kept)
