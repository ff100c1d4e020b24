"""Features of images: by a ResNet-18 from its weights, or by a bundle's network, which needs no torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.progress import Progress

SUFFIX = ".surfedge"

Images = list[np.ndarray]


def features_by(
    source: str, parts: tuple[list[np.ndarray], ...], progress: Progress
) -> tuple[list[Any], dict[str, Any]]:
    """float32 (N, D) of each part's images, uint8 (s, s, 3), and what they are of: name, source, sha256, licence.

    source : a bundle with features, or weights as surfedge.training.backbones.weights takes them.
    """
    take, origin = _of_bundle(source) if source.endswith(SUFFIX) else _of_weights(source, progress)
    total, before, taken = sum(map(len, parts)), 0, []
    for images in parts:
        rows = []
        for number, image in enumerate(images):
            progress(before + number, total, "features")
            rows.append(take(image))
        taken.append(np.stack(rows))
        before += len(images)
    return taken, origin


def _of_weights(source: str, progress: Progress) -> tuple[Any, dict[str, Any]]:
    from surfedge.training import require_torch

    require_torch()
    from surfedge.training.backbones.pooled import NAME, PooledFeatures

    network = PooledFeatures(source, progress=progress)
    return (lambda image: network([image])[0]), {"name": NAME, **network.origin}


def _of_bundle(source: str) -> tuple[Any, dict[str, Any]]:
    from surfedge.bundle import Bundle
    from surfedge.detector import Detector
    from surfedge.images import from_array
    from surfedge.methods import FeatureNetwork

    bundle = Bundle.read(source)
    method = Detector(bundle, device="CPU").method
    if not isinstance(method, FeatureNetwork):
        raise ArgumentError(
            "--weights",
            found=f"{source}, a bundle of the method {bundle.method}",
            expected="one whose network gives features",
            remedy="train one with the recipe feature-memory, or give weights",
        )
    licence = bundle.provenance.get("weights", {}).get("licence", "not stated")
    name = f"features of the bundle {bundle.identity[:12]}, mean over places"
    origin = {"name": name, "source": source, "sha256": bundle.identity, "licence": licence}
    return (lambda image: method.features(from_array(image)).mean(axis=(0, 1))), origin
