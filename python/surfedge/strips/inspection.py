"""A coil from its first line to its map: inspected, kept in a table at every step, graded; resumable.

>>> import numpy as np
>>> from surfedge import Detector
>>> from tempfile import TemporaryDirectory
>>> lines = np.random.default_rng(0).normal(128, 4, (900, 256)).clip(0, 255).astype(np.uint8)
>>> lines[300:320, 100:140] = 10
>>> with TemporaryDirectory() as folder:
...     summary = strip(Detector(), [lines], folder, pixel_size_mm=0.5)
>>> summary.defects, round(summary.length_m, 2), summary.verdict
(1, 0.45, 'prime')
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.scoring import OutputError, check_parquet, claimed, make_folder, settings_of
from surfedge.strips.blocks import Block, blocks_of
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.conclusion import conclude
from surfedge.strips.findings import StripDefect, Tile
from surfedge.strips.grading import Rule
from surfedge.strips.joining import Joiner
from surfedge.strips.line_scan import LineScan
from surfedge.strips.outputs import JsonLines, write_outputs
from surfedge.strips.rolls import Roll
from surfedge.strips.series import PeriodicSearch
from surfedge.strips.worst import Worst

COMMIT_EVERY_S = 0.5
COMMIT_TILES = 64


@dataclass(frozen=True)
class CoilSummary:
    """A coil in one row.

    length_m, inspected_m2, not_inspected_m2 : what passed, was judged, and was not. in_doubt_m2 : judged on implausible
    images. defects, defects_per_100_m : found.
    affected_share : of the length. series : periodic ones, as `PeriodicDefect.to_dict` gives them. verdict, reasons :
    the grade. late_lines, backward_lines : left out. failure : what ended the stream before its end, "" for nothing.
    folder, map : where results are. seconds : of this run. was_resumed : it went on where another stopped.
    """

    name: str
    length_m: float
    inspected_m2: float
    not_inspected_m2: float
    in_doubt_m2: float
    defects: int
    defects_per_100_m: float
    affected_share: float
    series: tuple[dict[str, Any], ...]
    verdict: str
    reasons: tuple[dict[str, Any], ...]
    late_lines: int = 0
    backward_lines: int = 0
    failure: str = ""
    folder: str = ""
    map: str = ""
    seconds: float = 0.0
    was_resumed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def strip(
    detector: Detector | LineScan,
    source: Any,
    out: str | Path,
    *,
    pixel_size_mm: float = 0.0,
    name: str = "",
    rolls: Sequence[Roll] = (),
    rules: Sequence[Rule] = (),
    search: PeriodicSearch | None = None,
    parquet: bool = False,
    width: int | None = None,
    bits: int = 8,
    seen: Callable[[StripDefect | Tile], None] | None = None,
    **geometry: Any,
) -> CoilSummary:
    """Inspects a strip and leaves in `out` its table (coil.sqlite), defects.csv and .jsonl, not_inspected.csv, the map
    (coil.html, coil_map.svg, coil_map.png) and summary.json.

    detector : a Detector, with pixel_size_mm and geometry as LineScan takes them; or a LineScan, which has its own.
    source : as `blocks_of` takes it, width and bits with it.
    name : of the coil, by default of the source. rolls : to name suspects among. rules : of the grade; without any a
    coil is prime. seen : is given every tile and every defect, in order, once it is durable.

    A run that was ended at any moment goes on with the same call where its source can be read again. Called once more
    on a finished coil nothing is inspected; series, grade and pages are made anew. Raises OutputError where `out` holds
    another coil; what the source raises ends the strip there: what came before is inspected, and `failure` tells.
    """
    scan = detector if isinstance(detector, LineScan) else LineScan(detector, pixel_size_mm, **geometry)
    out, began = Path(out), time.monotonic()
    is_path = isinstance(source, (str, os.PathLike))
    name = name or (Path(source).resolve().stem if is_path else "coil")
    if parquet:
        check_parquet()
    make_folder(out)
    with claimed(out), CoilLedger(out / "coil.sqlite") as ledger:
        coil = _Coil(scan, ledger, out, seen or (lambda item: None))
        coil.open(name, str(Path(source).resolve()) if is_path else "", width, bits)
        if not coil.is_finished:
            coil.inspect(blocks_of(source, width=width, bits=bits))
        facts = conclude(ledger, rolls, rules, search)
        summary = CoilSummary(
            name=name,
            **facts,
            folder=str(out),
            map=str(out / "coil.html"),
            seconds=time.monotonic() - began,
            was_resumed=coil.was_resumed,
        )
        ledger.put({"summary": {k: v for k, v in summary.to_dict().items() if k not in ("seconds", "was_resumed")}})
        write_outputs(out, ledger, parquet)
    return summary


@dataclass
class _Coil:
    """One run into one folder."""

    scan: LineScan
    ledger: CoilLedger
    out: Path
    seen: Callable[[StripDefect | Tile], None]
    is_finished: bool = False
    was_resumed: bool = False
    _failure: str = field(default="", init=False)

    def open(self, name: str, source: str, width: int | None, bits: int) -> None:
        """Begins the coil, or finds where it stopped; raises OutputError for another coil in the folder."""
        scan = self.scan
        geometry = {key: getattr(scan, key) for key in ("pixel_size_mm", "line_mm", "y_from")}
        flat = scan.flat_field
        made_with = {
            "detector": settings_of(scan.detector).identity,
            "edges": None if scan.edges is None else asdict(scan.edges),
            "flat_field": None if flat is None else [float(flat.gain.sum()), float(flat.dark.sum()), flat.gain.size],
            "tiles": list(scan.tile_size),
            "source": source,
            "width": width,
            "bits": bits,
            **geometry,
        }
        there = self.ledger.get("name")
        if there is not None:
            self._check_same(there, name, made_with)
            finished, failure = self.ledger.get("finished", False), self.ledger.get("failure", "")
            self.is_finished, self.was_resumed = finished and not failure, not finished
            if not failure:
                return
        record = settings_of(scan.detector).record
        self.was_resumed = False
        self.ledger.begin(
            {"name": name, "made_with": made_with, "record": record, "begun": time.strftime("%Y-%m-%d %H:%M")}
        )

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

    def inspect(self, blocks: Iterator[Block]) -> None:
        """Every tile that is missing, each commit whole with the state to go on from."""
        state = self.ledger.get("state") or {}
        joiner = Joiner.restore(state["joiner"]) if state else Joiner()
        worst, skip, number = Worst(self.ledger.pictures()), int(state.get("tiles", 0)), int(state.get("defects", 0))
        tiles: list[Tile] = []
        defects: list[StripDefect] = []
        depth, at = self.scan.detector.preparation.bit_depth, time.monotonic()

        def commit() -> None:
            nonlocal tiles, defects, at
            losses = self.scan.losses
            now = {"tiles": skip, "defects": number, "joiner": joiner.state()}
            now |= {"late_lines": losses.late_lines, "backward_lines": losses.backward_lines}
            self.ledger.commit(tiles, defects, now, worst.pictures)
            lines.add(defects)
            for tile_done in tiles:
                self.seen(tile_done)
            for defect_done in defects:
                self.seen(defect_done)
            tiles, defects, at = [], [], time.monotonic()

        def end(pieces: list[Any]) -> None:
            nonlocal number
            for piece in pieces:
                if (defect := self.scan.defect(piece, number + 1)) is not None:
                    number += 1
                    worst.offer(defect)
                    defects.append(defect)

        with JsonLines(self.out / "defects.jsonl", self.ledger) as lines:
            for tile in self.scan.tiles(self._until_failure(blocks), skip):
                end(joiner.add(worst.drawn(tile, depth)))
                tiles.append(tile.without_pixels())
                skip += 1
                if len(tiles) >= COMMIT_TILES or time.monotonic() - at >= COMMIT_EVERY_S:
                    commit()
            end(joiner.interrupt())
            commit()
        self.ledger.put({"finished": True, "failure": self._failure})

    def _until_failure(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks; an exception that ends them is noted, and what came before is kept."""
        try:
            yield from blocks
        except Exception as error:
            self._failure = str(error) if isinstance(error, SurfedgeError) else f"{type(error).__name__}: {error}"
