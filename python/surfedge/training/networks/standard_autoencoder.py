"""The autoencoder whose encoder is the standard CNN's body: what AFEC takes its features from.

After the thesis on autoencoder features for steel defects with few labels (2024), section 2.2: a latent vector of 1024,
512 or 256 numbers; the decoder mirrors the encoder (nearest enlargement in place of pooling; the last layer a sigmoid).
The decoder's rectifiers leak, of which the thesis says nothing: of plain ones the first steps leave hardly any that
lets something through, and the network paints one grey for ever.
Learns from all images, defects included, without labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from surfedge.errors import require
from surfedge.training.families.reconstruction import ReconstructionNetwork
from surfedge.training.initialisation import LEAK, from_one, initialise, linear
from surfedge.training.networks.standard_cnn import HALVINGS, LAST_POOL, body, check_body

START = 0.03  # std of the last weights of a new network: the sigmoid begins where it is steep, whatever the widths


@dataclass(frozen=True)
class StandardAutoencoder:
    """latent : numbers between encoder and decoder, a multiple of the (input_px / 96)^2 places they lie at.

    widths : channels of the first four convolutions; those of the fifth follow from latent. channels : 1 for grey, 3
    for colour. input_px : side of the image, a multiple of 96.
    """

    family: ClassVar[str] = "reconstruction"
    latent: int = 512
    widths: tuple[int, ...] = (8, 16, 32, 64)
    channels: int = 1
    input_px: int = 192

    def __post_init__(self) -> None:
        check_body("standard_autoencoder", (*self.widths, 1), self.channels, self.input_px)
        step_px = LAST_POOL * 2**HALVINGS
        require("standard_autoencoder.input_px", self.input_px, self.input_px % step_px == 0, f"multiple of {step_px}")
        places = self.side**2
        fits = self.latent >= places and self.latent % places == 0
        require("standard_autoencoder.latent", self.latent, fits, f"a multiple of {places}")

    @property
    def side(self) -> int:
        """Places of the latent map along a side."""
        return self.input_px // 2**HALVINGS // LAST_POOL

    def build(self) -> ReconstructionNetwork:
        """The network with He initialisation from torch's random generator."""
        return StandardAutoencoderNetwork(self)


class StandardAutoencoderNetwork(ReconstructionNetwork):
    """Encoder, latent vector, decoder."""

    def __init__(self, settings: StandardAutoencoder) -> None:
        super().__init__(settings.channels, settings.input_px)
        widths = (*settings.widths, settings.latent // settings.side**2)
        self.encoder = body(settings.channels, widths)
        first = from_one(nn.ConvTranspose2d(widths[-1], widths[-2], LAST_POOL, LAST_POOL))
        layers: list[nn.Module] = [nn.Unflatten(1, (widths[-1], settings.side, settings.side)), first]
        layers.append(nn.LeakyReLU(LEAK))
        for before, after in zip((widths[-2], *widths[-2::-1]), (*widths[-2::-1], widths[0]), strict=True):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, padding=1), nn.LeakyReLU(LEAK)]
        last = linear(nn.Conv2d(widths[0], settings.channels, 3, padding=1))
        self.decoder = nn.Sequential(*layers, last, nn.Sigmoid())
        initialise(self)
        nn.init.normal_(last.weight, std=START)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruction of images (N, C, h, w) in [0, 1]."""
        y: Tensor = self.decoder(self.encoder(x))
        return y
