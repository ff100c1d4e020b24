"""What the detector said of each image, kept from one start to the next; may be deleted, is made again then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from surfedge.labelling.describing import COUNT

T = TypeVar("T")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS made_by (identity TEXT);
CREATE TABLE IF NOT EXISTS known (image BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, score REAL, threshold REAL,
    reason TEXT, refused TEXT, features BLOB);
"""


@dataclass(frozen=True)
class Known:
    """What was found about a file. stamp : its size and time of change then. reason : why it cannot be read.

    refused : why the detector does not judge it. features : float32 (COUNT,).
    """

    stamp: tuple[int, int]
    score: float = float("nan")
    threshold: float = float("nan")
    features: np.ndarray | None = field(default=None, repr=False, compare=False)
    reason: str = ""
    refused: str = ""


class ScoreCache:
    """The cache at `path`, of the detector whose settings have this identity; another's is dropped.

    It never fails: what cannot be read is not known, what cannot be written is found again.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        made_by = f"{identity}/{COUNT}"
        if self._ask(lambda db: db.execute("SELECT identity FROM made_by").fetchall(), []) != [(made_by,)]:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            self._ask(
                lambda db: (db.executescript(_SCHEMA), db.execute("INSERT INTO made_by VALUES (?)", (made_by,))), None
            )

    def all(self) -> dict[str, Known]:
        """By image, its path below the folder."""
        nothing: list[tuple] = []
        rows = self._ask(lambda db: db.execute("SELECT * FROM known").fetchall(), nothing)
        return {bytes(row[0]).decode("utf-8", "surrogateescape"): _known(*row[1:]) for row in rows}

    def add(self, found: Mapping[str, Known]) -> None:
        """Keeps what was found."""
        rows = [(name.encode("utf-8", "surrogateescape"), *_row(known)) for name, known in found.items()]
        self._ask(lambda db: db.executemany("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows), None)

    def _ask(self, question: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            with closing(sqlite3.connect(self._path)) as database, database:
                return question(database)
        except sqlite3.Error:
            return otherwise


def _known(size: int, mtime_ns: int, score: float | None, threshold: float | None, *rest: Any) -> Known:
    reason, refused, features = rest
    values = np.frombuffer(features or b"", np.float32)
    is_whole = len(values) == COUNT
    return Known((size, mtime_ns), _nan(score), _nan(threshold), values if is_whole else None, reason, refused)


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _row(known: Known) -> tuple[object, ...]:
    numbers = [each if np.isfinite(each) else None for each in (known.score, known.threshold)]
    features = None if known.features is None else known.features.tobytes()
    return (*known.stamp, *numbers, known.reason, known.refused, features)
