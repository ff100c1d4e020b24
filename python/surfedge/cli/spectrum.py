"""surfedge spectrum: the regular pattern of an image, in numbers and in one image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.pattern import Search

SUMMARY = "find an image's regular pattern: pitch, angle, spectra, and what remains without it"
EXAMPLE = "surfedge spectrum plate.png --out spectrum.png --pixel-size 0.5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add("image", metavar="IMAGE", help="an image file")
    add("--out", required=True, metavar="PNG", help="the image to write")
    add("--pixel-size", type=float, default=None, metavar="MM", help="side of a pixel in mm, for the pitch in mm")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Read, find, draw and print; returns the exit code."""
    import cv2

    from surfedge.cli import DONE
    from surfedge.decision import RawMap
    from surfedge.detector import Detector, default_bundle
    from surfedge.errors import ArgumentError
    from surfedge.files import replace_bytes
    from surfedge.images import read, to_grey_f32
    from surfedge.methods import Pattern
    from surfedge.pattern import Reading, harmonics
    from surfedge.pattern.spectrum import spectrum
    from surfedge.pattern.spectrum_picture import spectrum_picture

    out = Path(arguments.out)
    if out.suffix.lower() != ".png":
        raise ArgumentError("--out", found=str(out), expected="a name that ends in .png")
    if arguments.pixel_size is not None and not 0 < arguments.pixel_size < 1e3:
        raise ArgumentError("--pixel-size", found=arguments.pixel_size, expected="above 0, in mm")
    grey = to_grey_f32(read(arguments.image))
    rest, search = Pattern(form="cells").compared(grey)
    decision = Detector(default_bundle("pattern")).decision  # the map and the limit that an image is judged by
    smooth = decision.smooth(RawMap(Reading().map(rest), Reading.cell_px), grey.shape)
    decision = decision.for_map(decision.normalised(smooth, grey.shape), grey.shape)
    picture = spectrum_picture(grey, search, rest, decision.finish(smooth, grey.shape), decision.threshold)
    replace_bytes(out, cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    peaks = harmonics(spectrum(grey), search.lattice) if search.lattice else ()
    _print(console, search, arguments.pixel_size)
    if peaks:
        rows = [
            (f"{p.order[0]}, {p.order[1]}", f"{p.frequency[0]:.4f}", f"{p.frequency[1]:.4f}", f"{p.share:.0%}")
            for p in peaks
        ]
        console.table(("order", "x, cycles per px", "y", "of the strongest"), rows, title="strongest frequencies")
    console.line(f"image: {out}")
    console.result(
        {
            **_facts(search, arguments.pixel_size),
            "picture": str(out),
            "peaks": [{"order": p.order, "frequency": p.frequency, "share": p.share} for p in peaks],
        }
    )
    return DONE


def _facts(search: Search, pixel_mm: float | None) -> dict[str, Any]:
    lattice = search.lattice
    if lattice is None:
        return {"has_pattern": False, "confidence": search.confidence}
    facts: dict[str, Any] = {
        "has_pattern": True,
        "confidence": search.confidence,
        "pitch_px": lattice.pitch_px,
        "angle_deg": lattice.angle_deg,
        "base_vectors_px": [lattice.first, lattice.second],
    }
    if pixel_mm is not None:
        facts["pitch_mm"] = [pitch * pixel_mm for pitch in lattice.pitch_px]
    return facts


def _print(console: Console, search: Search, pixel_mm: float | None) -> None:
    lattice = search.lattice
    if lattice is None:
        console.line(f"no regular pattern found (confidence {search.confidence:.2f}); nothing is filtered")
        return
    one, other = lattice.pitch_px
    console.line(f"pitch       {one:.2f} x {other:.2f} px")
    if pixel_mm is not None:
        console.line(f"            {one * pixel_mm:.2f} x {other * pixel_mm:.2f} mm")
    console.line(f"angle       {lattice.angle_deg:.2f} degrees, from the x axis towards the y axis (clockwise)")
    console.line(f"confidence  {search.confidence:.2f}")
