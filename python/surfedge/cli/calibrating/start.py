"""What a calibration starts from: the bundle, the method, the images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.options.reading import as_read

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.cli.console import Console
    from surfedge.decision import Decision
    from surfedge.methods import Method


def origin_of(arguments: argparse.Namespace) -> tuple[Bundle, Path]:
    """The bundle to start from and the path to write."""
    from surfedge.bundle import Bundle
    from surfedge.detector import DECISIONS, default_bundle
    from surfedge.errors import ArgumentError
    from surfedge.files import check_target, check_unused

    is_method = arguments.model in DECISIONS
    if not is_method and not Path(arguments.model).exists():
        raise ArgumentError(
            "model",
            found=repr(arguments.model),
            expected=f"{', '.join(DECISIONS)} or a bundle's path",
            remedy="check the name or path",
        )
    origin = default_bundle(arguments.model) if is_method else Bundle.read(arguments.model)
    origin = as_read(origin, vars(arguments))
    out = Path(arguments.out or (f"{arguments.model}.surfedge" if is_method else arguments.model))
    check_target("--out", out)  # before the work, not after it
    if is_method or not (out.exists() and out.samefile(arguments.model)):
        check_unused("--out", out, arguments.force)
    return origin, out


def parts_of(origin: Bundle, arguments: argparse.Namespace) -> tuple[Method, Decision]:
    """Method and decision to calibrate, with what the command line changes."""
    from dataclasses import replace

    from surfedge.detector import Detector
    from surfedge.images import read, to_grey_u8

    detector = Detector(origin, screen=False)
    if arguments.ignore is not None:
        mask = to_grey_u8(read(arguments.ignore)) >= 128
        detector = detector.with_decision(replace(detector.decision, ignore=mask))
    changes = {"blur_sigma_px": arguments.blur, "opening_radius_px": arguments.opening, "border_px": arguments.border}
    given = {name: value for name, value in changes.items() if value is not None}
    return detector.method, replace(detector.decision, **given)


def with_others(images: Sequence[Path], others: Sequence[str]) -> list[Path]:
    """The good images and behind them those that --also-good names, each file once."""
    from surfedge.datasets import good_images

    first: dict[Path, Path] = {}
    for path in (*images, *(path for source in others for path in good_images(source))):
        first.setdefault(path.resolve(), path)
    return list(first.values())


def unseen(origin: Bundle, paths: Sequence[Path], console: Console) -> list[Path]:
    """The good images that the bundle's network has not learned from: a threshold must not come from others."""
    from surfedge.precision import held_out_of

    held_out, learned_from = held_out_of(origin, paths)
    if learned_from:
        console.line(f"the training's images: its {len(held_out)} held-out ones of {len(paths)} are calibrated on")
    return held_out
