"""Reconstruction: the graph returns the image as the network expects it; the runtime compares the two.

It learns to reconstruct good images; what it cannot reconstruct is the anomaly (P. Bergmann et al., "Improving
Unsupervised Defect Segmentation by Applying Structural Similarity to Autoencoders", 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from surfedge.methods import Reconstruction
from surfedge.progress import Progress
from surfedge.training.batches.crops import Crops
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.localisation import localisation_maps
from surfedge.training.families.family import Family
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.full_precision import in_f32

if TYPE_CHECKING:
    from surfedge.training.pictures import Pictures
    from surfedge.training.recipe import Recipe


class ReconstructionNetwork(nn.Module):
    """channels, input_px : its input is float32 (N, channels, input_px, input_px) in [0, 1], and so is its output."""

    def __init__(self, channels: int, input_px: int) -> None:
        super().__init__()
        self.channels, self.input_px = channels, input_px

    def training_pass(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and what is added to the loss (0 unless the network has a term of its own)."""
        return self(x), x.new_zeros(())


class ReconstructionFamily(Family):
    """Networks are ReconstructionNetworks, losses those of surfedge.training.losses."""

    kind = Reconstruction
    loss = "mse"
    output = "reconstruction"

    def stages(self, recipe: Recipe) -> tuple[Stage, ...]:
        """One: tiles with a handicap in, the clean tiles wanted, judged by the recipe's loss."""
        return (reconstruction_stage(recipe),)

    def examples(self, recipe: Recipe, pictures: Pictures, progress: Progress) -> tuple[Examples, Examples]:
        """The pictures, with a localiser's maps where the loss asks for them."""
        return with_localisation(recipe, pictures, super().examples(recipe, pictures, progress), progress)


def reconstruction_stage(recipe: Recipe) -> Stage:
    """The step of any autoencoder: networks have ``training_pass`` and are called with what they are to reconstruct."""

    def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
        given, target, weights = batch
        output, penalty = network.training_pass(given.contiguous(memory_format=torch.channels_last))
        yield in_f32(recipe.loss, target, output, weights) + penalty

    def validate(network: nn.Module, batch: Batch) -> Tensor:
        given, target, weights = batch
        loss: Tensor = recipe.loss(target, network(given), weights)
        return loss

    return Stage(recipe.training, lambda examples, epoch: Crops(examples, recipe, epoch), losses, validate)


def with_localisation(
    recipe: Recipe, pictures: Pictures, both: tuple[Examples, Examples], progress: Progress
) -> tuple[Examples, Examples]:
    """The examples, with a localiser's maps where the recipe's loss asks for them."""
    if recipe.loss is None or not recipe.loss.needs_map:
        return both
    whole_px = recipe.network.input_px if recipe.view == "whole" else 0
    training, validation = (
        replace(known, maps=localisation_maps(recipe.loss.localiser, paths, whole_px, progress))
        for known, paths in zip(both, (pictures.learned_from, pictures.held_out), strict=True)
    )
    return training, validation
