"""What is made of a coil's list once it is complete: series of marks, figures, the grade; and again, by other rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.faint_marks import find_faint
from surfedge.strips.grading import Grade, Graded, Rule, affected_share, grade
from surfedge.strips.lane_signal import LANE_MM, joined
from surfedge.strips.periodic import find_periodic
from surfedge.strips.rolls import Roll
from surfedge.strips.same_series import is_same
from surfedge.strips.series import PeriodicDefect, PeriodicSearch


def conclude(
    ledger: CoilLedger, rolls: Sequence[Roll] = (), rules: Sequence[Rule] = (), search: PeriodicSearch | None = None
) -> dict[str, Any]:
    """Series, figures and grade of a coil, kept in its table; the fields of CoilSummary that speak of the coil."""
    rows = np.array(ledger.columns("number, x_m, y_mm, to_m - from_m"), np.float64).reshape(-1, 4)
    numbers, x, y, lengths = rows.T
    found = find_periodic(x, y, width_mm(ledger), rolls, search, lengths) if len(rows) else []
    found += _faint(ledger, found, rolls, search)
    series = [each.to_dict() for each in found]
    ledger.conclude(series, [numbers[each.members].astype(int).tolist() for each in found])
    verdict = grade(graded(ledger), rules)
    ledger.put({"grade": verdict.to_dict(), "rules": [rule.name for rule in rules]})
    state = ledger.get("state", {})
    return {
        **figures(ledger),
        "series": tuple(series),
        "verdict": verdict.verdict,
        "reasons": tuple(verdict.to_dict()["reasons"]),
        "alarms": tuple(ledger.get("alarms") or ()),
        "late_lines": state.get("late_lines", 0),
        "backward_lines": state.get("backward_lines", 0),
        "failure": ledger.get("failure", ""),
    }


def _faint(
    ledger: CoilLedger, known: Sequence[PeriodicDefect], rolls: Sequence[Roll], search: PeriodicSearch | None
) -> list[PeriodicDefect]:
    """Series of marks under the limit, where the coil was looked at for them; without those that the list has."""
    faint = find_faint(joined(ledger.signals()), rolls, search)
    lane = LANE_MM + (search or PeriodicSearch()).lane_mm
    return [each for each in faint if not any(is_same(each, one, lane) or is_same(one, each, lane) for one in known)]


def figures(ledger: CoilLedger) -> dict[str, Any]:
    """Length, areas and counts."""
    tiles, boxes = ledger.tiles(), np.array(ledger.columns("from_m, to_m"), np.float64).reshape(-1, 2)
    length = tiles[-1][0] if tiles else 0.0
    return {
        "length_m": length,
        "inspected_m2": sum(tile[1] for tile in tiles),
        "not_inspected_m2": sum(gap.area_m2 for gap in ledger.gaps()),
        "in_doubt_m2": sum(doubt.area_m2 for doubt in ledger.doubts()),
        "defects": len(boxes),
        "defects_per_100_m": 100 * len(boxes) / length if length else 0.0,
        "affected_share": affected_share(boxes[:, 0], boxes[:, 1], length),
    }


def width_mm(ledger: CoilLedger) -> float:
    """Mean width of the strip where it was inspected."""
    widths = [right - left for _, area, left, right in ledger.tiles() if area > 0]
    return float(np.mean(widths)) if widths else 1.0


def graded(ledger: CoilLedger) -> Graded:
    """What rules look at, from the table."""
    names = "from_m, to_m, y_mm, from_mm, to_mm, area_mm2, severity, label, series"
    rows = ledger.columns(names)
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 9
    begin, end, y, low, high, area, severe = (np.array(column, np.float64) for column in columns[:7])
    totals = figures(ledger)
    whole = totals["inspected_m2"] + totals["not_inspected_m2"]
    return Graded(
        from_m=begin,
        to_m=end,
        y_mm=y,
        length_mm=1e3 * (end - begin),
        width_mm_of=high - low,
        area_mm2=area,
        severity=severe,
        label=columns[7],
        series=np.array([each or 0 for each in columns[8]], np.int64),
        width_mm=width_mm(ledger),
        not_inspected_share=totals["not_inspected_m2"] / whole if whole else 0.0,
        in_doubt_share=totals["in_doubt_m2"] / whole if whole else 0.0,
        affected_share=totals["affected_share"],
    )


def dry_run(folder: str | Path, rules: Sequence[Rule]) -> tuple[str, str, Grade]:
    """Name and verdict of a stored coil, and the grade that other rules would give; nothing is changed."""
    with CoilLedger(Path(folder) / "coil.sqlite", is_new_allowed=False) as ledger:
        before = ledger.get("grade", {}).get("verdict", "")
        return ledger.get("name", ""), before, grade(graded(ledger), rules)
