"""Reading what may be damaged: whole or refused with a reason, and quickly."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import numpy as np

from images.pictures import all_pictures
from in_place import written
from surfedge.errors import ImageError
from surfedge.images import Frame, read

HUNG_S = 120
PICTURES = all_pictures()
NAMES = sorted(PICTURES)


def read_or_refuse(path: Path, data: bytes) -> Frame | ImageError:
    """The frame or the refusal; any other exception, or more than 5 s, fails the test."""
    written(path, data)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, HUNG_S)
    start = time.process_time()
    outcome: Frame | ImageError
    try:
        outcome = read(path, pixel_limit=1 << 22)
    except ImageError as error:
        outcome = error
    assert time.process_time() - start < 5
    assert isinstance(outcome, Frame) or (outcome.found and "\n" not in str(outcome))
    return outcome


def same_pixels(frame: Frame | ImageError, name: str) -> bool:
    expected = PICTURES[name]
    if not isinstance(frame, Frame) or frame.pixels.shape != expected.pixels.shape:
        return False
    return bool(np.abs(frame.pixels.astype(float) - expected.pixels.astype(float)).max() <= expected.tolerance)


def resized(data: bytes, offset: int, size: bytes) -> bytes:
    return data[:offset] + size + data[offset + len(size) :]
