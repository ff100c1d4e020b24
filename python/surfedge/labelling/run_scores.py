"""Scores that a folder run left in its ledger: images that it judged need not be judged again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from surfedge.errors import ArgumentError

_LATEST = "SELECT settings, record FROM runs ORDER BY id DESC LIMIT 1"
_ROWS = (
    "SELECT path, reason, score, threshold, defective FROM inputs i LEFT JOIN outcomes o "
    "ON o.content = i.content AND o.settings = ? AND reason = ''"
)


@dataclass(frozen=True)
class Judged:
    """What is known of an image. reason : why it was not judged, "" where it was."""

    score: float = float("nan")
    threshold: float = float("nan")
    is_defective: bool = False
    reason: str = ""


def scores_of_run(run: Path, method: str, bundle_identity: str) -> Mapping[str, Judged]:
    """What the latest run in the folder `run` found, by the image's real path.

    method, bundle_identity : of the bundle whose scores they must be. Raises ArgumentError where there is no ledger, or
    one that another bundle filled.
    """
    ledger = run / "ledger.sqlite"
    try:
        with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as database:
            latest = database.execute(_LATEST).fetchone()
            if latest is None:
                raise sqlite3.DatabaseError("a ledger without a run")
            settings, record = latest
            rows = database.execute(_ROWS, (settings,)).fetchall()
            made_by = json.loads(record)
    except (sqlite3.Error, ValueError) as error:
        found = f"{ledger}: {error}" if ledger.exists() else f"no ledger in {run}"
        raise ArgumentError("--run", found=found, expected="the --out of surfedge score") from error
    if (made_by.get("method"), made_by.get("bundle")) != (method, bundle_identity):
        raise ArgumentError(
            "--run",
            found=f"scores of another bundle in {run}",
            expected="those of --model",
            remedy="score the folder with that bundle, or leave --run out",
        )
    return {_real(path): _judged(reason, *figures) for path, reason, *figures in rows}


def _real(path: str | bytes) -> str:
    return os.path.realpath(os.fsdecode(path))


def _judged(reason: str, score: float | None, threshold: float | None, is_defective: int | None) -> Judged:
    if score is None or threshold is None:
        return Judged(reason=reason or "not inspected")
    return Judged(score, threshold, bool(is_defective))
