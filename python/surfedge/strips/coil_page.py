"""``coil.html``: one coil, or both sides of one, in a file that opens offline and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from surfedge.scoring import whole_file
from surfedge.strips.coil_ledger import CoilLedger
from surfedge.strips.coil_map import map_png, map_svg
from surfedge.strips.grading import VERDICTS
from surfedge.strips.side_page import map_data, reason_line, side_parts
from surfedge.version import __version__


@dataclass(frozen=True)
class Side:
    """name : "" for a coil with one side. summary : as summary.json has it. parts : of ``side.html``."""

    name: str
    summary: Mapping[str, Any]
    parts: Mapping[str, str]


def write_page(out: Path, ledger: CoilLedger) -> None:
    """The page of a coil that is concluded, and its map as SVG and PNG beside it."""
    data, summary = map_data(ledger), ledger.get("summary")
    svg = map_svg(data)
    for name, content in (("coil_map.svg", svg.encode("utf-8", "backslashreplace")), ("coil_map.png", map_png(data))):
        with whole_file(out / name) as file:
            file.write(content)
    side = Side("", summary, side_parts(data, summary, svg, ledger))
    _write(out / "coil.html", page(data.name, [side], ledger.get("begun", "")))


def write_both(out: Path, folders: Mapping[str, Path], title: str) -> str:
    """A page with all sides of a coil, each inspected into its own folder by name; returns the worst verdict.

    Raises OutputError for a folder that holds no coil.
    """
    sides, begun = [], ""
    for name, folder in folders.items():
        with CoilLedger(folder / "coil.sqlite", is_new_allowed=False) as ledger:
            data, summary = map_data(ledger), ledger.get("summary")
            sides.append(Side(name, summary, side_parts(data, summary, map_svg(data), ledger, name)))
            begun = begun or ledger.get("begun", "")
    _write(out / "coil.html", page(title, sides, begun))
    return _worst(sides)


def page(title: str, sides: Sequence[Side], begun: str) -> Iterator[str]:
    """The parts of the page in order."""
    style, script = _text("coil.css"), _text("coil.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    reasons = [reason_line(reason, side.name) for side in sides for reason in side.summary["reasons"]]
    yield from _filled(
        "coil.html",
        {
            "policy": policy,
            "title": html.escape(title),
            "style": style,
            "script": script,
            "verdict": html.escape(_worst(sides)),
            "reasons": "".join(reasons),
            "sides": "".join(piece for side in sides for piece in _filled("side.html", side.parts)),
            "made": f"surfedge {__version__}; begun {html.escape(begun)}; every defect is in defects.csv",
        },
    )


def _worst(sides: Sequence[Side]) -> str:
    return max((str(side.summary["verdict"]) for side in sides), key=VERDICTS.index)


def _filled(template: str, parts: Mapping[str, str]) -> Iterator[str]:
    """A template with parts in its places."""
    for piece in re.split(r"(\{\{\w+\}\})", _text(template)):
        yield parts[piece.strip("{}")] if piece.startswith("{{") else piece


def _write(path: Path, parts: Iterator[str]) -> None:
    with whole_file(path) as file:
        file.writelines(part.encode("utf-8", "replace") for part in parts)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(name: str) -> str:
    return (files("surfedge.strips") / "page" / name).read_text("utf-8")
