"""A training that goes on from another's network, as when a new line is like the old one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from surfedge.errors import ArgumentError
from surfedge.training.checkpoints import digest_of
from surfedge.training.fit import load, recipe_of
from surfedge.training.recipe import Recipe

BESIDE = ".training"  # added to a bundle's name, it gives the folder of its training


def training_folder(source: str | Path) -> Path:
    """The folder of a training: `source` itself, or the one beside the bundle `source`.

    Raises ArgumentError where there is none.
    """
    path = Path(source)
    folder = path if path.is_dir() else path.with_name(f"{path.name}{BESIDE}")
    if not folder.is_dir():
        raise ArgumentError(
            "--start-from",
            found=f"no folder {folder}",
            expected="a bundle with its training beside it, or that folder",
            remedy="train it first, or check the path",
        )
    return folder


def started_from(recipe: Recipe, source: str | Path) -> Recipe:
    """`recipe`, beginning with the network of the training at `source`, for as many epochs as its [transfer] says.

    Raises ArgumentError where there is no such training, and for a network of other settings.
    """
    folder = training_folder(source)
    other = recipe_of(folder)
    if other.network != recipe.network:
        raise ArgumentError(
            "--start-from",
            found=f"a network {other.network}",
            expected=f"{recipe.network}, as the recipe says",
            remedy="leave --recipe out to take the one of that training",
        )
    weights = digest_of(load(other, folder).network)
    return replace(recipe, transfer=replace(recipe.transfer, start=str(folder), weights=weights))
