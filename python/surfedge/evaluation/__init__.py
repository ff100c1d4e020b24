"""A detector over labelled images: its metrics, the page that shows them, what a screen costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.evaluation.evaluation import PARTLY, Evaluated, evaluate, headline
    from surfedge.evaluation.judging import Judged, Judging, Tally
    from surfedge.evaluation.screen_cost import ScreenCost, measure_screen_cost
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "evaluation": ("PARTLY", "Evaluated", "evaluate", "headline"),
            "judging": ("Judged", "Judging", "Tally"),
            "screen_cost": ("ScreenCost", "measure_screen_cost"),
        },
    )
