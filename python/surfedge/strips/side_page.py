"""The part of a coil's page that shows one side of the strip: facts, map, tables, the worst defects."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from surfedge.report.pictures import data_uri
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.coil_map import COLOURS, SEVERE
from surfedge.strips.conclusion import width_mm
from surfedge.strips.findings import InDoubt, NotInspected
from surfedge.strips.map_data import MapData
from surfedge.strips.worst import WORST

MOST_GAPS = 200
LEAST_LENGTH_M = 0.05  # of defects that are drawn along their length
MOST_ALARMS = 50


def side_parts(data: MapData, summary: dict[str, Any], svg: str, ledger: CoilLedger, name: str = "") -> dict[str, str]:
    """What fills the places of ``side.html``. name : of the side, "" for a coil with one."""
    verdict = html.escape(summary["verdict"])
    mark = f'<span class="verdict {verdict}">{verdict}</span>'
    return {
        "heading": f'<h2 class="side">{html.escape(name)} {mark}</h2>' if name else "",
        "facts": _facts(data, summary),
        "map": svg,
        "periodic": _periodic(data),
        "alarms": _alarms(summary),
        "worst": _worst(ledger),
        "classes": _classes(data),
        "gaps": _gaps(data) + _doubts(ledger),
        "data": _data(data),
    }


def map_data(ledger: CoilLedger) -> MapData:
    """What the map shows, from the coil's table."""
    rows = ledger.columns("x_m, y_mm, severity, label, series, from_m, to_m")
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 7
    labels = sorted(set(columns[3]))
    tiles = ledger.tiles()
    return MapData(
        x_m=np.array(columns[0], np.float64),
        y_mm=np.array(columns[1], np.float64),
        severity=np.array(columns[2], np.float64),
        label=np.array([labels.index(each) for each in columns[3]], np.uint8),
        labels=labels or [""],
        series=np.array([each or 0 for each in columns[4]], np.int64),
        length_m=tiles[-1][0] if tiles else 0.0,
        width_mm=width_mm(ledger),
        gaps=ledger.gaps(),
        periodic=ledger.series(),
        name=ledger.get("name", "coil"),
        from_m=np.array(columns[5], np.float64),
        to_m=np.array(columns[6], np.float64),
    )


def reason_line(reason: dict[str, Any], side: str = "") -> str:
    """A reason of the grade as an item of a list."""
    where = f"{html.escape(side)}, " if side else ""
    words = f"{html.escape(reason['rule'])}, {html.escape(reason['text'])}"
    return f"<li><b>{html.escape(reason['verdict'])}</b>: {where}{words}</li>"


def _alarms(summary: dict[str, Any]) -> str:
    alarms = summary.get("alarms") or ()
    if not alarms:
        return ""
    rows = [(f"{each['at_m']:,.1f}", each["text"]) for each in alarms[:MOST_ALARMS]]
    more = len(alarms) - MOST_ALARMS
    note = f"<p>and {more:,} more, see summary.json</p>" if more > 0 else ""
    return "<h2>Alarms while it ran</h2>" + _table(("after m", "alarm"), rows, text={1}) + note


def _facts(data: MapData, summary: dict[str, Any]) -> str:
    facts = [
        ("Length", f"{summary['length_m']:,.1f} m"),
        ("Width", f"{data.width_mm:,.0f} mm"),
        ("Inspected", f"{summary['inspected_m2']:,.1f} m²"),
        ("Not inspected", f"{summary['not_inspected_m2']:,.2f} m²"),
        ("Defects", f"{summary['defects']:,}"),
        ("Per 100 m", f"{summary['defects_per_100_m']:,.1f}"),
        ("Length affected", f"{summary['affected_share']:.2%}"),
        ("Periodic series", f"{len(data.periodic)}"),
    ]
    if summary.get("in_doubt_m2"):
        facts.append(("In doubt", f"{summary['in_doubt_m2']:,.2f} m²"))
    for name, words in (("late_lines", "Late lines"), ("backward_lines", "Lines while running back")):
        if summary[name]:
            facts.append((words, f"{summary[name]:,}"))
    if summary.get("left_out"):
        facts.append(("Beside the images", "; ".join(summary["left_out"])))
    if summary["failure"]:
        facts.append(("Ended early", summary["failure"]))
    return "".join(f"<div><dt>{html.escape(term)}</dt><dd>{html.escape(value)}</dd></div>" for term, value in facts)


def _periodic(data: MapData) -> str:
    if not data.periodic:
        return "<h2>Periodic defects</h2><p>None: no series of marks that a roll would leave.</p>"
    rows = [
        (
            f"P{number}",
            f"{each['pitch_m']:.4f}",
            f"{each['y_mm']:.1f}",
            f"{each['drift_mm_per_100_m']:+.1f}",
            f"{each['from_m']:,.1f}",
            f"{each['to_m']:,.1f}",
            f"{each['hits']} of {each['expected']}" + (", under the limit" if each.get("is_faint") else ""),
            f"{each['p']:.0e}" if each["p"] > 1e-99 else "below 1e-99",
            f"{each['diameter_mm']:.0f}",
            "; ".join(f"{s['name']} ({s['diameter_mm']:.0f} mm)" for s in each["suspects"]) or "no roll of the table",
        )
        for number, each in enumerate(data.periodic, 1)
    ]
    head = ("", "pitch m", "lane mm", "drift mm/100 m", "from m", "to m", "marks", "p", "pitch/π mm", "suspects")
    return "<h2>Periodic defects</h2>" + _table(head, rows, text={9})


def _classes(data: MapData) -> str:
    rows = []
    for number, label in enumerate(data.labels):
        chosen = data.severity[data.label == number] if len(data.label) else np.empty(0)
        if len(chosen):
            counts = np.histogram(chosen, [-np.inf, *SEVERE, np.inf])[0]
            rows.append(
                (label or "defect", *(f"{count:,}" for count in counts), f"{len(chosen):,}", f"{chosen.max():.2f}")
            )
    head = ("class", f"below {SEVERE[0]}", f"{SEVERE[0]} to {SEVERE[1]}", f"{SEVERE[1]} and more", "all", "worst")
    return "<h2>Classes by severity</h2>" + _table(head, rows) if rows else ""


def _gaps(data: MapData) -> str:
    if not data.gaps:
        return "<h2>Not inspected</h2><p>Nothing: every line was judged.</p>"
    return "<h2>Not inspected</h2>" + _stretches(data.gaps, "not_inspected.csv")


def _doubts(ledger: CoilLedger) -> str:
    doubts = ledger.doubts()
    if not doubts:
        return ""
    words = "Judged, and defects were found; but the lines are not like the good images. Check camera and light."
    return f"<h2>In doubt</h2><p>{words}</p>" + _stretches(doubts, "in_doubt.csv")


def _stretches(found: Sequence[NotInspected] | Sequence[InDoubt], table: str) -> str:
    rows = [(f"{g.from_m:,.3f}", f"{g.to_m:,.3f}", f"{g.area_m2:.4f}", g.reason) for g in found[:MOST_GAPS]]
    more = len(found) - MOST_GAPS
    note = f"<p>and {more:,} more stretches, see {table}</p>" if more > 0 else ""
    return _table(("from m", "to m", "m²", "reason"), rows, text={3}) + note


def _worst(ledger: CoilLedger) -> str:
    found = ledger.worst(WORST)
    if not found:
        return ""
    cells = []
    for each in found:
        size = f"{1e3 * (each['to_m'] - each['from_m']):.1f} x {each['to_mm'] - each['from_mm']:.1f} mm"
        where = f"{each['x_m']:,.3f} m, {each['y_mm']:.1f} mm"
        series = f", P{each['series']}" if each["series"] else ""
        what = html.escape(each["label"] or "defect")
        text = f"<b>no. {each['number']}, {what}{series}</b><br>{where}<br>{size}, severity {each['severity']:.2f}"
        cells.append(f'<figure><img src="{data_uri(each["picture"])}" alt=""><figcaption>{text}</figcaption></figure>')
    return f'<h2>The worst {len(cells)}</h2><div class="gallery">{"".join(cells)}</div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], text: Collection[int] = ()) -> str:
    def cell(kind: str, column: int, value: str) -> str:
        return f"<{kind}{' class=text' if column in text else ''}>{html.escape(value)}</{kind}>"

    lines = ["".join(cell("th", k, value) for k, value in enumerate(head))]
    lines += ["".join(cell("td", k, value) for k, value in enumerate(row)) for row in rows]
    return '<div class="scroll"><table>' + "".join(f"<tr>{line}</tr>" for line in lines) + "</table></div>"


def _data(data: MapData) -> str:
    order = np.argsort(data.x_m, kind="stable")

    def packed(values: np.ndarray, kind: type) -> str:
        return base64.b64encode(np.ascontiguousarray(values[order], kind).tobytes()).decode()

    values = {
        "length": max(data.length_m, 1e-3),
        "width": data.width_mm,
        "x": packed(data.x_m, np.float32),
        "y": packed(data.y_mm, np.float32),
        "severity": packed(data.severity, np.float32),
        "label": packed(data.label, np.uint8),
        "labels": list(data.labels),
        "number": None if (order == np.arange(len(order))).all() else (order + 1).tolist(),
        "long": [
            [*data.stretch(place), float(data.y_mm[place]), float(data.severity[place])]
            for place in data.longest(LEAST_LENGTH_M)
        ],
        "gaps": [[gap.from_m, gap.to_m] for gap in data.gaps],
        "periodic": [
            {
                "from": p["from_m"],
                "to": p["to_m"],
                "y": p["y_mm"],
                "drift": p["drift_mm_per_100_m"],
                "pitch": p["pitch_m"],
                "faint": bool(p.get("is_faint")),
            }
            for p in data.periodic
        ],
        "severe": SEVERE,
        "colours": COLOURS,
    }
    text = json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
