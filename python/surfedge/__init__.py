"""surfedge: surface inspection that trains wherever torch runs and inspects on a modest PC beside the line.

>>> from surfedge import Detector
>>> import numpy as np
>>> plate = np.random.default_rng(0).integers(120, 130, (64, 64), np.uint8)
>>> Detector()(plate).is_defective
False
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from surfedge.registry import MovedModules, lazy_exports
from surfedge.version import __version__ as __version__

if TYPE_CHECKING:
    from surfedge.bundle.bundle import Bundle
    from surfedge.detector.detector import Detector
    from surfedge.errors import SurfedgeError
    from surfedge.result import Region, Result
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "bundle": ("Bundle",),
            "detector": ("Detector",),
            "errors": ("SurfedgeError",),
            "result": ("Region", "Result"),
        },
    )

# Imports that the documentation of 0.1 showed, by the place where they are now.
MOVED = {
    "surfedge.networked": "surfedge.methods.networked",
    "surfedge.pattern.strip": "surfedge.strips.pattern_stream",
    "surfedge.preparation": "surfedge.detector.preparation",
    "surfedge.presets": "surfedge.detector.presets",
    "surfedge.records": "surfedge.bundle.serialization",
    "surfedge.report.evaluation": "surfedge.evaluation.evaluation",
    "surfedge.report.svg": "surfedge.drawing.svg",
    "surfedge.runtime": "surfedge.engine.openvino",
    "surfedge.screening": "surfedge.calibration.screen",
    "surfedge.tiling": "surfedge.engine.tiling",
    "surfedge.tuning": "surfedge.detector.tuning",
}
if not any(isinstance(finder, MovedModules) for finder in sys.meta_path):
    sys.meta_path.append(MovedModules(MOVED))
