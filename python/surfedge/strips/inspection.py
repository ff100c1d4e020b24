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

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surfedge.detector import Detector
from surfedge.scoring import check_parquet, claimed, make_folder
from surfedge.strips.alarms import Alarm
from surfedge.strips.blocks import beside_lines, blocks_of, source_name
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.coil_run import CoilRun, Plan
from surfedge.strips.conclusion import conclude
from surfedge.strips.findings import StripDefect, Tile
from surfedge.strips.grading import Rule
from surfedge.strips.line_scan import LineScan
from surfedge.strips.outputs.dispatch import Dispatch
from surfedge.strips.outputs.tables import write_outputs
from surfedge.strips.rolls import Roll
from surfedge.strips.series import PeriodicSearch


@dataclass(frozen=True)
class CoilSummary:
    """A coil in one row.

    length_m, inspected_m2, not_inspected_m2 : what passed, was judged, and was not. in_doubt_m2 : judged on implausible
    images. defects, defects_per_100_m : found.
    affected_share : of the length. series : periodic ones, as `PeriodicDefect.to_dict` gives them. verdict, reasons :
    the grade. alarms : raised while it ran, as `Alarm.to_dict` gives them. late_lines, backward_lines : left out.
    failure : what ended the stream before its end, "" for nothing. folder, map : where results are. deliveries : to
    receivers, as `Delivery.to_dict` gives them. left_out : what lay beside the images of lines, in words. seconds : of
    this run. was_resumed : it went on where another stopped.
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
    alarms: tuple[dict[str, Any], ...] = ()
    late_lines: int = 0
    backward_lines: int = 0
    failure: str = ""
    folder: str = ""
    map: str = ""
    deliveries: tuple[dict[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()
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
    to: Sequence[str] = (),
    patience_s: float = 10.0,
    seen: Callable[[StripDefect | Tile | Alarm], None] | None = None,
    **geometry: Any,
) -> CoilSummary:
    """Inspects a strip and leaves in `out` its table (coil.sqlite), defects.csv and .jsonl, not_inspected.csv,
    in_doubt.csv, the map (coil.html, coil_map.svg, coil_map.png) and summary.json.

    detector : a Detector, with pixel_size_mm and geometry as LineScan takes them; or a LineScan, which has its own.
    source : as `blocks_of` takes it, width and bits with it.
    name : of the coil, by default of the source. rolls : to name suspects among. rules : of the grade; without any a
    coil is prime. to : addresses of receivers that are told while it runs, and patience_s how long to wait at the end
    for those that do not answer: what they lack stays in the table, and is delivered when the coil is run again.
    seen : is given every tile, defect and alarm, in order, once it is durable.

    A run that was ended at any moment goes on with the same call where its source can be read again. Called once more
    on a finished coil nothing is inspected; series, grade and pages are made anew. Raises OutputError where `out` holds
    another coil; what the source raises ends the strip there: what came before is inspected, and `failure` tells.
    """
    scan = detector if isinstance(detector, LineScan) else LineScan(detector, pixel_size_mm, **geometry)
    out, began = Path(out), time.monotonic()
    again = source_name(source)
    name = name or (Path(again.split("\n")[0]).stem if again else "coil")
    if parquet:
        check_parquet()
    make_folder(out)
    table = out / "coil.sqlite"
    with claimed(out), CoilLedger(table) as ledger, Dispatch(table, to, patience_s) as dispatch:
        coil = CoilRun(scan, ledger, out, dispatch, seen or (lambda item: None), bool(to))
        coil.open(name, again, width, bits)
        if not coil.is_finished:
            coil.inspect(blocks_of(source, width=width, bits=bits), Plan(rolls, rules, search))
        facts = conclude(ledger, rolls, rules, search)
        told = {"name": name, **facts, "folder": str(out), "map": str(out / "coil.html")}
        coil.graded(told)
        summary = CoilSummary(
            **told,
            left_out=tuple(map(str, beside_lines(source))),
            deliveries=tuple(each.to_dict() for each in dispatch.end()),
            seconds=time.monotonic() - began,
            was_resumed=coil.was_resumed,
        )
        passing = ("seconds", "was_resumed", "deliveries")
        ledger.put({"summary": {k: v for k, v in summary.to_dict().items() if k not in passing}})
        write_outputs(out, ledger, parquet)
    return summary
