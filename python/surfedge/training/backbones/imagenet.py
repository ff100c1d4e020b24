"""How images are normalised for weights that were trained on ImageNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


class ImageNetNormalisation(nn.Module):
    """(x - mean) / std of each channel, RGB (N, 3, h, w) in [0, 1]; part of the exported graph."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The images as the weights want them."""
        return (x - self.mean) / self.deviation
