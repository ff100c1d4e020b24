"""An SQLite file that a killed process cannot damage: marked as ours, brought to this version, errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from surfedge.scoring.output.whole_file import OutputError

_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000;"


@dataclass(frozen=True)
class DatabaseFormat:
    """A kind of database.

    name : as messages call it. application_id : in the file's header, so that no other database is
    taken for one. version : of this program's files. schema : makes a new one. older : by version, what makes a file of
    it one of the next.
    """

    name: str
    application_id: int
    version: int
    schema: str = field(repr=False)
    older: Mapping[int, str] = field(default_factory=dict, repr=False)

    def open(self, path: Path) -> sqlite3.Connection:
        """The database at `path`, made where missing; raises OutputError for one that is something else."""
        with guarded(path):
            connection = sqlite3.connect(path)
            try:
                self._prepare(connection, path)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: sqlite3.Connection, path: Path) -> None:
        marks = ("application_id", "user_version")
        application, version = (connection.execute(f"PRAGMA {mark}").fetchone()[0] for mark in marks)
        is_new = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        is_known = application == self.application_id and version in (*self.older, self.version)
        if not is_new and not is_known:
            is_ours = application == self.application_id
            found = f"version {version} of the {self.name}" if is_ours else "a foreign database"
            expected = f"a {self.name} of version {self.version}"
            raise OutputError(path, found=found, expected=expected, remedy="give another --out")
        connection.executescript(_PRAGMAS)
        for older in range(self.version if is_new else version, self.version):
            connection.executescript(f"BEGIN; {self.older[older]} PRAGMA user_version = {older + 1}; COMMIT;")
        if is_new:
            marked = f"PRAGMA application_id = {self.application_id}; PRAGMA user_version = {self.version};"
            connection.executescript(f"BEGIN; {self.schema} {marked} COMMIT;")


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Makes the database's errors OutputErrors that name `path` and say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        remedy = "free space or correct the permissions, then run again to finish"
        if "malformed" in str(error) or "not a database" in str(error):
            remedy = "move it away and run again"
        expected = "a database that can be written"
        raise OutputError(path, found=error, expected=expected, remedy=remedy) from error
