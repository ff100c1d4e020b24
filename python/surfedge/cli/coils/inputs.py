"""The lines that the command line names: one input, cameras side by side, a rendered coil."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.coils.rendering import coil_of, truth_of, write

if TYPE_CHECKING:
    from surfedge.cli.console import Console

FIND = "find"


def source_of(given: dict[str, Any], console: Console) -> Any:
    """What `strip` takes as its source; options that the source answers are set in `given`.

    Raises ArgumentError for what is missing or contradicts itself.
    """
    from surfedge.errors import ArgumentError

    inputs, is_rendering = given["input"], "render" in given
    if len(inputs) != 1 and ("overlap" not in given or is_rendering):
        expected, remedy = "one: a strip is one stream", "put images into a folder; --overlap for cameras side by side"
        raise ArgumentError("INPUT", found=f"{len(inputs)} inputs", expected=expected, remedy=remedy)
    if len(inputs) == 1 and "overlap" in given:
        raise ArgumentError("--overlap", found="one input", expected="an input for each camera, from left to right")
    for each in inputs if not is_rendering else ():
        _ask_rendered(Path(each), given)
    for name, remedy in (("out", "name a folder"), ("pixel_size", "measure it: positions in millimetres need it")):
        if name not in given:
            raise ArgumentError(f"--{name.replace('_', '-')}", found="nothing", expected="a value", remedy=remedy)
    if "dark" in given and "flat_field" not in given:
        raise ArgumentError("--dark", found="no --flat-field", expected="--flat-field beside it")
    if is_rendering:
        given.setdefault("name", Path(inputs[0]).resolve().name)
        return _rendered(given, console)
    lines = [lines_of(each) for each in inputs]
    return lines[0] if len(lines) == 1 else _cameras(lines, given, console)


def lines_of(text: str) -> str:
    """The input itself, or the lines of a rendered coil's folder."""
    return str(Path(text) / "lines") if truth_of(Path(text)) else text


def _ask_rendered(folder: Path, given: dict[str, Any]) -> None:
    """What a rendered coil's folder says of itself, where options do not."""
    if truth := truth_of(folder):
        given.setdefault("name", folder.resolve().name)
        given.setdefault("pixel_size", truth["pixel_mm"])
        if truth["line_mm"]:
            given.setdefault("line", truth["line_mm"])
        if truth["view_mm"] > truth["width_mm"]:
            given.setdefault("edges", True)


def _rendered(given: dict[str, Any], console: Console) -> str:
    """A coil with known truth at INPUT; one that was rendered before with the same settings stays as it is."""
    narrow = {"metres": given["render"], "strip_width": 600.0, "view": 640.0, "line": given.get("line", 0.0)}
    return str(write(coil_of(narrow, given["pixel_size"], given["seed"]), Path(given["input"][0]), console))


def _cameras(lines: list[str], given: dict[str, Any], console: Console) -> Any:
    """Cameras from left to right, by overlaps that are given or found."""
    from surfedge.strips import SideBySide

    borders, text = len(lines) - 1, given["overlap"]
    overlaps = _found(lines, given) if text == FIND else _numbers(text)
    overlaps = overlaps * borders if len(overlaps) == 1 else overlaps
    console.line(f"{len(lines)} cameras side by side, overlaps of {', '.join(map(str, overlaps))} px")
    return SideBySide(tuple(lines), overlaps)


def _found(lines: list[str], given: dict[str, Any]) -> tuple[int, ...]:
    from surfedge.errors import ArgumentError
    from surfedge.strips import blocks_of, found_overlap

    firsts = []
    for each in lines:
        blocks = blocks_of(each, width=given.get("width"), bits=given["bits"])
        pixels = next((block.pixels for block in blocks if block.pixels is not None and len(block)), None)
        if pixels is None:
            raise ArgumentError("--overlap", found=f"no line in {each}", expected="lines of all cameras")
        firsts.append(pixels)
    return tuple(found_overlap(one, other) for one, other in pairwise(firsts))


def _numbers(text: str) -> tuple[int, ...]:
    from surfedge.errors import ArgumentError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        expected = f'PX, a number for each border with commas between, or "{FIND}"'
        raise ArgumentError("--overlap", found=repr(text), expected=expected) from None
