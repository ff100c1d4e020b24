"""A rendered coil from the command line: its options, and the folder that it goes to."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.synthesis import RenderedCoil, RollMarks

SURFACE = "coil"
ROLL = "650:0.85:5"


def add_coil(parser: argparse.ArgumentParser) -> None:
    """Options of `synth coil`; not in the namespace where they are not given."""
    add = parser.add_argument_group("of a coil").add_argument
    unset = argparse.SUPPRESS
    add("--metres", type=float, default=unset, metavar="M", help="length, else 100")
    add("--strip-width", type=float, default=unset, metavar="MM", help="width of the strip, else 900")
    add("--view", type=float, default=unset, metavar="MM", help="what the camera sees across, else 1000")
    add("--line", type=float, default=unset, metavar="MM", help="length of a line, if not the pixel size")
    add(
        "--roll",
        action="append",
        default=unset,
        metavar="MM[:HITS[:DRIFT[:GAIN]]]",
        help="a roll that leaves marks: its diameter, their share of its turns, drift of the lane in mm per 100 m, "
        f'their brightness as a share of that of steel; may be repeated, else {ROLL}; "none" for none',
    )
    add("--marks", default=unset, metavar="KIND=N,...", help="marks at random per 100 m: scratch, pit, water, dirt")
    add("--weld", type=float, action="append", default=unset, metavar="M", help="a weld at M metres; may be repeated")
    add("--bare", type=float, default=unset, metavar="M", help="length before head and behind tail without strip")


def coil_of(given: dict[str, Any], pixel_mm: float, seed: int) -> RenderedCoil:
    """The coil that options describe; raises ArgumentError for what they cannot mean."""
    from surfedge.synthesis import RenderedCoil

    width = given.get("strip_width", 900.0)
    rolls = [] if given.get("roll") == ["none"] else given.get("roll", [ROLL])
    settings: dict[str, Any] = {"per_100_m": _marks(given["marks"])} if "marks" in given else {}
    return RenderedCoil(
        length_m=given.get("metres", 100.0),
        width_mm=width,
        view_mm=given.get("view", max(1000.0, width)),
        pixel_mm=pixel_mm,
        line_mm=given.get("line", 0.0),
        rolls=tuple(_roll(text, k, len(rolls), width) for k, text in enumerate(rolls)),
        welds=tuple(given.get("weld", ())),
        bare_m=given.get("bare", 0.1),
        seed=seed,
        **settings,
    )


def write(coil: RenderedCoil, folder: Path, console: Console) -> Path:
    """Renders into `folder`; the folder of its images. One that holds the same coil stays as it is."""
    from surfedge.synthesis import write_coil

    truth = truth_of(folder)
    if truth and truth == json.loads(json.dumps(coil.truth(), default=list)):
        return folder / "lines"
    return write_coil(coil, folder, progress=lambda done, total: console.progress(done, total, "lines rendered"))


def truth_of(folder: Path) -> dict[str, Any]:
    """What a rendered coil's folder says of it; empty for another folder."""
    try:
        found = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_coil = isinstance(found, dict) and {"pixel_mm", "marks", "lines"} <= set(found) and (folder / "lines").is_dir()
    return found if is_coil else {}


def _roll(text: str, place: int, rolls: int, width_mm: float) -> RollMarks:
    """Marks of a roll of so many millimetres; several rolls have lanes of their own."""
    from surfedge.errors import ArgumentError
    from surfedge.synthesis import RollMarks

    try:
        given = [float(part) for part in text.split(":")]
        diameter, hits, drift, gain = given + [1.0, 1.0, 0.0, 0.55][len(given) :]
        is_right = 1 <= diameter <= 1e5 and 0 < hits <= 1 and math.isfinite(drift) and 0 <= gain <= 4
    except ValueError:
        is_right = False
    if not is_right:
        expected = 'MM[:HITS[:DRIFT[:GAIN]]], e.g. 650:0.8:5, or "none"'
        raise ArgumentError("--roll", found=repr(text), expected=expected)
    return RollMarks(1e-3 * math.pi * diameter, width_mm * (place + 1) / (rolls + 1), hits, drift, gain=gain)


def _marks(text: str) -> dict[str, float]:
    from surfedge.errors import ArgumentError

    found: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ArgumentError("--marks", found=repr(part), expected="KIND=N, e.g. scratch=2,pit=6") from None
        if not 0 <= found[name.strip()] < 1e6:
            raise ArgumentError("--marks", found=repr(part), expected="0 or more per 100 m")
    return found
