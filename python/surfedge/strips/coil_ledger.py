"""A coil's table, ``coil.sqlite``: what was found so far, durable at every step, and where to go on after a break."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from surfedge.scoring import OutputError, guarded
from surfedge.strips.coil_schema import COIL, TABLES_OF_A_COIL
from surfedge.strips.findings import InDoubt, NotInspected, StripDefect, Tile
from surfedge.strips.lane_signal import LaneSignal
from surfedge.strips.messages import put

Messages = Iterable[tuple[str, Mapping[str, Any]]]  # (kind, body)
_S = TypeVar("_S", NotInspected, InDoubt)
_DEFECT = "number, x_m, y_mm, from_m, to_m, from_mm, to_mm, area_mm2, score, mean_score, severity, label, pieces"


class CoilLedger(AbstractContextManager["CoilLedger"]):
    """The table at `path`, made where missing unless `is_new_allowed` is False. One process writes.

    Raises OutputError for what is no coil's table, or cannot be written.
    """

    def __init__(self, path: Path, is_new_allowed: bool = True) -> None:
        self.path = path
        if not is_new_allowed and not path.is_file():
            raise OutputError(path, found="nothing there", expected="a coil's table", remedy="check the folder")
        self._db = COIL.open(path)

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def get(self, key: str, default: Any = None) -> Any:
        """A value of the coil."""
        found = self._ask("SELECT value FROM coil WHERE key = ?", (key,))
        return json.loads(found[0][0]) if found else default

    def put(self, values: Mapping[str, Any], messages: Messages = ()) -> None:
        """Keeps values of the coil, and messages for receivers, all or nothing."""
        with guarded(self.path), self._db as db:
            _put(db, values)
            put(db, messages)

    def begin(self, values: Mapping[str, Any], messages: Messages = ()) -> None:
        """Empties the table for a coil; what receivers have not acknowledged stays."""
        with guarded(self.path), self._db as db:
            for table in TABLES_OF_A_COIL:
                db.execute(f"DELETE FROM {table}")
            _put(db, values)
            put(db, messages)

    def commit(
        self,
        tiles: Sequence[Tile],
        defects: Sequence[StripDefect],
        values: Mapping[str, Any],
        kept: Mapping[int, bytes],
        messages: Messages = (),
    ) -> None:
        """Tiles and the defects that ended in them, with values to go on from; pictures other than `kept` go."""
        with guarded(self.path), self._db as db:
            db.executemany("INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?, ?)", map(_tile_row, tiles))
            for table in ("not_inspected", "in_doubt"):
                rows = [(g.from_m, g.to_m, g.area_m2, g.reason) for tile in tiles for g in getattr(tile, table)]
                db.executemany(f"INSERT INTO {table} (from_m, to_m, area_m2, reason) VALUES (?, ?, ?, ?)", rows)
            signals = [(t.number, t.signal) for t in tiles if t.signal is not None]
            cells = [(n, s.first, s.cells.shape[1], s.cells.tobytes()) for n, s in signals]
            db.executemany("INSERT OR REPLACE INTO lane_signal VALUES (?, ?, ?, ?)", cells)
            found = [(*(getattr(d, name) for name in _DEFECT.split(", ")), None) for d in defects]
            db.executemany(f"INSERT OR REPLACE INTO defects VALUES ({', '.join('?' * 14)})", found)
            known = {number for (number,) in db.execute("SELECT number FROM pictures")}
            db.executemany("DELETE FROM pictures WHERE number = ?", [(each,) for each in known - set(kept)])
            db.executemany("INSERT INTO pictures VALUES (?, ?)", [(n, kept[n]) for n in kept if n not in known])
            _put(db, values)
            put(db, messages)

    def conclude(self, series: Sequence[Mapping[str, Any]], members: Sequence[Sequence[int]]) -> None:
        """The periodic series and the numbers of the defects in each."""
        with guarded(self.path), self._db as db:
            db.execute("DELETE FROM periodic")
            db.execute("UPDATE defects SET series = NULL WHERE series IS NOT NULL")
            for number, (values, numbers) in enumerate(zip(series, members, strict=True), 1):
                db.execute("INSERT INTO periodic VALUES (?, ?)", (number, json.dumps(values)))
                db.executemany("UPDATE defects SET series = ? WHERE number = ?", [(number, each) for each in numbers])

    def defects(self) -> Iterator[dict[str, Any]]:
        """The defects in their order, as plain values with the columns of the table."""
        with guarded(self.path):
            cursor = self._db.execute(f"SELECT {_DEFECT}, series FROM defects ORDER BY number")
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))

    def defects_from(self, from_m: float) -> list[dict[str, Any]]:
        """The defects whose middle lies at or behind `from_m`, in their order."""
        names = [*_DEFECT.split(", "), "series"]
        rows = self._ask(f"SELECT {', '.join(names)} FROM defects WHERE x_m >= ? ORDER BY number", (from_m,))
        return [dict(zip(names, row, strict=True)) for row in rows]

    def columns(self, names: str) -> list[tuple[Any, ...]]:
        """Some columns of the defects, in their order."""
        return self._ask(f"SELECT {names} FROM defects ORDER BY number")

    def worst(self, limit: int) -> list[dict[str, Any]]:
        """The most severe defects, with their pictures."""
        sql = f"SELECT {_DEFECT}, series, picture FROM defects JOIN pictures USING (number)"
        rows = self._ask(f"{sql} ORDER BY score DESC, number LIMIT ?", (limit,))
        names = [*_DEFECT.split(", "), "series", "picture"]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def gaps(self) -> list[NotInspected]:
        """Stretches not inspected, those that meet and have one reason as one."""
        return self._stretches("not_inspected", NotInspected)

    def doubts(self) -> list[InDoubt]:
        """Stretches that were judged and are in doubt, merged alike."""
        return self._stretches("in_doubt", InDoubt)

    def _stretches(self, table: str, kind: type[_S]) -> list[_S]:
        merged: list[_S] = []
        for row in self._ask(f"SELECT from_m, to_m, area_m2, reason FROM {table} ORDER BY from_m, number"):
            one = kind(*row)
            if merged and merged[-1].reason == one.reason and abs(merged[-1].to_m - one.from_m) < 1e-6:
                last = merged.pop()
                one = kind(last.from_m, one.to_m, last.area_m2 + one.area_m2, one.reason)
            merged.append(one)
        return merged

    def tiles(self) -> list[tuple[float, float, float, float]]:
        """(to_m, inspected_m2, left_mm, right_mm) of each tile."""
        return self._ask("SELECT to_m, inspected_m2, left_mm, right_mm FROM tiles ORDER BY number")

    def pictures(self) -> dict[int, tuple[float, bytes]]:
        """Score and picture of the defects that have one, by number."""
        found = self._ask("SELECT number, score, picture FROM pictures JOIN defects USING (number)")
        return {number: (score, picture) for number, score, picture in found}

    def signals(self) -> Iterator[LaneSignal]:
        """The lane signal of each tile that has one."""
        for first, lanes, cells in self._ask("SELECT first, lanes, cells FROM lane_signal ORDER BY tile"):
            yield LaneSignal(first, np.frombuffer(cells, np.uint8).reshape(-1, lanes))

    def series(self) -> list[dict[str, Any]]:
        """The periodic series, as plain values."""
        return [json.loads(value) for (value,) in self._ask("SELECT value FROM periodic ORDER BY number")]

    def _ask(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with guarded(self.path):
            return self._db.execute(sql, values).fetchall()


def _put(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    rows = [(key, json.dumps(value, default=str)) for key, value in values.items()]
    db.executemany("INSERT OR REPLACE INTO coil VALUES (?, ?)", rows)


def _tile_row(tile: Tile) -> tuple[Any, ...]:
    score = tile.score if tile.score == tile.score else None  # SQLite knows no NaN
    return tile.number, tile.to_m, tile.inspected_m2, *tile.edges_mm, score
