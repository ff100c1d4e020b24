"""The variational autoencoder: the body of the L2 / SSIM autoencoder with a random latent vector.

D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes", 2014: the encoder gives mean and logarithm of the variance
of each latent number; the decoder sees a sample; the divergence from the standard normal distribution (their appendix
B) is added to the loss. At inspection the mean is taken, so that the same image gives the same map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from surfedge.errors import ArgumentError
from surfedge.training.families.reconstruction import ReconstructionNetwork
from surfedge.training.initialisation import initialise
from surfedge.training.networks.bergmann import REDUCTION, check_sizes, decoder, encoder

LOG_VARIANCE_LIMIT = 20.0


@dataclass(frozen=True)
class Variational:
    """As Bergmann, and kl_weight : weight of the divergence, per pixel, in the loss."""

    family: ClassVar[str] = "reconstruction"
    latent: int = 100
    width: int = 32
    channels: int = 1
    input_px: int = 128
    kl_weight: float = 1e-3

    def __post_init__(self) -> None:
        check_sizes("variational", self.latent, self.width, self.channels, self.input_px, REDUCTION)
        if self.kl_weight < 0:
            raise ArgumentError("variational.kl_weight", found=self.kl_weight, expected="0 or more")

    def build(self) -> ReconstructionNetwork:
        """The network with He initialisation from torch's random generator."""
        return VariationalNetwork(self)


class VariationalNetwork(ReconstructionNetwork):
    """Encoder to mean and logarithm of the variance, sample, decoder."""

    def __init__(self, settings: Variational) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.encoder = encoder(settings.channels, settings.width, 2 * settings.latent, settings.input_px // REDUCTION)
        self.decoder = decoder(settings.channels, settings.width, settings.latent, settings.input_px // REDUCTION)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruction from the mean of the latent vector: nothing is random."""
        y: Tensor = self.decoder(self.encoder(x)[:, : self.settings.latent])
        return y

    def training_pass(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction from a sample, and the weighted divergence per pixel."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        log_variance = log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        sample = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum() / x.numel()
        return self.decoder(sample), self.settings.kl_weight * divergence
