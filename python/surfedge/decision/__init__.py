"""From the raw map to score, mask, regions and verdict: one definition for every method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.decision.decision import Decision
    from surfedge.decision.judgement import Judgement
    from surfedge.decision.promise import Promise, promise_of
    from surfedge.decision.raw_map import RawMap
    from surfedge.decision.upsampling import marked_fraction
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "decision": ("Decision",),
            "judgement": ("Judgement",),
            "promise": ("Promise", "promise_of"),
            "raw_map": ("RawMap",),
            "upsampling": ("marked_fraction",),
        },
    )

IMAGE_SCORES = ("quantile", "mean", "opened")
NORMALISATIONS = ("none", "good", "median", "robust")
