"""surfedge verify: is this bundle whole, and does it run here?"""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console

SUMMARY = "check every byte of a bundle, and that it gives the same verdict twice on this PC"
EXAMPLE = "surfedge verify leather.surfedge"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", help="a .surfedge file")
    parser.add_argument("--device", default="AUTO", help="CPU, GPU or AUTO")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Verify, run twice on a fixed picture, compare; returns the exit code."""
    import numpy as np

    from surfedge.bundle import Bundle
    from surfedge.cli import DONE
    from surfedge.detector import Detector
    from surfedge.errors import BundleError
    from surfedge.kernels import active_isa

    bundle = Bundle.read(arguments.bundle)
    detector = Detector(bundle, device=arguments.device)
    picture = np.random.default_rng(0).integers(0, 256, (256, 256), np.uint8)
    judge = detector.with_plausibility("note")  # noise is none of the images that the bundle speaks of
    first, second = judge(picture), judge(picture)
    if not np.isfinite(first.score) or first.score != second.score:
        raise BundleError(
            arguments.bundle,
            found=f"scores {first.score} and {second.score} for one image",
            expected="the same finite score",
            remedy="report it with the identity",
        )
    console.line(f"{arguments.bundle}: whole and runs here (method {bundle.method}, instruction set {active_isa()})")
    console.line(f"identity {bundle.identity}")
    engine = getattr(detector.method, "engine", None)
    if engine is not None:
        console.line(_precision(engine.options.precision, engine.computes_in))
    console.result(
        {
            "bundle": arguments.bundle,
            "identity": bundle.identity,
            "whole": True,
            "score": first.score,
            "precision": engine and engine.computes_in,
        }
    )
    return DONE


def _precision(asked: str, found: str) -> str:
    """What the network computes in, and what follows when this PC cannot do what the bundle was calibrated for."""
    if asked == found:
        return f"precision {found}"
    return (
        f"precision {found}: this PC has no {asked}, which the threshold was found in; scores differ by about what "
        "the certificate says (surfedge info), so calibrate again here or make the bundle in f32"
    )
