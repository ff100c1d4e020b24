"""Loaded into a worker by ``--preload``: makes it slow, of another release, or unable to survive one image."""

from __future__ import annotations

import os
import time
from typing import Any

import surfedge.version
from surfedge.scoring.cluster import batches, environment

if version := os.environ.get("ODD_VERSION"):
    surfedge.version.__version__ = environment.__version__ = version

inspected = getattr(batches._inspected, "of", batches._inspected)


def odd(detect: Any, item: Any, stamp: Any) -> Any:
    """The inspection, with what is wrong with this worker."""
    time.sleep(float(os.environ.get("ODD_DELAY_S", "0")))
    if item.path.name == os.environ.get("ODD_DEADLY"):
        os._exit(9)
    return inspected(detect, item, stamp)


odd.of = inspected  # type: ignore[attr-defined]  # loaded a second time, it does not wrap itself
batches._inspected = odd
