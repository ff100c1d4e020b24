"""Arguments that several methods share, and what they print in the end."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from surfedge.errors import ArgumentError

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.cli.generating.writing import Written

SHOWN_SKIPPED = 10


def add_shared(parser: argparse.ArgumentParser) -> None:
    """--out, --seed, --threads."""
    add = parser.add_argument
    add("--out", required=True, default=argparse.SUPPRESS, metavar="DIR", help="new or empty folder")
    add("--seed", type=int, default=0, help="the same seed and files give the same bytes")
    add("--threads", type=int, default=1, metavar="N", help="images made at once")


def check_counts(**counts: int) -> None:
    """ArgumentError for a count that is negative or absurd."""
    for name, count in counts.items():
        if not 0 <= count <= 10_000_000:
            raise ArgumentError(f"--{name.replace('_', '-')}", found=count, expected="0 to 10,000,000")


def number_range(option: str, text: str) -> tuple[float, float]:
    """(low, high) from "0.5" or "0.5,1.5"."""
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not numbers[0] <= numbers[-1] < float("inf"):
        raise ArgumentError(option, found=repr(text), expected="a number, or LOWEST,HIGHEST")
    return numbers[0], numbers[-1]


def own_seed(seed: int, number: int) -> int:
    """The seed of image `number` of a set."""
    import numpy as np

    if seed < 0:
        raise ArgumentError("--seed", found=seed, expected="a whole number, 0 or more")
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def show(written: Written, folder: str, console: Console, more: dict[str, Any]) -> int:
    """Counts per folder, masked share, what was skipped; the exit code."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets import printable

    counts: dict[str, int] = {}
    for row in written.rows:
        place = row.image.rpartition("/")[0]
        counts[place] = counts.get(place, 0) + 1
    console.table(("folder", "images"), sorted(counts.items()), title=folder)
    shares = [row.masked_share for row in written.rows if row.mask]
    share = sum(shares) / len(shares) if shares else 0.0
    if shares:
        console.line(f"masked: {share:.2%} of a defective image on average, {min(shares):.3%} to {max(shares):.2%}")
    console.line(f"table: {written.table}")
    for name, reason in written.skipped[:SHOWN_SKIPPED]:
        console.line(printable(f"skipped {name}: {reason}"))
    if len(written.skipped) > SHOWN_SKIPPED:
        console.line(f"... and {len(written.skipped) - SHOWN_SKIPPED:,} more skipped")
    console.result(
        {
            "folder": folder,
            "counts": counts,
            "table": str(written.table),
            "masked_share": share,
            "skipped": [{"name": name, "reason": reason} for name, reason in written.skipped],
            **more,
        }
    )
    return SKIPPED if written.skipped else DONE
