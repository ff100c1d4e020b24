"""The table of what a screen costs, for the verbs that are given labelled images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.evaluation import ScreenCost


def show_screen_cost(bundle: Bundle, folder: str, console: Console, device: str = "CPU") -> dict[str, Any]:
    """Measures on the labelled images of `folder` and prints; the same as plain values, for JSON."""
    from surfedge.datasets import labelled_images
    from surfedge.evaluation import measure_screen_cost

    cost = measure_screen_cost(bundle, labelled_images(folder), device=device, progress=console.progress)
    for path, reason in cost.skipped:
        console.line(f"skipped {path}: {reason}")
    return print_screen_cost(cost, console)


def print_screen_cost(cost: ScreenCost, console: Console) -> dict[str, Any]:
    """Prints; the same as plain values, for JSON."""
    from surfedge.metrics import figures_of

    titles = {figure.name: figure.title for figure in figures_of()}
    pairs = {**cost.figures, "median_milliseconds": cost.milliseconds}
    rows = [
        (titles.get(name, "milliseconds an image"), f"{on:.3f}", f"{off:.3f}", f"{on - off:+.3f}")
        for name, (on, off) in pairs.items()
    ]
    console.table(("metric", "with screen", "without", "difference"), rows)
    faster = cost.milliseconds[1] / cost.milliseconds[0]
    console.line(
        f"on {cost.images} labelled images the screen keeps {cost.skipped_good:.1%} of the area of good ones from the "
        f"network, {cost.skipped_defective:.1%} of defective ones: {faster:.1f} times as fast"
    )
    return {
        "skipped_share": cost.skipped_share,
        "skipped_good": cost.skipped_good,
        "skipped_defective": cost.skipped_defective,
        **{name: {"on": on, "off": off} for name, (on, off) in pairs.items()},
    }
