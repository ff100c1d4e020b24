"""The truth of a folder run: an SQLite database that a killed process cannot damage.

Outcomes are keyed by what the file held and by the settings that judged it, so that running again is
idempotent: what is there is kept, what is missing or has changed is done.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import starmap
from pathlib import Path
from time import strftime
from typing import Any

from surfedge.images import PAGES_NOTE
from surfedge.report import Pictures
from surfedge.scoring.database import guarded
from surfedge.scoring.ledger.content_filter import ContentFilter
from surfedge.scoring.ledger.outcome import Outcome, Row, SavedFile, Verdict
from surfedge.scoring.ledger.records import (
    VERDICT,
    input_row,
    insert,
    item_of,
    outcome_row,
    pictures_row,
    region_rows,
    saved_row,
    stored,
    text_of,
    verdict_of,
)
from surfedge.scoring.ledger.schema import LEDGER
from surfedge.scoring.output.whole_file import OutputError

_JOINED = "FROM inputs i LEFT JOIN outcomes o ON o.content = i.content AND o.settings = ? AND reason = ''"


class Ledger(AbstractContextManager["Ledger"]):
    """The ledger at `path`, made where missing. One thread writes; any thread may ask what is known.

    Raises OutputError when the database cannot be opened, is not a ledger, or cannot take more.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settings = self._run = 0
        self._lock = threading.Lock()
        self._contents = ContentFilter()
        self._write = LEDGER.open(path)
        self._place = self._found()
        try:
            with guarded(self.path):
                self._read = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except BaseException:
            self._write.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self._write.close()

    def begin(self, identity: str, record: Mapping[str, Any], goes_on: bool = False) -> None:
        """Opens a run with these settings; outcomes stay, the list of inputs starts anew unless the run goes on
        where one with the same settings ended."""
        with guarded(self.path), self._write as db:
            db.execute("INSERT OR IGNORE INTO settings (identity) VALUES (?)", (identity,))
            found = db.execute("SELECT id FROM settings WHERE identity = ?", (identity,))
            (self._settings,) = found.fetchone()
            last = db.execute("SELECT settings FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            values = (self._settings, json.dumps(record, default=str), _now())
            db.execute("INSERT INTO runs (settings, record, started) VALUES (?, ?, ?)", values)
            (self._run,) = db.execute("SELECT last_insert_rowid()").fetchone()
            if not goes_on or last != (self._settings,):
                db.execute("DELETE FROM inputs")
            db.execute("DELETE FROM pictures WHERE settings <> ?", (self._settings,))
            for (content,) in db.execute("SELECT content FROM outcomes WHERE settings = ?", (self._settings,)):
                self._contents.add(content)

    def commit(self, batch: Sequence[Outcome], unwanted: Collection[bytes] = ()) -> None:
        """Makes `batch` durable, all or nothing; pictures of `unwanted` contents go. May be repeated."""
        self.check_there()
        settings = self._settings
        fresh = [outcome for outcome in batch if outcome.is_fresh and outcome.verdict]
        with guarded(self.path), self._write as db:
            insert(db, "inputs", (input_row(outcome) for outcome in batch))
            insert(db, "outcomes", (outcome_row(outcome, settings, self._run) for outcome in fresh))
            keys = ((outcome.content, settings) for outcome in fresh)
            db.executemany("DELETE FROM regions WHERE content = ? AND settings = ?", keys)
            insert(db, "regions", (row for outcome in fresh for row in region_rows(outcome, settings)))
            insert(db, "pictures", (pictures_row(o.content, o.pictures, settings) for o in fresh if o.pictures))
            insert(db, "saved", (saved_row(file, o.content, settings) for o in fresh for file in o.saved))
            db.executemany("DELETE FROM pictures WHERE content = ?", ((content,) for content in unwanted))
        for outcome in fresh:
            self._contents.add(outcome.content)

    def relocate(self, places: Sequence[tuple[int, Path]]) -> None:
        """Notes where inputs lie now: (position, path)."""
        if places:
            with guarded(self.path), self._write as db:
                values = [(stored(str(path)), position) for position, path in places]
                db.executemany("UPDATE inputs SET path = ? WHERE position = ?", values)

    def check_there(self) -> None:
        """Raises OutputError when the ledger's file was removed or replaced: what is written to it is lost."""
        if self._found() != self._place:
            raise OutputError(
                self.path.parent,
                found="an output folder that was removed or replaced while the run went on",
                expected="one that stays",
                remedy="run again; nothing of this run is kept",
            )

    def _found(self) -> tuple[int, int] | None:
        """Device and inode of the ledger's file, None where there is none."""
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def finish(self) -> None:
        """Notes that every input of the run has its outcome."""
        self.check_there()
        with guarded(self.path), self._write as db:
            db.execute("UPDATE runs SET finished = ? WHERE id = ?", (_now(), self._run))

    def known(self, content: bytes) -> Verdict | None:
        """The committed verdict on this content under the run's settings; any thread may ask."""
        if not self._contents.may_hold(content):
            return None
        sql = f"SELECT {VERDICT} FROM outcomes WHERE content = ? AND settings = ?"
        return next(map(verdict_of, self._ask(sql, (content, self._settings))), None)

    def holds_saved(self, file: SavedFile, content: bytes) -> bool:
        """True when the file on disk is the one saved for this content under the run's settings."""
        keys = "file = ? AND content = ? AND settings = ? AND size = ? AND mtime_ns = ?"
        values = (stored(file.file), content, self._settings, file.size, file.mtime_ns)
        return bool(self._ask(f"SELECT 1 FROM saved WHERE {keys}", values))

    def pictured(self) -> dict[bytes, tuple[float, float]]:
        """Score and threshold, by content, of the images whose pictures are kept."""
        sql = "SELECT content, score, threshold FROM pictures JOIN outcomes USING (content, settings)"
        return {bytes(content): (score, threshold) for content, score, threshold in self._ask(sql)}

    def has_pictures(self, content: bytes) -> bool:
        """True when pictures of this content are kept."""
        sql = "SELECT 1 FROM pictures WHERE content = ? AND settings = ?"
        return bool(self._ask(sql, (content, self._settings)))

    def pictures(self, content: bytes) -> Pictures | None:
        """The pictures of this content, None where there are none."""
        sql = "SELECT overlay, map, original, thumb FROM pictures WHERE content = ? AND settings = ?"
        return next(starmap(Pictures, self._ask(sql, (content, self._settings))), None)

    def add_pictures(self, drawn: Iterable[tuple[bytes, Pictures]]) -> None:
        """Keeps pictures, by content, of outcomes that are in the ledger already."""
        with guarded(self.path), self._write as db:
            insert(db, "pictures", (pictures_row(*each, self._settings) for each in drawn))

    def keep_pictures(self, contents: Collection[bytes]) -> None:
        """Drops the pictures of all other contents."""
        unwanted = [(content,) for content in self.pictured() if content not in contents]
        with guarded(self.path), self._write as db:
            db.executemany("DELETE FROM pictures WHERE content = ?", unwanted)

    def rows(self) -> Iterator[Row]:
        """The inputs of the run with their outcomes, in the order in which they were found."""
        return self._rows("ORDER BY position")

    def worst(self, limit: int) -> Iterator[Row]:
        """The `limit` inputs of highest score, highest first."""
        return self._rows(f"WHERE score IS NOT NULL ORDER BY score DESC, position LIMIT {int(limit)}")

    def skipped(self, limit: int) -> Iterator[Row]:
        """The first `limit` inputs that were not inspected."""
        return self._rows(f"WHERE reason <> '' AND NOT implausible ORDER BY position LIMIT {int(limit)}")

    def implausible(self, limit: int) -> Iterator[Row]:
        """The first `limit` inputs that were refused as implausible."""
        return self._rows(f"WHERE reason <> '' AND implausible ORDER BY position LIMIT {int(limit)}")

    def counts(self) -> dict[str, int]:
        """How many inputs of the run have each status: defective, good, implausible, skipped."""
        sums = {
            "defective": "defective = 1",
            "good": "defective = 0",
            "implausible": "reason <> '' AND implausible",
            "skipped": "reason <> '' AND NOT implausible",
        }
        totals = ", ".join(f"TOTAL({condition})" for condition in sums.values())
        (found,) = self._ask(f"SELECT {totals} {_JOINED}", (self._settings,))
        return dict(zip(sums, map(int, found), strict=True))

    def classes(self) -> dict[str, int]:
        """How many inputs of the run were given each class, by name; nothing for a method that does not classify."""
        found = self._ask(
            f"SELECT label, COUNT(*) {_JOINED} WHERE label <> '' GROUP BY label ORDER BY label", (self._settings,)
        )
        return {str(name): int(count) for name, count in found}

    def partial(self, limit: int) -> tuple[int, list[Row]]:
        """How many inputs hold more pages than were inspected, and the first `limit` of them."""
        is_partial = f"WHERE notes GLOB '*{PAGES_NOTE.format('[0-9]*')}*'"
        ((total,),) = self._ask(f"SELECT COUNT(*) {_JOINED} {is_partial}", (self._settings,))
        return total, list(self._rows(f"{is_partial} ORDER BY position LIMIT {int(limit)}"))

    def noted(self, words: str) -> int:
        """How many judged inputs have `words` in their notes."""
        ((total,),) = self._ask(f"SELECT COUNT(*) {_JOINED} WHERE INSTR(notes, ?)", (self._settings, words))
        return int(total)

    def _rows(self, which: str) -> Iterator[Row]:
        sql = f"SELECT position, path, name, i.content, reason, implausible, {VERDICT} {_JOINED} {which}"
        with guarded(self.path):
            found = self._write.execute(sql, (self._settings,))
            for position, path, name, content, reason, implausible, width, *others in found:
                item = item_of(position, Path(text_of(path)), text_of(name))
                judged = None if width is None else verdict_of((width, *others))
                yield Row(item, bytes(content), judged, reason, bool(implausible))

    def regions(self, content: bytes) -> list[tuple[Any, ...]]:
        """x, y, width, height, area_px, score, label of the regions of one content, strongest first."""
        sql = "SELECT x, y, width, height, area_px, score, label FROM regions "
        return self._ask(sql + "WHERE content = ? AND settings = ? ORDER BY number", (content, self._settings))

    def region_kinds(self) -> dict[bytes, tuple[str, ...]]:
        """Distinct labels of the regions, sorted, by content; only where the method names them."""
        sql = "SELECT DISTINCT content, label FROM regions WHERE settings = ? AND label <> '' ORDER BY content, label"
        kinds: dict[bytes, tuple[str, ...]] = {}
        for content, label in self._ask(sql, (self._settings,)):
            kinds[bytes(content)] = (*kinds.get(bytes(content), ()), str(label))
        return kinds

    def _ask(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock, guarded(self.path):
            return self._read.execute(sql, values).fetchall()


def _now() -> str:
    return strftime("%Y-%m-%dT%H:%M:%S%z")
