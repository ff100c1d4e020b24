"""One process per output folder: a lock that the operating system lets go when its holder dies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from surfedge.scoring.output.whole_file import OutputError


@contextmanager
def claimed(folder: Path, doing: str = "scoring into") -> Iterator[None]:
    """Holds `folder` for this process; raises OutputError when another one does. doing : what it is held for, in words.

    SQLite's own file locks serve, on an empty file: they work alike on every system, and a killed process
    leaves none behind.
    """
    with closing(_locked(folder, doing)):
        yield


def _locked(folder: Path, doing: str) -> sqlite3.Connection:
    lock = None
    try:
        lock = sqlite3.connect(folder / ".ledger.lock", timeout=0, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        return lock
    except sqlite3.OperationalError as error:
        if lock is not None:
            lock.close()
        if "locked" in str(error):
            raise OutputError(
                folder,
                found=f"another process {doing} it",
                expected="a folder of its own",
                remedy="wait for it to end, or give another --out",
            ) from error
        raise OutputError(
            folder, found=error, expected="a folder to write in", remedy="check the path and its permissions"
        ) from error
