"""The residual autoencoder: residual blocks down to a latent map of 6 x 6 x 32 and back.

After the thesis on autoencoder features for steel defects with few labels (2024), section 4.2; blocks after K. He,
X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016: y = F(x) + x. Without batch
normalisation: the last layer of each F begins at 0, so that each block begins as its shortcut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from surfedge.training.families.reconstruction import ReconstructionNetwork
from surfedge.training.initialisation import LEAK, initialise, linear
from surfedge.training.networks.bergmann import check_sizes

REDUCTION = 32  # five halvings: 192 px to 6
GROWTH = (1, 2, 2, 4, 4)


@dataclass(frozen=True)
class Residual:
    """latent : channels of the latent map, input_px / 32 on each side. width : channels of the first block.

    channels : 1 for grey, 3 for colour. input_px : side of a tile, a multiple of 32.
    """

    family: ClassVar[str] = "reconstruction"
    latent: int = 32
    width: int = 32
    channels: int = 1
    input_px: int = 192

    def __post_init__(self) -> None:
        check_sizes("residual", self.latent, self.width, self.channels, self.input_px, REDUCTION)

    def build(self) -> ReconstructionNetwork:
        """The network with He initialisation from torch's random generator."""
        return ResidualNetwork(self)


class ResidualNetwork(ReconstructionNetwork):
    """Five halving blocks, the latent map, five doubling blocks."""

    def __init__(self, settings: Residual) -> None:
        super().__init__(settings.channels, settings.input_px)
        sizes = [settings.width * factor for factor in GROWTH]
        down = zip([settings.channels, *sizes], sizes, strict=False)
        up = zip(sizes[::-1], [*sizes[-2::-1], settings.width], strict=True)
        self.encoder = nn.Sequential(
            *(_Block(a, b, halve=True) for a, b in down), linear(nn.Conv2d(sizes[-1], settings.latent, 1))
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(settings.latent, sizes[-1], 1),
            nn.LeakyReLU(LEAK),
            *(_Block(a, b, halve=False) for a, b in up),
            linear(nn.Conv2d(settings.width, settings.channels, 3, padding=1)),
            nn.Sigmoid(),
        )
        initialise(self)
        for block in self.modules():
            if isinstance(block, _Block):
                nn.init.zeros_(block.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruction of tiles (N, C, h, w) in [0, 1]."""
        y: Tensor = self.decoder(self.encoder(x))
        return y


class _Block(nn.Module):
    """y = F(x) + x at half or at twice the resolution; the shortcut is a 1 x 1 convolution."""

    def __init__(self, before: int, after: int, *, halve: bool) -> None:
        super().__init__()
        self.resize: nn.Module = nn.AvgPool2d(2) if halve else nn.Upsample(scale_factor=2, mode="nearest")
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = linear(nn.Conv2d(before, after, 1))
        self.rectify = nn.LeakyReLU(LEAK)

    def forward(self, x: Tensor) -> Tensor:
        x = self.resize(x)
        y: Tensor = self.rectify(self.second(self.rectify(self.first(x))) + self.shortcut(x))
        return y
