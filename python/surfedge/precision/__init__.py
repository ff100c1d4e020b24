"""The same bundle in bf16 or int8, certified against itself in f32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.precision.agreement import Differences, certification_frames, differences
    from surfedge.precision.convert import LIMITS, Limits, held_out_of, in_precision
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "agreement": ("Differences", "certification_frames", "differences"),
            "convert": ("LIMITS", "Limits", "held_out_of", "in_precision"),
        },
    )

BUNDLE_PRECISIONS = ("f32", "bf16", "int8")  # that bundles are made in
