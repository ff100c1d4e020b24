"""D says whether an image is real, D_patch whether a patch is of the same surface as others, C which class an image
shows.

D: StyleGAN2's, T. Karras et al., 2020. D_patch: T. Park et al., "Swapping autoencoder", 2020, section 3.2 and appendix
B.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.training.backbones.resnet18 import ResNet18
from surfedge.training.transfer_gan.layers import TINY, Convolution, Dense, Down, activated
from surfedge.training.transfer_gan.settings import Network

LAST_PX = 4
MOST_WIDER = 16  # channels grow to this multiple of the first


class Discriminator(nn.Module):
    """Residual blocks to 4 x 4, the deviation over the mini-batch as one more channel, one number."""

    def __init__(self, settings: Network) -> None:
        super().__init__()
        self.body, wide = _body(settings.channels, settings.width, settings.input_px)
        self.last = Convolution(wide + 1, wide)
        self.dense, self.judge = Dense(wide * LAST_PX**2, wide), Dense(wide, 1)

    def forward(self, x: Tensor, group: int) -> Tensor:
        """Logits (N,) of images (N, C, s, s); the deviation is taken over `group` images that follow one another."""
        y = self.body(x)
        n, _, h, w = y.shape
        spread = torch.sqrt(y.reshape(n // group, group, -1).var(dim=1, correction=0) + TINY).mean(dim=1)
        spread = spread.repeat_interleave(group).view(n, 1, 1, 1).expand(n, 1, h, w)
        y = activated(self.last(torch.cat([y, spread], dim=1)))
        logits: Tensor = self.judge(activated(self.dense(y.flatten(1))))[:, 0]
        return logits


class PatchDiscriminator(nn.Module):
    """Features of a candidate and the mean features of references, concatenated; dense layers; one number."""

    def __init__(self, settings: Network) -> None:
        super().__init__()
        self.patch_px = max(2 * LAST_PX, settings.input_px // 4)
        self.body, wide = _body(settings.channels, settings.width, self.patch_px)
        self.features = wide * LAST_PX**2
        widths = (2 * self.features, settings.dense, settings.dense, max(1, settings.dense // 2))
        self.dense = nn.ModuleList(Dense(a, b) for a, b in pairwise(widths))
        self.judge = Dense(widths[-1], 1)

    def of(self, patches: Tensor) -> Tensor:
        """Features (N, P, F) of patches (N, P, C, p, p)."""
        return self.body(patches.flatten(0, 1)).flatten(1).view(*patches.shape[:2], self.features)

    def forward(self, candidates: Tensor, references: Tensor) -> Tensor:
        """Logits (N, P): for each candidate's features (N, P, F) whether it is of the surface of `references`."""
        y = torch.cat([candidates, references.mean(dim=1, keepdim=True).expand_as(candidates)], dim=2).flatten(0, 1)
        for layer in self.dense:
            y = activated(layer(y))
        return self.judge(y).view(candidates.shape[:2])


class Classifier(nn.Module):
    """ResNet-18 to layer3, mean over the places, one dense layer; learns from real images alone. good : the last."""

    def __init__(self, settings: Network, classes: int) -> None:
        super().__init__()
        self.body = ResNet18(settings.classifier)
        self.head = nn.Linear(4 * settings.classifier, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = self.head(self.body(x.expand(-1, 3, -1, -1))[2].mean(dim=(2, 3)))
        return logits


def crops(images: Tensor, count: int, side_px: int, generator: torch.Generator) -> Tensor:
    """`count` squares of each image, a quarter to an eighth of its side, resized: (N, count, C, side_px, side_px)."""
    n = len(images)
    share = 0.125 + 0.125 * torch.rand(n * count, generator=generator)
    centre = (2 * torch.rand(n * count, 2, generator=generator) - 1) * (1 - share)[:, None]
    theta = torch.zeros(n * count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = share
    theta[:, :, 2] = centre
    size = [n * count, images.shape[1], side_px, side_px]
    grid = functional.affine_grid(theta.to(images.device), size, align_corners=False)
    cut = functional.grid_sample(
        images.repeat_interleave(count, dim=0), grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return cut.view(n, count, *size[1:])


def _body(channels: int, width: int, side_px: int) -> tuple[nn.Sequential, int]:
    """1 x 1, then halvings to 4 x 4; and its channels."""
    layers: list[nn.Module] = [Convolution(channels, width, 1), nn.LeakyReLU(0.2)]
    now, most = width, MOST_WIDER * width
    while side_px > LAST_PX:
        layers.append(Down(now, min(2 * now, most)))
        now, side_px = min(2 * now, most), side_px // 2
    return nn.Sequential(*layers), now
