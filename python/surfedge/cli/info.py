"""surfedge info: what stands in a bundle."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from surfedge.cli.console import Console
from surfedge.errors import printable

if TYPE_CHECKING:
    from surfedge.bundle import Bundle

MAX_KEY, MAX_VALUE = 40, 2000  # characters that are shown; --json has all

SUMMARY = "show what a bundle holds: method, decision, threshold, where it comes from"
EXAMPLE = "surfedge info leather.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", help="a .surfedge file")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Read, verify and print; returns the exit code."""
    from surfedge.bundle import Bundle, serialize
    from surfedge.calibration import BUDGETS, in_words
    from surfedge.cli import DONE
    from surfedge.decision import Promise

    bundle = Bundle.read(arguments.bundle)
    manifest, _, _ = serialize(bundle)
    parts = {name: f"{array.dtype} {array.shape}" for name, array in bundle.arrays.items()}
    parts |= {name: f"{len(blob):,} bytes" for name, blob in bundle.blobs.items()}
    rows = [("method", bundle.method), ("identity", bundle.identity)]
    for section in (
        "settings",
        "decision",
        "input",
        "screen",
        "calibration",
        "certificate",
        "metrics",
        "runtime",
        "provenance",
    ):
        rows += [(f"{section}.{_key(key)}", _short(value)) for key, value in manifest[section].items()]
    if "promise" in bundle.calibration:
        rows.append(("what the limit promises", Promise(**bundle.calibration["promise"]).in_words()))
    if "drawn_found" in bundle.calibration and "drawn_defects" in bundle.calibration:
        rows.append(("drawn defects", in_words(bundle.calibration, BUDGETS)))
    rows += _plausible(bundle)
    rows += [(f"part {name}", text) for name, text in parts.items()]
    console.table(("entry", "value"), rows, title=str(arguments.bundle))
    console.result({**manifest, "identity": bundle.identity, "parts": parts})
    return DONE


def _plausible(bundle: Bundle) -> list[tuple[str, str]]:
    """What an image must be like as a whole to be judged, in words; nothing for a bundle that does not say."""
    from surfedge.bundle import deserialize
    from surfedge.detector import Plausibility
    from surfedge.errors import SurfedgeError

    try:
        lines = deserialize(Plausibility, bundle.plausibility, name="plausibility").in_words()
    except SurfedgeError as error:
        return [("plausible image", f"not understood: {error}")]
    return [("plausible image", line) for line in lines]


def _key(key: str) -> str:
    """A key in few characters: wrapped in its column it would pass for rows of its own, and wrap the identity."""
    return _narrow(key, MAX_KEY)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        value = ", ".join(f"{_key(key)} {_short(item)}" for key, item in value.items())
    return _narrow(str(value), MAX_VALUE)


def _narrow(text: str, limit: int) -> str:
    """`text` as it can be printed, without runs of spaces, its middle left out where it is longer than `limit`."""
    return printable(" ".join(word for word in printable(text).split(" ") if word), limit)
