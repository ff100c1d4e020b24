"""The AlexNet autoencoder: AlexNet's convolutions and pools, one dense layer of 2048, and their inverse.

After the report "Anomaly Detection using Self-supervised Convolutional Autoencoder" (COMP 4211): each convolution and
each pool is undone by a transposed convolution; at one decoder stage the activations may be averaged with the
encoder's (stage 1 stands nearest to the bottleneck). AlexNet: A. Krizhevsky, I. Sutskever, G. E. Hinton, 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from surfedge.errors import ArgumentError
from surfedge.training.families.reconstruction import ReconstructionNetwork
from surfedge.training.initialisation import initialise, linear
from surfedge.training.networks.bergmann import check_sizes

STAGES = 5


@dataclass(frozen=True)
class AlexNet:
    """latent : neurons of the dense bottleneck. width : channels of the first layer (96), the others in proportion.

    skip_stage : decoder stage, 1 to 5, at which the encoder's activations are averaged in; 0 for none. channels : 1 for
    grey, 3 for colour. input_px : side of the input, 67, 99, ... 227 (32 n + 3).
    """

    family: ClassVar[str] = "reconstruction"
    latent: int = 2048
    width: int = 96
    skip_stage: int = 0
    channels: int = 1
    input_px: int = 227

    def __post_init__(self) -> None:
        check_sizes("alexnet", self.latent, self.width, self.channels, 32, 32)
        if self.input_px < 67 or (self.input_px - 3) % 32:
            raise ArgumentError("alexnet.input_px", found=self.input_px, expected="67, 99, 131, ... 227 (32 n + 3)")
        if not 0 <= self.skip_stage <= STAGES:
            raise ArgumentError("alexnet.skip_stage", found=self.skip_stage, expected="0 (none) to 5")

    def build(self) -> ReconstructionNetwork:
        """The network with He initialisation from torch's random generator."""
        return AlexNetwork(self)


class AlexNetwork(ReconstructionNetwork):
    """Five convolutions with three pools, a dense bottleneck, and the inverse of each."""

    def __init__(self, settings: AlexNet) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.skip_stage = settings.skip_stage
        a, b, c = settings.width, settings.width * 8 // 3, settings.width * 4
        side = (settings.input_px - 3) // 32 - 1
        self.pool, self.rectify = nn.MaxPool2d(3, 2), nn.ReLU()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv2d(settings.channels, a, 11, 4),
                nn.Conv2d(a, b, 5, padding=2),
                nn.Conv2d(b, c, 3, padding=1),
                nn.Conv2d(c, c, 3, padding=1),
                nn.Conv2d(c, b, 3, padding=1),
            ]
        )
        self.bottleneck = nn.Linear(b * side * side, settings.latent)
        self.spread = nn.Linear(settings.latent, b * side * side)
        self.latent_shape = (b, side, side)
        # Stage k ends where convolution 6 - k ended: stages 1, 4 and 5 undo a pool, 2 to 5 a convolution as well.
        self.stages = nn.ModuleList(
            [
                nn.ConvTranspose2d(b, b, 3, 2),
                nn.ConvTranspose2d(b, c, 3, padding=1),
                nn.ConvTranspose2d(c, c, 3, padding=1),
                nn.Sequential(nn.ConvTranspose2d(c, b, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(b, b, 3, 2)),
                nn.Sequential(nn.ConvTranspose2d(b, a, 5, padding=2), nn.ReLU(), nn.ConvTranspose2d(a, a, 3, 2)),
            ]
        )
        self.last = linear(nn.ConvTranspose2d(a, settings.channels, 11, 4))
        self.squash = nn.Sigmoid()
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruction of images (N, C, h, w) in [0, 1]."""
        passed = []
        for number, convolution in enumerate(self.convolutions, start=1):
            x = self.rectify(convolution(x))
            passed.append(x)
            if number in (1, 2, 5):
                x = self.pool(x)
        x = self.rectify(self.spread(self.rectify(self.bottleneck(x.flatten(1)))))
        x = x.unflatten(1, self.latent_shape)
        for number, stage in enumerate(self.stages, start=1):
            x = self.rectify(stage(x))
            if number == self.skip_stage:
                x = 0.5 * (x + passed[STAGES - number])
        y: Tensor = self.squash(self.last(x))
        return y
