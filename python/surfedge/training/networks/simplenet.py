"""SimpleNet: features of good images told apart from the same with noise, by a network of two small layers.

Z. Liu, Y. Zhou, Y. Xu, Z. Wang, "SimpleNet: A Simple Network for Image Anomaly Detection and Localization", 2023.
Equation numbers are the paper's. Here the noise may be kept under masks of Perlin noise (V. Zavrtanik, M. Kristan,
D. Skocaj, "DRAEM", 2021), and the features are brought to unit deviation first, so that one noise suits all weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.synthesis.perlin import perlin_mask
from surfedge.training.backbones.encoder import Encoder, EncoderSettings
from surfedge.training.batches.crops import Crops
from surfedge.training.families.anomaly_map import AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.networks.reverse_distillation import REACH, smoothed

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

WHERE = ("perlin", "everywhere")
MARGIN = 0.5  # of the truncated loss, th+ = -th- (7)


@dataclass(frozen=True)
class SimpleNet(EncoderSettings):
    """hidden : channels of the discriminator's first layer. noise_sigma : deviation of the noise, in deviations of the
    features. where : noise under masks of Perlin noise, or everywhere, as in the paper. blur_sigma_px : of the Gaussian
    that ends the map, 0 for none.
    """

    name: ClassVar[str] = "simplenet"

    hidden: int = 512
    noise_sigma: float = 0.3
    where: str = "everywhere"
    blur_sigma_px: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(f"{self.name}.hidden", self.hidden, self.hidden >= 1, "1 or more")
        require(f"{self.name}.noise_sigma", self.noise_sigma, self.noise_sigma > 0, "above 0")
        require(f"{self.name}.where", self.where, self.where in WHERE, ", ".join(WHERE))
        most = (self.input_px - 1) / REACH
        is_sigma = 0 <= self.blur_sigma_px <= most
        require(f"{self.name}.blur_sigma_px", self.blur_sigma_px, is_sigma, f"0 to {most:g}, a quarter of input_px")

    def build(self) -> SimpleNetwork:
        """Random weights from torch's random generator; `start` reads the encoder's."""
        return SimpleNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One, judged by its own loss on held-out images with noise that stays the same."""

        def parameters(network: nn.Module) -> Iterable[nn.Parameter]:
            return [*network.adaptor.parameters(), *network.discriminator.parameters()]

        def batches(examples: Any, epoch: int | None) -> Crops:
            return Crops(examples, recipe, epoch)

        return (Stage(recipe.training, batches, losses, validation, parameters=parameters),)


class SimpleNetwork(AnomalyMapNetwork):
    """Encoder, adaptor, discriminator; the map is what the discriminator says of each place."""

    def __init__(self, settings: SimpleNet) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.encoder = Encoder(settings)
        wide = 6 * settings.width  # layer2 and layer3
        self.unit = nn.BatchNorm2d(wide, affine=False)
        self.adaptor = nn.Conv2d(wide, wide, 1)
        self.discriminator = nn.Sequential(
            nn.Conv2d(wide, settings.hidden, 1, bias=False),
            nn.BatchNorm2d(settings.hidden),
            nn.LeakyReLU(0.2),
            nn.Conv2d(settings.hidden, 1, 1, bias=False),
        )
        nn.init.dirac_(self.adaptor.weight)  # the features as they are
        nn.init.zeros_(self.adaptor.bias)

    def start(self, progress: Progress) -> None:
        """The encoder's weights are read, unless the recipe asks for random ones."""
        self.encoder.start(self.settings, progress)

    def provenance(self) -> dict[str, Any]:
        """The encoder's origin, and what the map is."""
        noise = f"noise of {self.settings.noise_sigma:g} deviations, {self.settings.where}"
        return {**self.encoder.provenance(), "map": f"features told apart from those with {noise}"}

    def features(self, x: Tensor) -> Tensor:
        """q of (3): layer2 and layer3 on layer2's grid, the mean over 3 x 3 places, adapted; the margin cut off."""
        _, second, third = self.encoder(x)
        inner = self.encoder.inner
        second, third = inner(second, 1), inner(third, 2)
        third = functional.interpolate(third, scale_factor=2, mode="bilinear", align_corners=False)
        both = functional.avg_pool2d(torch.cat([second, third], dim=1), 3, 1, 1, count_include_pad=False)
        adapted: Tensor = self.adaptor(self.unit(both))
        return adapted

    def forward(self, x: Tensor) -> Tensor:
        """-D(q) of (6), enlarged, smoothed: (N, 1, input_px, input_px)."""
        found = -self.discriminator(self.features(x))
        size = (self.input_px, self.input_px)
        enlarged = functional.interpolate(found, size=size, mode="bilinear", align_corners=False)
        return smoothed(enlarged, self.settings.blur_sigma_px)

    def told_apart(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """(7): max(0, 0.5 - D(q)) at places without noise, max(0, 0.5 + D(q)) at those with, each kind by its mean."""
        good = self.features(x)
        noise = torch.randn(good.shape, generator=generator).to(good.device) * self.settings.noise_sigma
        mask = self._mask(good, generator)
        both = torch.cat([good, good + noise * mask])
        said_good, said_noisy = self.discriminator(both).chunk(2)
        noisy = functional.relu(MARGIN + said_noisy)
        return functional.relu(MARGIN - said_good).mean() + (noisy * mask).sum() / mask.sum().clamp(min=1.0)

    def _mask(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Where there is noise, (N, 1, h, w)."""
        n, _, h, w = features.shape
        if self.settings.where == "everywhere":
            return torch.ones(n, 1, h, w, device=features.device)
        seed = int(torch.randint(1 << 31, (1,), generator=generator))
        rng = np.random.default_rng(seed)
        masks = np.stack([perlin_mask(rng, (h, w)) for _ in range(n)])
        return torch.from_numpy(masks[:, None].astype(np.float32)).to(features.device)


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """Good features against noisy ones; what is drawn comes from torch's generator, set by the loop."""
    yield network.told_apart(batch[0].contiguous(memory_format=torch.channels_last), None)


def validation(network: nn.Module, batch: Batch) -> Tensor:
    """The loss of held-out images, always with the same noise."""
    loss: Tensor = network.told_apart(batch[0], torch.Generator().manual_seed(0))
    return loss
