"""The table of what a screen costs, for the verbs that are given labelled images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.bundle import Bundle


def show_screen_cost(bundle: Bundle, folder: str, console: Console, device: str = "CPU") -> dict[str, Any]:
    """Measures on the labelled images of `folder` and prints; the same as plain values, for JSON."""
    from surfedge.datasets import labelled_images
    from surfedge.evaluation.screen_cost import screen_cost

    cost = screen_cost(bundle, labelled_images(folder), device=device, progress=console.progress)
    rows = [
        (name.replace("_", " "), f"{on:.3f}", f"{off:.3f}", f"{on - off:+.3f}")
        for name, (on, off) in cost.figures.items()
    ]
    console.table(("figure", "with screen", "without", "difference"), rows)
    console.line(
        f"on {cost.images} labelled images the screen keeps {cost.skipped_good:.1%} of the area of good ones from the "
        f"network, {cost.skipped_defective:.1%} of defective ones"
    )
    return {
        "skipped_good": cost.skipped_good,
        "skipped_defective": cost.skipped_defective,
        **{name: {"on": on, "off": off} for name, (on, off) in cost.figures.items()},
    }
