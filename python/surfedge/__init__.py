"""surfedge: surface inspection that trains wherever torch runs and inspects on a modest PC beside the line.

>>> from surfedge import Detector
>>> import numpy as np
>>> Detector()(np.full((64, 64), 128, np.uint8)).is_defective
False
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from surfedge.version import __version__

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.detector import Detector
    from surfedge.errors import SurfedgeError
    from surfedge.result import Region, Result

__all__ = ["Bundle", "Detector", "Region", "Result", "SurfedgeError", "__version__"]

_HOMES = {
    "Bundle": "surfedge.bundle",
    "Detector": "surfedge.detector",
    "Region": "surfedge.result",
    "Result": "surfedge.result",
    "SurfedgeError": "surfedge.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'surfedge' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
