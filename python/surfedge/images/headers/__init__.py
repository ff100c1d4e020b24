"""Image file headers, read before any decoder sees a byte: one file per format, chosen by content.

A format says how large the image will be (so that a bomb is refused from its header) and whether the file
is structurally whole (so that a truncated or overwritten file is refused, never scored). Adding a format is
one file with a `FORMAT`, one line in `FORMATS`, one test.
"""

from __future__ import annotations

FORMATS = {
    "png": "surfedge.images.headers.png:FORMAT",
    "jpeg": "surfedge.images.headers.jpeg:FORMAT",
    "bmp": "surfedge.images.headers.bmp:FORMAT",
    "tiff": "surfedge.images.headers.tiff:FORMAT",
    "webp": "surfedge.images.headers.webp:FORMAT",
}
