"""One vector of features an image: layer3 of a frozen ResNet-18, the mean over its places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from surfedge.progress import Progress, silent
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.resnet18 import WIDTH, FrozenResNet18
from surfedge.training.backbones.weights import WeightsSource

NAME = "ResNet-18 layer3, mean over places"
LEAST_PX = 32


class PooledFeatures:
    """Vectors of 4 x width numbers. origin : where the weights come from, with their licence and SHA-256."""

    def __init__(self, weights: str, *, width: int = WIDTH, seed: int = 0, progress: Progress = silent) -> None:
        """weights : as WeightsSource takes them; "random" for those that `seed` draws, in tests."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._network = FrozenResNet18(width)
        if weights != "random":
            self._network.take(*WeightsSource(weights).read("ResNet18_Weights", progress))
        self._normalise = ImageNetNormalisation()

    @property
    def origin(self) -> dict[str, Any]:
        """source, sha256, licence."""
        return self._network.origin

    @torch.no_grad()
    def __call__(self, images: Iterable[np.ndarray]) -> np.ndarray:
        """float32 (N, D) of images uint8 (h, w) or (h, w, 3) in R, G, B order, one at a time."""
        rows = []
        for image in images:
            pixels = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
            x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels, -1, 0), np.float32) / 255.0)[None]
            rows.append(self._network(self._normalise(x))[2].mean(dim=(2, 3))[0].numpy())
        return np.stack(rows)
