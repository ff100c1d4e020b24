"""Fuzzing of the image reader: python fuzz/images.py -max_total_time=60 (needs the extra ``fuzz``).

Anything but a Frame or an ImageError, and more than five seconds, is a finding.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["surfedge.images", "surfedge.images.headers", "surfedge.images.arrays"]):
    from surfedge.errors import ImageError
    from surfedge.images import read

PLACE = Path(tempfile.mkdtemp(prefix="surfedge-fuzz-")) / "picture.png"
PIXEL_LIMIT = 1 << 22


def one_input(data: bytes) -> None:
    """Read `data` as an image."""
    PLACE.write_bytes(data)
    try:
        frame = read(PLACE, pixel_limit=PIXEL_LIMIT)
    except ImageError:
        return
    assert frame.pixels.size <= 3 * PIXEL_LIMIT


if __name__ == "__main__":
    import cv2
    import numpy as np

    corpus = Path(tempfile.mkdtemp(prefix="surfedge-corpus-"))
    rng = np.random.default_rng(0)
    for suffix in (".png", ".jpg", ".bmp", ".tiff", ".webp"):
        for number, shape in enumerate(((9, 7), (8, 6, 3))):
            (corpus / f"{number}{suffix}").write_bytes(
                cv2.imencode(suffix, rng.integers(0, 256, shape, np.uint8))[1].tobytes()
            )
    given = sys.argv[1:]  # a file among them is tried alone: a finding once more
    inputs = [] if any(Path(word).is_file() for word in given) else [str(corpus)]
    atheris.Setup([sys.argv[0], "-timeout=5", "-max_len=4096", *given, *inputs], one_input)
    atheris.Fuzz()
