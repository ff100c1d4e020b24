"""Messages about a coil, and the outbox that keeps them until every receiver has acknowledged them.

A message is written in the transaction that makes its defect durable. So a process that is killed between the two, or a
broker that is gone, loses none; a receiver may get the last ones twice, and knows them by coil and number.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surfedge.strips.coil_schema import COIL

KINDS = ("begun", "defect", "alarm", "graded")


@dataclass(frozen=True)
class Message:
    """number : within the coil's folder, rising. kind : of KINDS. body : plain values, with the coil's name as
    "coil"."""

    number: int
    kind: str
    body: dict[str, Any] = field(repr=False)

    def json(self) -> str:
        """All of it as one JSON object, ASCII: a name may come from a path whose bytes are no text."""
        return json.dumps({**self.body, "number": self.number, "kind": self.kind}, default=str)

    @property
    def coil(self) -> str:
        """The coil's name; bytes that are no text as escapes."""
        return str(self.body.get("coil", "")).encode("utf-8", "backslashreplace").decode()


def put(db: sqlite3.Connection, messages: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Adds messages, (kind, body), inside the transaction of the caller."""
    rows = [(kind, json.dumps(body, default=str)) for kind, body in messages]
    db.executemany("INSERT INTO outbox (kind, body) VALUES (?, ?)", rows)


class Outbox:
    """The messages of one receiver, read from the coil's table at `path`; for one thread.

    address : of the receiver, without a password. Raises OutputError for a table that cannot be opened.
    """

    def __init__(self, path: Path, address: str) -> None:
        self._db, self._address = COIL.open(path), address
        with self._db as db:
            db.execute("INSERT OR IGNORE INTO receivers VALUES (?, 0)", (address,))

    def close(self) -> None:
        """Closes the table."""
        self._db.close()

    def next(self, limit: int) -> list[Message]:
        """The oldest messages that the receiver has not acknowledged."""
        sql = "SELECT number, kind, body FROM outbox WHERE number > ? ORDER BY number LIMIT ?"
        found = self._db.execute(sql, (self._acknowledged(), limit))
        return [Message(number, kind, json.loads(body)) for number, kind, body in found]

    def acknowledge(self, number: int) -> None:
        """The receiver has all messages up to this one; those that every receiver has go."""
        with self._db as db:
            db.execute("UPDATE receivers SET number = ? WHERE address = ?", (number, self._address))
            db.execute("DELETE FROM outbox WHERE number <= (SELECT MIN(number) FROM receivers)")

    def waiting(self) -> int:
        """How many messages the receiver has not acknowledged."""
        sql = "SELECT COUNT(*) FROM outbox WHERE number > ?"
        return int(self._db.execute(sql, (self._acknowledged(),)).fetchone()[0])

    def _acknowledged(self) -> int:
        sql = "SELECT number FROM receivers WHERE address = ?"
        return int(self._db.execute(sql, (self._address,)).fetchone()[0])


def register(path: Path, addresses: Sequence[str]) -> None:
    """Makes receivers known, so that messages are kept for them from now on."""
    for address in addresses:
        with closing(Outbox(path, address)):
            pass
