"""surfedge data patches: a video or a strip cut into patches."""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console

SUMMARY = "cut a video, or a strip of any length, into square patches"
EXAMPLE = "surfedge data patches coil/lines patches/ --size 256"
LISTED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    add = parser.add_argument
    add("source", metavar="VIDEO|STRIP", help="video; or an image, a folder of numbered images, a .raw file of lines")
    add("out", metavar="OUT", help="new or empty folder")
    add("--size", type=int, default=256, metavar="PX", help="side of a patch")
    add("--step", type=int, default=0, metavar="PX", help="from patch to patch; 0 is the side, smaller ones overlap")
    add("--every", type=int, default=1, metavar="N", help="take every N-th frame of a video")
    add("--width", type=int, default=None, metavar="PX", help="columns of a .raw file")
    add("--bits", type=int, default=8, metavar="N", help="bits per sample of a .raw file, 8 or 16")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Cut and write; 1 when a part of the source gave no patch."""
    from dataclasses import asdict

    from surfedge.cli import DONE, SKIPPED
    from surfedge.strips import write_patches

    cut = write_patches(
        arguments.source,
        arguments.out,
        arguments.size,
        arguments.step,
        every=arguments.every,
        width=arguments.width,
        bits=arguments.bits,
        progress=lambda done, total: console.progress(done, total, "patches cut"),
    )
    for reason in cut.left_out[:LISTED]:
        console.line(f"left out {reason}")
    if len(cut.left_out) > LISTED:
        console.line(f"and {len(cut.left_out) - LISTED:,} more left out")
    console.line(f"{cut.count:,} patches in {cut.folder}; where each comes from: {cut.table}")
    console.result(asdict(cut))
    return SKIPPED if cut.left_out else DONE
