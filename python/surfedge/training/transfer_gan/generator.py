"""G: structure and texture to an image; structure 0 is a good surface.

As T. Park et al., "Swapping autoencoder for deep image manipulation", 2020, appendix B, each convolution modulated by
the texture. Since a structure of 0 has no places, a learned map (StyleGAN2's constant input) and noise stand beside it:
without them a good surface could only be an even grey.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from surfedge.training.transfer_gan.layers import Modulated, Styled
from surfedge.training.transfer_gan.settings import Network

PLACES = 8  # channels of the learned map


class Generator(nn.Module):
    """Two residual blocks at the code's size, then one for each doubling: W, W, W / 2, W / 4 ... channels."""

    def __init__(self, settings: Network) -> None:
        super().__init__()
        wide, code, m = settings.width << settings.downs, settings.texture, settings.map_px
        # A code of length 1 has entries of 1 / sqrt(n); layers expect entries of about 1.
        self.code_scale = math.sqrt(code)
        self.places = nn.Parameter(torch.randn(1, PLACES, m, m))
        self.first = Modulated(settings.structure + PLACES, wide, 1, code)
        widths = [wide, wide, *(wide >> max(0, k - 1) for k in range(settings.downs))]
        before = [wide, *widths[:-1]]
        self.blocks = nn.ModuleList(
            Styled(a, b, code, double=number >= 2) for number, (a, b) in enumerate(zip(before, widths, strict=True))
        )
        self.last = Modulated(widths[-1], settings.channels, 1, code, demodulate=False)
        self.map_px, self.structure_scale = m, math.sqrt(settings.structure)

    def forward(self, structure: Tensor, texture: Tensor, noise: list[Tensor]) -> Tensor:
        """z_s, z_t and noise as `noise_shapes` says to images in about [-1, 1]."""
        code = texture * self.code_scale
        places = self.places.expand(len(structure), -1, -1, -1)
        x = self.first(torch.cat([structure * self.structure_scale, places], dim=1), code)
        for block, drawn in zip(self.blocks, noise, strict=True):
            x = block(x, code, drawn)
        image: Tensor = self.last(x, code)
        return image

    def noise_shapes(self, count: int) -> list[tuple[int, int, int, int]]:
        """Shapes of the noise that `count` images need, standard normal."""
        sides = [self.map_px, self.map_px, *(self.map_px << (k + 1) for k in range(len(self.blocks) - 2))]
        return [(count, 2, side, side) for side in sides]
