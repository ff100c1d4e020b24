"""Perlin anomalies: foreign textures under masks of gradient noise, for any network that learns from defects.

>>> import numpy as np
>>> from surfedge.synthesis.perlin import perlin_anomaly
>>> good = np.full((64, 64, 3), 90, np.uint8)
>>> clean, anomalous, mask = perlin_anomaly(good, np.random.default_rng(0), textures=None, probability=1.0)
>>> anomalous.shape, bool(mask.any())
((64, 64, 3), True)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.synthesis.perlin.anomaly import PerlinAnomaly, draw_anomaly, perlin_anomaly
    from surfedge.synthesis.perlin.features import feature_noise
    from surfedge.synthesis.perlin.noise import gradient_noise, perlin_mask
    from surfedge.synthesis.perlin.texture_augmentation import augmented
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "anomaly": ("PerlinAnomaly", "draw_anomaly", "perlin_anomaly"),
            "features": ("feature_noise",),
            "noise": ("gradient_noise", "perlin_mask"),
            "texture_augmentation": ("augmented",),
        },
    )
