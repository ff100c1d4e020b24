"""surfedge info: what stands in a bundle."""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console

SUMMARY = "show what a bundle holds: method, decision, threshold, where it comes from"
EXAMPLE = "surfedge info leather.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", help="a .surfedge file")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Read, verify and print; returns the exit code."""
    from surfedge.bundle import Bundle, serialize
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
        rows += [(f"{section}.{key}", _short(value)) for key, value in manifest[section].items()]
    if "promise" in bundle.calibration:
        rows.append(("what the limit promises", Promise(**bundle.calibration["promise"]).in_words()))
    rows += [(f"part {name}", text) for name, text in parts.items()]
    console.table(("entry", "value"), rows, title=str(arguments.bundle))
    console.result({**manifest, "identity": bundle.identity, "parts": parts})
    return DONE


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    return str(value)
