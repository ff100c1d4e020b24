"""Pixels and SVG without policy: overlays, lettering, charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.drawing.lettering import write_text
    from surfedge.drawing.overlay import LEVEL_MAX, draw_image, draw_map, draw_overlay, heat_colours
    from surfedge.drawing.svg import AMBER, BLUE, DEFECT, FRAME, GOOD, INK, SOFT, SVG_FONT, Chart, nice_ticks, svg_text
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "lettering": ("write_text",),
            "overlay": ("LEVEL_MAX", "draw_image", "draw_map", "draw_overlay", "heat_colours"),
            "svg": (
                "AMBER",
                "BLUE",
                "Chart",
                "DEFECT",
                "FRAME",
                "GOOD",
                "INK",
                "SOFT",
                "SVG_FONT",
                "nice_ticks",
                "svg_text",
            ),
        },
    )
