"""E: an image to its structure (the defect, spatial) and its texture (the surface, one vector).

The swapping autoencoder of T. Park et al., 2020, appendix B, with the codes of R. Wang et al., "Defect transfer GAN",
2022.
"""

from __future__ import annotations

from torch import Tensor, nn

from surfedge.training.transfer_gan.layers import Convolution, Dense, Down, activated, unit_length
from surfedge.training.transfer_gan.settings import Network


class CodeEncoder(nn.Module):
    """Trunk of residual blocks, and a head for each code."""

    def __init__(self, settings: Network) -> None:
        super().__init__()
        b, last = settings.width, settings.width << settings.downs
        self.stem = Convolution(settings.channels, b, 1)
        self.trunk = nn.Sequential(*(Down(b << k, b << (k + 1)) for k in range(settings.downs)))
        self.structure = nn.ModuleList([Convolution(last, last, 1), Convolution(last, settings.structure, 1)])
        self.texture = nn.ModuleList(
            [
                Convolution(last, 2 * last, 3, stride=2, padding=0),
                Convolution(2 * last, 4 * last, 3, stride=2, padding=0),
                Dense(4 * last, settings.texture),
            ]
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (N, C, s, s) in [-1, 1] to z_s (N, structure, m, m) and z_t (N, texture), each place of length 1."""
        features = self.trunk(activated(self.stem(x)))
        structure = self.structure[1](activated(self.structure[0](features)))
        texture = activated(self.texture[1](activated(self.texture[0](features)))).mean(dim=(2, 3))
        return unit_length(structure), unit_length(self.texture[2](texture))
