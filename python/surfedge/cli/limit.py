"""surfedge limit: a bundle's limit set by hand, with who set it and what stood there before."""

from __future__ import annotations

import argparse
from pathlib import Path

from surfedge.cli.console import Console

SUMMARY = "set a bundle's limit by hand; the bundle says who did, and keeps the limits before"
EXAMPLE = "surfedge limit leather.surfedge 12 --by M.Weber --out leather_12.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", help="a .surfedge file")
    parser.add_argument("limit", type=float, help="an image is defective when its score is above it")
    parser.add_argument("--by", required=True, metavar="NAME", help="who sets it")
    parser.add_argument("--pixels", type=float, default=None, metavar="T", help="another limit for pixels")
    parser.add_argument("--out", default=None, metavar="BUNDLE", help="the bundle to write (default: the one given)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the bundle; returns the exit code."""
    from surfedge.bundle import Bundle
    from surfedge.calibration import with_limit
    from surfedge.cli import DONE
    from surfedge.decision import Promise
    from surfedge.files import check_target

    out = Path(arguments.out or arguments.bundle)
    check_target("--out", out)
    origin = Bundle.read(arguments.bundle)
    bundle = with_limit(origin, arguments.limit, by=arguments.by, pixel_limit=arguments.pixels).write(out)
    before = bundle.calibration["history"][-1]
    console.line(f"{out}: limit {arguments.limit:.4g}, set by {arguments.by}; before {before['threshold']:.4g}")
    if "promise" in bundle.calibration:
        console.line(Promise(**bundle.calibration["promise"]).in_words())
    console.result(
        {"bundle": str(out), "identity": bundle.identity, "threshold": arguments.limit, **bundle.calibration}
    )
    return DONE
