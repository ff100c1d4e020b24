"""Segmentation: the graph returns the map of what looks like the marked defects, and the probability that there is one.

D. Racki, D. Tomazevic, D. Skocaj, "A compact convolutional neural network for textured surface anomaly detection",
2018, as the study of patterned steel plates (2022), section 2.4.2, uses it: first the map is learned from masks, then,
with the map as it is, the decision from images known to be good or defective.

Both networks begin with a map of next to 0, each of a deviation of its own: where one pixel in a hundred is defective
that is nearly right, and what is learned first is the defects (as a prior, T.-Y. Lin et al., "Focal loss for dense
object detection", 2017, section 4.1). From a map of 1 the features go to nothing before they have learned any; from 0
nothing says which way.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.methods import Networked
from surfedge.training.batches.marked import MarkedCrops
from surfedge.training.families.anomaly_map import AnomalyMapFamily, AnomalyMapNetwork
from surfedge.training.families.stage import Batch, Stage

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

SEGMENTATION, DECISION = "segmentation", "decision"
DECISION_MAPS = 32


class DecisionStage(nn.Module):
    """The probability that an image is defective, by the largest and the mean value of 32 maps and of the found one.

    features : channels of what the last convolution of the segmentation gets.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.reduced = nn.Sequential(nn.Conv2d(features, DECISION_MAPS, 1), nn.BatchNorm2d(DECISION_MAPS), nn.ReLU())
        self.last = nn.Linear(2 * DECISION_MAPS + 2, 1)

    def forward(self, features: Tensor, found: Tensor) -> Tensor:
        """(N, features, h, w) and the map (N, 1, h, w) to the score before the sigmoid, (N,)."""
        maps = torch.cat([self.reduced(features), found], dim=1).flatten(2)
        score: Tensor = self.last(torch.cat([maps.amax(dim=2), maps.mean(dim=2)], dim=1))
        return score[:, 0]


class SegmentationNetwork(AnomalyMapNetwork):
    """segmentation : images to features (N, F, h, w) and the map (N, 1, h, w) in -1..1, of any resolution."""

    def __init__(self, channels: int, input_px: int, features: int) -> None:
        super().__init__(channels, input_px)
        self.decision = DecisionStage(features)

    @property
    @abstractmethod
    def segmentation(self) -> nn.Module:
        """What is trained first."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The map in 0..1, and the probability of a defect (N,)."""
        features, found = self.segmentation(x)
        return found.clamp(0.0, 1.0), torch.sigmoid(self.decision(features, found))


class SegmentationFamily(AnomalyMapFamily):
    """Networks are SegmentationNetworks; their settings have ``good_per_defect``, the good images shown for each
    defective one while the map is learned; the decision learns from as many, or one where that is 0.
    """

    needs = "masks"

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """The map by masks, then the decision on top of it."""
        ratio = recipe.network.good_per_defect
        of_map = Stage(
            recipe.training_of(SEGMENTATION),
            lambda examples, epoch: MarkedCrops(examples, recipe, epoch, SEGMENTATION, ratio),
            map_losses,
            map_error,
            SEGMENTATION,
            lambda network: network.segmentation.parameters(),
        )
        of_decision = Stage(
            recipe.training_of(DECISION),
            lambda examples, epoch: MarkedCrops(examples, recipe, epoch, DECISION, ratio or 1.0),
            decision_losses,
            decision_error,
            DECISION,
            lambda network: network.decision.parameters(),
        )
        return of_map, of_decision

    def inference(self, settings: Mapping[str, Any], name: str) -> Networked:
        """The method, with the network's score unless the settings say otherwise."""
        return super().inference({"has_score": True, **settings}, name)


def map_error(network: nn.Module, batch: Batch) -> Tensor:
    """(2-1): the squared error of the map; the truth at the map's size marks each cell that a defect touches."""
    x, mask, _ = batch
    found = network.segmentation(x.contiguous(memory_format=torch.channels_last))[1]
    return functional.mse_loss(found, functional.adaptive_max_pool2d(mask, found.shape[-2:]))


def map_losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """One step for each batch."""
    yield map_error(network, batch)


def decision_error(network: nn.Module, batch: Batch) -> Tensor:
    """The cross-entropy of the decision; what finds the map stays as it is."""
    x, _, is_defective = batch
    with torch.no_grad():
        features, found = network.segmentation.eval()(x.contiguous(memory_format=torch.channels_last))
    return functional.binary_cross_entropy_with_logits(network.decision(features, found), is_defective)


def decision_losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
    """One step for each batch."""
    yield decision_error(network, batch)
