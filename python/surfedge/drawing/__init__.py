"""Pixels and SVG without policy: overlays, lettering, charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.drawing.heat import LEVEL_MAX, heat_colours
    from surfedge.drawing.lettering import write_text
    from surfedge.drawing.overlay import draw_image, draw_map, draw_overlay
    from surfedge.drawing.svg import AMBER, BLUE, DEFECT, FRAME, GOOD, INK, SOFT, SVG_FONT, Chart, nice_ticks, svg_text
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "heat": ("LEVEL_MAX", "heat_colours"),
            "lettering": ("write_text",),
            "overlay": ("draw_image", "draw_map", "draw_overlay"),
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
