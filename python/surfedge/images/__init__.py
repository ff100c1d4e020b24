"""Images read, checked before any decoder sees a byte, and converted to what methods take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.images.arrays import DEPTH_NOTE, check_options
    from surfedge.images.content import content_of
    from surfedge.images.frame import (
        Frame,
        check,
        cropped,
        from_array,
        read,
        resized,
        to_grey_f32,
        to_grey_u8,
        to_picture,
        to_rgb_f32,
        to_rgb_u8,
    )
    from surfedge.images.headers.tiff_pages import PAGES_NOTE, pages_left
    from surfedge.images.pages import count_pages
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "arrays": ("DEPTH_NOTE", "check_options"),
            "content": ("content_of",),
            "frame": (
                "Frame",
                "check",
                "cropped",
                "from_array",
                "read",
                "resized",
                "to_grey_f32",
                "to_grey_u8",
                "to_picture",
                "to_rgb_f32",
                "to_rgb_u8",
            ),
            "headers.tiff_pages": ("PAGES_NOTE", "pages_left"),
            "pages": ("count_pages",),
        },
    )
