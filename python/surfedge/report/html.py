"""`report.html`: a whole run in one file that opens offline and sends nothing anywhere.

Paths, classes and reasons are foreign text. They travel as JSON in which no tag can begin, reach the page as
text nodes only, and the page's content policy runs this script and this style sheet, known by their hashes,
and no other; it fetches nothing and shows pictures from the file itself alone.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TextIO

from surfedge.report.facts import facts_html, notes_html, shown_text
from surfedge.report.pictures import Pictures, data_uri
from surfedge.report.rows import STATUSES, ReportRow, ReportSummary
from surfedge.report.selection import PictureChoice, PictureShelf
from surfedge.report.verdict import figures_html, verdict_html

_SCRIPTS = ("data.js", "state.js", "verdict.js", "histogram.js", "list.js", "viewer.js", "main.js")
_MAX_ROWS = 200_000


def write_report(
    path: str | os.PathLike[str],
    rows: Iterable[ReportRow],
    summary: ReportSummary,
    *,
    choice: PictureChoice | None = None,
    picture_budget_bytes: int = 20_000_000,
) -> Path:
    """Writes the report of a run to `path` and returns it.

    rows : in any order; may be a generator, pictures that are not chosen are dropped as they come. Kept are
    the pictures of the images that `choice` names, up to `picture_budget_bytes` in all (a third more in the
    file); the page says how many. Above 200,000 rows the good ones of lowest score are counted but not
    listed, and the page says so.

    The file appears whole or not at all: a temporary file beside it, fsync, rename. OSError passes through.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     row = ReportRow("plate.png", "good", score=0.2)
    ...     written = write_report(Path(folder, "report.html"), [row], ReportSummary("dzl", 1.0))
    ...     written.read_text("utf-8")[:15]
    '<!doctype html>'
    """
    shelf = PictureShelf(choice)
    listed: list[ReportRow] = []
    for row in rows:
        if row.pictures is not None:
            limit = row.threshold if row.threshold is not None else summary.threshold
            shelf.offer(row.path, row.finite_score, limit, partial(getattr, row, "pictures"))
        listed.append(row if row.pictures is None else replace(row, pictures=None))
    kept = _within_budget(shelf.kept(), picture_budget_bytes)
    target = Path(path)
    _write_whole(target, lambda file: file.writelines(_page(listed, summary, kept)))
    return target


def _page(rows: list[ReportRow], summary: ReportSummary, pictures: dict[str, Pictures]) -> Iterator[str]:
    """The parts of the page in order; each picture is a part, so that none is held twice."""
    shown = _listed(rows)
    style = _text("page.css") + _heat_scale()
    script = "(() => {\n'use strict';\n" + "\n".join(_text(name) for name in _SCRIPTS) + "})();\n"
    parts = {
        "policy": _policy(style, script),
        "title": html.escape(shown_text(summary.title)),
        "source": html.escape(shown_text(summary.source)),
        "style": style,
        "script": script,
        "facts": facts_html(rows, summary),
        "verdict": verdict_html(summary.evaluation, summary.rule),
        "figures": figures_html(summary.evaluation),
        "notes": notes_html(len(rows), len(shown), len(pictures), summary),
        "data": _json(_data(rows, shown, summary)),
    }
    for piece in re.split(r"(\{\{\w+\}\})", _text("page.html")):
        name = piece.strip("{}")
        if piece == "{{pictures}}":
            yield from _picture_parts(shown, pictures)
        else:
            yield parts[name] if piece.startswith("{{") else piece


def _data(rows: list[ReportRow], shown: list[ReportRow], summary: ReportSummary) -> dict[str, object]:
    kinds = sorted({kind for row in shown for kind in row.kinds})
    return {
        "threshold": _number(summary.threshold),
        "counts": [sum(row.status == status for row in rows) for status in STATUSES],
        "kinds": kinds,
        "rows": [_row(row, summary, kinds) for row in shown],
    }


def _row(row: ReportRow, summary: ReportSummary, kinds: list[str]) -> list[object]:
    """One row in the order that data.js reads; kinds by their place in `kinds`, the truth only where it is known."""
    own = row.threshold if row.threshold != summary.threshold else None
    known: list[object] = [] if row.is_defect is None else [int(row.is_defect)]
    if known and row.given_class:
        known.append(row.given_class)
    return [
        row.path,
        row.label,
        _number(row.score),
        STATUSES.index(row.status),
        row.regions,
        row.defect_area_px,
        _number(round(row.milliseconds, 3)),
        row.reason,
        _number(own),
        row.width,
        row.height,
        [kinds.index(kind) for kind in row.kinds],
        *known,
    ]


def _listed(rows: list[ReportRow]) -> list[ReportRow]:
    """The rows to list: all, or without the least suspicious good ones when there are too many."""
    if len(rows) <= _MAX_ROWS:
        return rows
    order = sorted(rows, key=lambda row: (row.status == "good", -(row.finite_score or 0.0)))
    return order[:_MAX_ROWS]


def _picture_parts(rows: list[ReportRow], pictures: dict[str, Pictures]) -> Iterator[str]:
    """One inert block per picture, known by row: t12 the thumb, o12, m12, i12, g12 overlay, map, image, truth."""
    for number, row in enumerate(rows):
        found = pictures.get(row.path)
        if found is None or not row.is_judged:
            continue
        blocks = {"t": found.thumb, "o": found.overlay, "m": found.map, "i": found.original, "g": found.truth}
        for key, picture in blocks.items():
            if picture:
                yield f'<script type="text/plain" id="{key}{number}">{data_uri(picture)}</script>\n'


def _within_budget(pictures: dict[str, Pictures], budget_bytes: int) -> dict[str, Pictures]:
    kept: dict[str, Pictures] = {}
    for path, each in pictures.items():
        if each.size_bytes <= budget_bytes:
            kept[path] = each
            budget_bytes -= each.size_bytes
    return kept


def _policy(style: str, script: str) -> str:
    """Nothing but this very style, this very script, and pictures from within the file."""
    style_hash, script_hash = (_hash(text) for text in (style, script))
    return (
        f"default-src 'none'; img-src data:; style-src '{style_hash}'; script-src '{script_hash}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _heat_scale() -> str:
    """The overlay's colours as a CSS gradient, from the one table that the pictures are coloured with."""
    from surfedge.drawing import LEVEL_MAX, heat_colours

    table = heat_colours()
    step = round(255 / LEVEL_MAX)
    entries = sorted({*range(0, 256, 17), step - 1, step})
    stops = ", ".join(f"rgb({','.join(map(str, table[i].tolist()))}) {i / 2.55:.2f}%" for i in entries)
    scale = f"--heat: linear-gradient(to right, {stops}); --heat-threshold: {100 / LEVEL_MAX:.2f}%;"
    return f":root {{ {scale} }}\n"


def _json(value: object) -> str:
    """JSON that is safe inside <script>: ASCII, and no character that could begin or end markup."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _number(value: float | None) -> float | None:
    """JSON knows no infinities."""
    return float(value) if value is not None and math.isfinite(value) else None


def _text(name: str) -> str:
    return (files("surfedge.report") / "page" / name).read_text("utf-8")


def _write_whole(target: Path, write: Callable[[TextIO], None]) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
