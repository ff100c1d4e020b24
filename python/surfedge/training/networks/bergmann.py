"""The L2 / SSIM autoencoder: tiles of 128 x 128 through a vector of 100 numbers and back.

P. Bergmann, S. Löwe, M. Fauser, D. Sattlegger, C. Steger, "Improving Unsupervised Defect Segmentation by Applying
Structural Similarity to Autoencoders", 2019, table 1 (also the table 2 of the leather study of 2022). Encoder, kernel /
stride / channels: 4/2/32, 4/2/32, 3/1/32, 4/2/64, 3/1/64, 4/2/128, 3/1/64, 3/1/32, then one kernel over all of what is
left to the latent vector, which is linear. The decoder is its mirror with transposed convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from surfedge.errors import ArgumentError, require
from surfedge.training.families.reconstruction import ReconstructionNetwork
from surfedge.training.initialisation import LEAK, from_one, initialise, linear

REDUCTION = 16  # four layers of stride 2
PLAN = ((4, 2, 1.0), (4, 2, 1.0), (3, 1, 1.0), (4, 2, 2.0), (3, 1, 2.0), (4, 2, 4.0), (3, 1, 2.0), (3, 1, 1.0))


@dataclass(frozen=True)
class Bergmann:
    """latent : numbers between encoder and decoder. width : channels of the first layer, the others in proportion.

    channels : 1 for grey, 3 for colour. input_px : side of a tile, a multiple of 16. latent_map : `latent` channels
    at a sixteenth of the tile's side (3/1) in place of one vector, as the leather study has it. sparsity : weight of
    the mean absolute value of the latent numbers in the loss.
    """

    family: ClassVar[str] = "reconstruction"
    latent: int = 100
    width: int = 32
    channels: int = 1
    input_px: int = 128
    latent_map: bool = False
    sparsity: float = 0.0

    def __post_init__(self) -> None:
        check_sizes("bergmann", self.latent, self.width, self.channels, self.input_px, REDUCTION)
        require("bergmann.sparsity", self.sparsity, 0 <= self.sparsity < 1e6, "0 or more")

    def build(self) -> ReconstructionNetwork:
        """The network with He initialisation from torch's random generator."""
        return BergmannNetwork(self)


class BergmannNetwork(ReconstructionNetwork):
    """Encoder, latent vector, decoder."""

    def __init__(self, settings: Bergmann) -> None:
        super().__init__(settings.channels, settings.input_px)
        bottleneck_px = 0 if settings.latent_map else settings.input_px // REDUCTION
        self.encoder = encoder(settings.channels, settings.width, settings.latent, bottleneck_px)
        self.decoder = decoder(settings.channels, settings.width, settings.latent, bottleneck_px)
        self.sparsity = settings.sparsity
        initialise(self)

    def training_pass(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and the penalty on the latent numbers."""
        if not self.sparsity:
            return super().training_pass(x)
        latent = self.encoder(x)
        return self.decoder(latent), self.sparsity * latent.abs().mean()

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruction of tiles (N, C, h, w) in [0, 1]."""
        y: Tensor = self.decoder(self.encoder(x))
        return y


def encoder(channels: int, width: int, latent: int, bottleneck_px: int) -> nn.Sequential:
    """(N, channels, h, w) to (N, latent, 1, 1) by a kernel of `bottleneck_px`; for 0 to a map of a sixteenth."""
    layers: list[nn.Module] = []
    before = channels
    for kernel, stride, factor in PLAN:
        after = int(width * factor)
        layers += [nn.Conv2d(before, after, kernel, stride, padding=1), nn.LeakyReLU(LEAK)]
        before = after
    last = nn.Conv2d(before, latent, bottleneck_px) if bottleneck_px else nn.Conv2d(before, latent, 3, padding=1)
    return nn.Sequential(*layers, linear(last))


def decoder(channels: int, width: int, latent: int, bottleneck_px: int) -> nn.Sequential:
    """The encoder's mirror, to (N, channels, h, w) in [0, 1]."""
    outputs = [channels, *(int(width * factor) for _, _, factor in PLAN)]
    if bottleneck_px:
        first: nn.Module = from_one(nn.ConvTranspose2d(latent, outputs[-1], bottleneck_px))
    else:
        first = nn.ConvTranspose2d(latent, outputs[-1], 3, padding=1)
    layers: list[nn.Module] = [first, nn.LeakyReLU(LEAK)]
    for number in reversed(range(1, len(PLAN))):
        kernel, stride, _ = PLAN[number]
        layers += [nn.ConvTranspose2d(outputs[number + 1], outputs[number], kernel, stride, padding=1)]
        layers += [nn.LeakyReLU(LEAK)]
    kernel, stride, _ = PLAN[0]
    last = linear(nn.ConvTranspose2d(outputs[1], channels, kernel, stride, padding=1))
    return nn.Sequential(*layers, last, nn.Sigmoid())


def check_sizes(name: str, latent: int, width: int, channels: int, input_px: int, step_px: int) -> None:
    """Raises ArgumentError for settings no network can be built from."""
    if latent < 1:
        raise ArgumentError(f"{name}.latent", found=latent, expected="1 or more")
    if width < 1:
        raise ArgumentError(f"{name}.width", found=width, expected="1 or more")
    if channels not in (1, 3):
        raise ArgumentError(f"{name}.channels", found=channels, expected="1 (grey) or 3 (colour)")
    if input_px < step_px or input_px % step_px:
        raise ArgumentError(f"{name}.input_px", found=input_px, expected=f"a multiple of {step_px}")
