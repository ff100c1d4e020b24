"""One run of a coil: from block to block, each commit whole with the state to go on from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surfedge.errors import SurfedgeError
from surfedge.scoring import OutputError, settings_of
from surfedge.strips.alarms import Alarm, Alarms
from surfedge.strips.blocks import Block
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.conclusion import figures
from surfedge.strips.findings import StripDefect, Tile
from surfedge.strips.grading import Rule
from surfedge.strips.joining import Joiner, Piece
from surfedge.strips.line_scan import LineScan
from surfedge.strips.outputs.dispatch import Dispatch
from surfedge.strips.outputs.json_lines import JsonLines
from surfedge.strips.rolls import Roll
from surfedge.strips.series import PeriodicSearch
from surfedge.strips.worst import Worst

COMMIT_EVERY_S = 0.5
COMMIT_TILES = 64
Seen = Callable[[StripDefect | Tile | Alarm], None]


@dataclass(frozen=True)
class Plan:
    """What a coil is searched for and judged by."""

    rolls: Sequence[Roll] = ()
    rules: Sequence[Rule] = ()
    search: PeriodicSearch | None = None


class CoilRun:
    """Of one coil into one folder. is_told : somebody takes messages. `is_finished` and `was_resumed` : after `open`,
    the coil is complete, or goes on where another run stopped."""

    def __init__(
        self, scan: LineScan, ledger: CoilLedger, out: Path, dispatch: Dispatch, seen: Seen, is_told: bool
    ) -> None:
        self.scan, self.ledger, self.out, self.dispatch, self.seen = scan, ledger, out, dispatch, seen
        self.is_finished = self.was_resumed = False
        self.name = ""
        self._is_told, self._failure, self._bundle = is_told, "", ""

    def open(self, name: str, source: str, width: int | None, bits: int) -> None:
        """Begins the coil, or finds where it stopped; raises OutputError for another coil in the folder."""
        settings = settings_of(self.scan.detector)
        self.name, self._bundle = name, str(settings.record.get("bundle", ""))
        made_with = {"detector": settings.identity, "source": source, "width": width, "bits": bits, **self._geometry()}
        there = self.ledger.get("name")
        if there is not None:
            self._check_same(there, name, made_with)
            finished, failure = self.ledger.get("finished", False), self.ledger.get("failure", "")
            self.is_finished, self.was_resumed = finished and not failure, not finished
            if not failure:
                return
        self.was_resumed = False
        begun = time.strftime("%Y-%m-%d %H:%M")
        values = {"name": name, "made_with": made_with, "record": settings.record, "begun": begun}
        self.ledger.begin(values, self._messages([("begun", {"begun": begun, **self._geometry()})]))

    def _geometry(self) -> dict[str, Any]:
        scan, flat = self.scan, self.scan.flat_field
        return {
            "edges": None if scan.edges is None else asdict(scan.edges),
            "flat_field": None if flat is None else [float(flat.gain.sum()), float(flat.dark.sum()), flat.gain.size],
            "tiles": list(scan.tile_size),
            **({"faint_marks": True} if scan.faint_marks else {}),
            **{key: getattr(scan, key) for key in ("pixel_size_mm", "line_mm", "y_from")},
        }

    def _check_same(self, there: str, name: str, made_with: dict[str, Any]) -> None:
        before = self.ledger.get("made_with", {})
        if there != name:
            found, expected = f"the coil {there!r}", f"none, or {name!r}"
        elif other := [key for key in made_with if json.loads(json.dumps(made_with[key])) != before.get(key)]:
            found, expected = f"{name!r} with another {', '.join(other)}", "the same settings and source"
        elif not made_with["source"]:
            found, expected = f"{name!r} from a source that cannot be read again", "a coil of its own"
        else:
            return
        raise OutputError(self.out, found=found, expected=expected, remedy="give another --out")

    def inspect(self, blocks: Iterator[Block], plan: Plan) -> None:
        """Every tile that is missing."""
        with JsonLines(self.out / "defects.jsonl", self.ledger) as lines:
            progress = _Progress(self, plan, lines)
            for tile in self.scan.tiles(self._until_failure(blocks), progress.tiles_done):
                progress.add(tile)
            progress.end()
        self.ledger.put({"finished": True, "failure": self._failure})

    def graded(self, facts: Mapping[str, Any]) -> None:
        """Tells receivers what became of the coil, unless they were told the same before."""
        told = {key: facts[key] for key in facts if key not in ("folder", "map", "series", "alarms")}
        if self._is_told and self.ledger.get("told") != json.loads(json.dumps(told, default=str)):
            series = [{**each, "suspects": list(each["suspects"])} for each in facts["series"]]
            self.ledger.put({"told": told}, self._messages([("graded", {**told, "series": series})]))
        self.dispatch.call(self.name, {})

    def _messages(self, found: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
        """With the names that every message bears; none where nobody takes them."""
        return [(kind, {"coil": self.name, "bundle": self._bundle, **body}) for kind, body in found if self._is_told]

    def commit(
        self,
        tiles: Sequence[Tile],
        defects: Sequence[StripDefect],
        alarms: Sequence[Alarm],
        values: Mapping[str, Any],
        pictures: Mapping[int, bytes],
    ) -> None:
        """Makes what was found durable, with its messages and the values to go on from."""
        found = [("defect", _numbered(each)) for each in defects] + [("alarm", each.to_dict()) for each in alarms]
        self.ledger.commit(tiles, defects, values, pictures, self._messages(found))

    def _until_failure(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks; an exception that ends them is noted, and what came before is kept."""
        try:
            yield from blocks
        except Exception as error:
            self._failure = str(error) if isinstance(error, SurfedgeError) else f"{type(error).__name__}: {error}"


class _Progress:
    """What a run holds between two commits, and the figures so far."""

    def __init__(self, run: CoilRun, plan: Plan, lines: JsonLines) -> None:
        self._run, self._lines, ledger = run, lines, run.ledger
        state = ledger.get("state") or {}
        self._joiner = Joiner.restore(state["joiner"]) if state else Joiner()
        self._worst = Worst(ledger.pictures())
        self.tiles_done, self._defects_done = int(state.get("tiles", 0)), int(state.get("defects", 0))
        self._raised: list[dict[str, Any]] = list(ledger.get("alarms") or [])
        alarms = Alarms(plan.rolls, plan.rules, plan.search, state.get("alarms"))
        recent = ledger.defects_from(alarms.from_m) if state else []
        self._alarms = Alarms(plan.rolls, plan.rules, plan.search, state.get("alarms"), recent)
        self._totals = figures(ledger)
        self._tiles: list[Tile] = []
        self._defects: list[StripDefect] = []
        self._new_alarms: list[Alarm] = []
        self._width_mm, self._at = float(state.get("width_mm", 0.0)), time.monotonic()

    def add(self, tile: Tile) -> None:
        """A tile is inspected."""
        run = self._run
        self._finish(self._joiner.add(self._worst.drawn(tile, run.scan.detector.preparation.bit_depth)))
        self._tiles.append(tile.without_pixels())
        self.tiles_done += 1
        self._width_mm = max(self._width_mm, tile.edges_mm[1] - tile.edges_mm[0])
        self._new_alarms += self._alarms.look(tile.to_m, max(self._width_mm, 1.0))
        if len(self._tiles) >= COMMIT_TILES or time.monotonic() - self._at >= COMMIT_EVERY_S or self._new_alarms:
            self._commit()

    def end(self) -> None:
        """The last tile was added."""
        self._finish(self._joiner.interrupt())
        self._commit()

    def _finish(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            defect = self._run.scan.defect(piece, self._defects_done + 1)
            if defect is not None:
                self._defects_done += 1
                self._worst.offer(defect)
                self._defects.append(defect)
                self._alarms.add(defect)

    def _commit(self) -> None:
        losses, tiles, defects, alarms = self._run.scan.losses, self._tiles, self._defects, self._new_alarms
        self._raised += [alarm.to_dict() for alarm in alarms]
        state = {
            "tiles": self.tiles_done,
            "defects": self._defects_done,
            "joiner": self._joiner.state(),
            "late_lines": losses.late_lines,
            "backward_lines": losses.backward_lines,
            "alarms": self._alarms.state(),
            "width_mm": self._width_mm,
        }
        values = {"state": state, "alarms": self._raised}
        self._run.commit(tiles, defects, alarms, values, self._worst.pictures)
        self._tiles, self._defects, self._new_alarms, self._at = [], [], [], time.monotonic()
        self._lines.add(defects)
        self._run.dispatch.call(self._run.name, self._figures(tiles, state))
        items: list[StripDefect | Tile | Alarm] = [*tiles, *defects, *alarms]
        for item in items:
            self._run.seen(item)

    def _figures(self, tiles: Sequence[Tile], state: Mapping[str, Any]) -> dict[str, float]:
        """Of the coil so far, by the names of the metrics."""
        totals = self._totals
        for tile in tiles:
            totals["length_m"] = tile.to_m
            totals["inspected_m2"] += tile.inspected_m2
            totals["not_inspected_m2"] += sum(gap.area_m2 for gap in tile.not_inspected)
            totals["in_doubt_m2"] += sum(doubt.area_m2 for doubt in tile.in_doubt)
        areas = {name: totals[f"{name}_m2"] for name in ("inspected", "not_inspected", "in_doubt")}
        lines = {name: state[name] for name in ("late_lines", "backward_lines")}
        counts = {"defects": self._defects_done, "alarms": len(self._raised)}
        return {"length": totals["length_m"], **areas, **counts, **lines}


def _numbered(defect: StripDefect) -> dict[str, Any]:
    """The defect's plain values; its number is "defect", since "number" is the message's."""
    values = defect.to_dict()
    return {"defect": values.pop("number"), **values}
