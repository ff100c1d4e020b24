"""CFLOW-AD: at each place of each level, a normalising flow gives the likelihood of the features there.

D. Gudovskiy, S. Ishizaka, K. Kozuka, "CFLOW-AD: Real-Time Unsupervised Anomaly Detection with Localization via
Conditional Normalizing Flows", 2022. Equation numbers are those of the leather study (2022), section 4.2. The authors
take layer2, layer3, layer4; here, where the encoder ends at layer3, the levels are layer1, layer2, layer3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import require
from surfedge.progress import Progress
from surfedge.training.backbones.encoder import Encoder, EncoderSettings
from surfedge.training.backbones.resnet18 import STRIDES
from surfedge.training.batches.crops import Crops, covering_tiles
from surfedge.training.batches.examples import Examples
from surfedge.training.families.anomaly_map import AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.flows.coupling import Flow
from surfedge.training.flows.position import position_code

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

OBJECTIVES = ("log_sigmoid", "likelihood")


@dataclass(frozen=True)
class Cflow(EncoderSettings):
    """couplings : blocks of each flow. position : numbers of the position code, a multiple of 4.

    objective : "log_sigmoid", the authors': -log sigmoid(log p / C), which bounds what one vector can do; or
    "likelihood", the mean of ||u||^2 / 2 - log|det J| (4.11). vectors : for each optimiser step, shuffled.
    places_share : of each batch's vectors that are learned from, drawn anew each time; the authors take all.
    """

    name: ClassVar[str] = "cflow"

    couplings: int = 8
    position: int = 128
    objective: str = "log_sigmoid"
    vectors: int = 256
    places_share: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require("cflow.width", self.width, self.width >= 2, "2 or more: a coupling halves the channels")
        require("cflow.couplings", self.couplings, self.couplings >= 1, "1 or more")
        require("cflow.position", self.position, self.position >= 4 and self.position % 4 == 0, "a multiple of 4")
        require("cflow.objective", self.objective, self.objective in OBJECTIVES, ", ".join(OBJECTIVES))
        require("cflow.vectors", self.vectors, self.vectors >= 1, "1 or more")
        require("cflow.places_share", self.places_share, 0 < self.places_share <= 1, "above 0, to 1")

    def build(self) -> CflowNetwork:
        """Random weights and rotations from torch's random generator; `start` reads the encoder's."""
        return CflowNetwork(self)

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One, with a step for every `vectors` vectors of each level of a batch, judged by the mean loss of all."""
        return (Stage(recipe.training, lambda examples, epoch: Crops(examples, recipe, epoch), losses, validation),)


class CflowNetwork(AnomalyMapNetwork):
    """Encoder, a flow for each level, and the map of how unlikely each place is."""

    q_max: Tensor

    def __init__(self, settings: Cflow) -> None:
        super().__init__(settings.channels, settings.input_px)
        self.settings = settings
        self.encoder = Encoder(settings)
        channels = [settings.width << level for level in range(len(STRIDES))]
        self.flows = nn.ModuleList(Flow(c, settings.position, settings.couplings) for c in channels)
        for level, stride in enumerate(STRIDES):
            side = settings.input_px // stride
            code = position_code((side, side), settings.position).reshape(-1, settings.position)
            self.register_buffer(f"code{level}", code, persistent=False)
        self.register_buffer("q_max", torch.zeros(len(STRIDES)))

    def start(self, progress: Progress) -> None:
        """The encoder's weights are read, unless the recipe asks for random ones."""
        self.encoder.start(self.settings, progress)

    @torch.no_grad()
    def finish(self, training: Examples, validation: Examples) -> bool:
        """The largest likelihood of each level, among all places of the held-out good images: the authors take it from
        the test images, which nobody has at the line."""
        largest = [self.largest(tile[None]) for tile in covering_tiles(validation, self.input_px)]
        self.q_max.copy_(torch.stack(largest).amax(dim=0))
        return True

    def provenance(self) -> dict[str, Any]:
        """The encoder's origin, what the map is, and the largest likelihoods."""
        said = {"map": "3 - sum over levels of p / p_max, p_max of held-out good images"}
        return {**self.encoder.provenance(), **said, "q_max": [round(float(q), 6) for q in self.q_max]}

    def vectors(self, x: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Features (N, places, C) and position codes (N, places, D) of each level, places row by row."""
        given = []
        for level, f in enumerate(self.encoder(x)):
            places = self.encoder.inner(f, level).flatten(2).transpose(1, 2)
            code: Tensor = getattr(self, f"code{level}")
            given.append((places, code.unsqueeze(0).expand(places.shape[0], -1, -1)))
        return given

    def likelihoods(self, x: Tensor) -> list[Tensor]:
        """q = log p / C at each place of each level, (N, places)."""
        pairs = zip(self.flows, self.vectors(x), strict=True)
        return [log_likelihood(*flow(f, c)) / f.shape[-1] for flow, (f, c) in pairs]

    def largest(self, x: Tensor) -> Tensor:
        """The largest q of each level, (3,)."""
        return torch.stack([q.max() for q in self.likelihoods(x)])

    def forward(self, x: Tensor) -> Tensor:
        """3 - the sum of exp(q - q_max), enlarged with aligned corners: 0 where all is as likely as can be, 3 at most.

        A place that is likelier than any of the held-out images counts as the likeliest of these.
        """
        size = (self.input_px, self.input_px)
        levels = []
        for level, q in enumerate(self.likelihoods(x)):
            side = self.input_px // STRIDES[level]
            p = torch.exp(torch.clamp(q - self.q_max[level], max=0.0)).reshape(-1, 1, side, side)
            levels.append(functional.interpolate(p, size=size, mode="bilinear", align_corners=True))
        return torch.clamp(len(STRIDES) - torch.stack(levels).sum(dim=0), min=0.0)


def log_likelihood(u: Tensor, log_determinant: Tensor) -> Tensor:
    """(4.12), with the factor C that the study leaves out; u (..., C), log_determinant (...)."""
    return log_determinant - 0.5 * (u.square().sum(dim=-1) + u.shape[-1] * math.log(2.0 * math.pi))


def objective(u: Tensor, log_determinant: Tensor, kind: str) -> Tensor:
    """The training loss of vectors u (..., C), one of OBJECTIVES; a scalar."""
    if kind == "likelihood":
        return (0.5 * u.square().sum(dim=-1) - log_determinant).mean()
    return -functional.logsigmoid(log_likelihood(u, log_determinant) / u.shape[-1]).mean()


def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """One for every `vectors` vectors of a level, all images of the batch shuffled together; level by level."""
    settings = network.settings
    given = network.vectors(batch[0].contiguous(memory_format=torch.channels_last))
    for flow, (features, codes) in zip(network.flows, given, strict=True):
        f, c = features.flatten(0, 1), codes.flatten(0, 1)
        wanted = max(1, round(settings.places_share * len(f)))
        for chosen in torch.randperm(len(f), device=f.device)[:wanted].split(settings.vectors):
            u, log_determinant = flow(f[chosen], c[chosen])
            yield objective(u, log_determinant, settings.objective)


def validation(network: nn.Module, batch: Batch) -> Tensor:
    """The mean over levels of the loss of all vectors."""
    kind = network.settings.objective
    pairs = zip(network.flows, network.vectors(batch[0]), strict=True)
    answers = [flow(f, c) for flow, (f, c) in pairs]
    return torch.stack([objective(u, log_determinant, kind) for u, log_determinant in answers]).mean()
