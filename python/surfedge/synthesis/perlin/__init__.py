"""Perlin anomalies: foreign textures under masks of gradient noise, for any network that learns from defects.

>>> import numpy as np
>>> from surfedge.synthesis.perlin import perlin_anomaly
>>> good = np.full((64, 64, 3), 90, np.uint8)
>>> clean, anomalous, mask = perlin_anomaly(good, np.random.default_rng(0), textures=None, probability=1.0)
>>> anomalous.shape, bool(mask.any())
((64, 64, 3), True)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.synthesis.perlin.anomaly import PerlinAnomaly as PerlinAnomaly
    from surfedge.synthesis.perlin.anomaly import draw_anomaly as draw_anomaly
    from surfedge.synthesis.perlin.anomaly import perlin_anomaly as perlin_anomaly
    from surfedge.synthesis.perlin.features import feature_noise as feature_noise
    from surfedge.synthesis.perlin.noise import gradient_noise as gradient_noise
    from surfedge.synthesis.perlin.noise import perlin_mask as perlin_mask

_LAZY = {
    "PerlinAnomaly": "surfedge.synthesis.perlin.anomaly",
    "draw_anomaly": "surfedge.synthesis.perlin.anomaly",
    "perlin_anomaly": "surfedge.synthesis.perlin.anomaly",
    "feature_noise": "surfedge.synthesis.perlin.features",
    "gradient_noise": "surfedge.synthesis.perlin.noise",
    "perlin_mask": "surfedge.synthesis.perlin.noise",
}

__all__ = [*_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
