"""How a calibration ends: the screen, the labelled threshold, what is said of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.cli.console import Console


def noted(bundle: Bundle, added: int) -> Bundle:
    """The bundle, saying how many good images --also-good gave."""
    from dataclasses import replace

    return replace(bundle, calibration={**bundle.calibration, "also_good": added}) if added else bundle


def completed(
    bundle: Bundle, paths: Sequence[Path], share: float, arguments: argparse.Namespace, console: Console
) -> Bundle:
    """The bundle with the screen, the names of regions and the labelled threshold that were asked for."""
    if share:
        from surfedge.calibration import with_screen

        bundle = with_screen(bundle, paths, share, arguments.screen_method, console.progress)
    if arguments.classes:
        from surfedge.calibration import with_region_kinds
        from surfedge.datasets import marked_set

        kinds = marked_set(arguments.classes, arguments.good_names)
        console.data("classes", kinds.understood)
        bundle = with_region_kinds(bundle, kinds.images, console.progress, tell=console.line)
        console.line(f"regions are named {', '.join(bundle.settings['kind_names'])}, or unknown")
    if arguments.labelled:
        from surfedge.calibration import with_labelled_threshold
        from surfedge.datasets import labelled_set

        labelled = labelled_set(arguments.labelled, arguments.good_names)
        console.data("labelled", labelled.understood)
        bundle = with_labelled_threshold(
            bundle,
            labelled.samples,
            arguments.labelled_rule,
            console.progress,
            share=arguments.labelled_share,
            tell=console.line,
        )
    return bundle


def say_screen(bundle: Bundle, share: float, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """What the screen skips, and with labelled images what that costs."""
    if not arguments.labelled:
        console.line(f"screen: {share:.1%} of good tiles skip the network; surfedge evaluate says what that costs")
        return {}
    from surfedge.cli.tables.screen_cost import show_screen_cost

    console.line(f"screen: {share:.1%} of good tiles skip the network, which costs")
    return {"screen": show_screen_cost(bundle, arguments.labelled, console)}


def say_learned(bundle: Bundle, out: Path, promise: str, console: Console) -> None:
    """What was learned from which images, the threshold, and what it promises."""
    from surfedge.calibration import BUDGETS, in_words

    known = bundle.calibration
    added, marked = known.get("also_good", 0), known.get("marked_images", 0)
    images = f"{known['good_images']} good images" + (f", {added:,} of them in addition" if added else "")
    images += f", and {marked} of marked defects" if marked else ""
    threshold = bundle.decision["threshold"]
    console.line(f"{out}: {bundle.method} learned from {images}, threshold {threshold:.4g} by {known['rule']}")
    if "promise" in known:
        console.line(promise)
    if "drawn_found" in known:
        console.line(in_words(known, BUDGETS))
    if "labelled_f1" in known:
        console.line(
            f"chosen on {known['labelled_images']} labelled images; "
            f"image F1 {known['labelled_f1']:.3f} on the other {known['labelled_others']}"
        )
