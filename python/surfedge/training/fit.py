"""Fitting: a network through all stages of its family, each from where a killed run left it.

A run that was killed continues from the last checkpoint of the stage it was in, and ends as an uninterrupted one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from surfedge.errors import ArgumentError
from surfedge.progress import Progress, silent
from surfedge.scoring import claimed
from surfedge.training.batches.examples import Examples
from surfedge.training.checkpoints import (
    BEST,
    FINISHED,
    LAST,
    Keeper,
    clear,
    digest_of,
    read_checkpoint,
    weights_of,
    write_state,
)
from surfedge.training.families.stage import Stage
from surfedge.training.loop import run_stage
from surfedge.training.recipe import Recipe, parse_recipe
from surfedge.training.settings import Transfer
from surfedge.training.torch_threads import torch_threads

Curve = tuple[tuple[int, float, float], ...]


@dataclass(frozen=True)
class Fitted:
    """network : finished, in evaluation mode; trained stages left it with the weights of the lowest validation metric.

    curves : (epoch, training loss, validation metric) of each stage, by its name; nothing for a family without stages.
    """

    network: nn.Module
    curves: dict[str, Curve]

    @property
    def curve(self) -> Curve:
        """That of the last stage; empty without one."""
        return next(reversed(self.curves.values()), ())

    @property
    def epochs(self) -> int:
        """Epochs run in all stages, those before a resume too."""
        return sum(map(len, self.curves.values()))

    @property
    def best_epoch(self) -> int:
        """Of the last stage, counted from 0; -1 without one."""
        figures = [figure for _, _, figure in self.curve]
        return figures.index(min(figures)) if figures else -1


def fit(
    recipe: Recipe,
    training: Examples,
    validation: Examples,
    folder: Path,
    *,
    fingerprint: str = "",
    threads: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> Fitted:
    """Train the recipe's network, or go on with what `folder` holds of the same recipe and images.

    folder : for checkpoints and curve.csv; a stage with a name has a folder of that name in it. fingerprint : of the
    images. threads : of torch on a CPU, 0 leaves them as they are. device : "auto", "cpu", "gpu" or "mps"; auto takes
    what Lightning finds.

    Raises TrainingError when a loss is no number any more or a checkpoint cannot be written; the last checkpoint
    stays. Raises ArgumentError for a checkpoint of another recipe or other images, and as the family's `start`;
    OutputError where another process trains in `folder`.
    """
    identity = f"{recipe.identity()} {fingerprint}"
    origin = {"identity": identity, "recipe": recipe.plain()}
    family, stages = recipe.family, recipe.family.stages(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    with claimed(folder, "training in"), torch.random.fork_rng(), torch_threads(threads):
        torch.manual_seed(recipe.seed)
        network = recipe.network.build().to(memory_format=torch.channels_last)
        begun = folder / stages[0].name / LAST if stages else folder / FINISHED
        if read_checkpoint(begun, identity) is None:
            for stage in stages:
                clear(folder / stage.name)
            clear(folder)
            if recipe.transfer.start:
                network.load_state_dict(_weights_to_start_from(recipe.transfer))
            else:
                family.start(network, progress)
        for number, stage in enumerate(stages):
            place = folder / stage.name
            place.mkdir(exist_ok=True)
            last = read_checkpoint(place / LAST, identity)
            if not _is_over(last, stage):
                keeper = Keeper(place, origin, progress, stage.name)
                seed = (recipe.seed, number) if number else (recipe.seed,)
                resume = place / LAST if last else None
                run_stage(network, stage, (training, validation), keeper, device, seed=seed, resume=resume)
            network.load_state_dict(weights_of(_needed(place / BEST, identity)))
        if not (folder / FINISHED).is_file() and family.finish(network.eval(), training, validation):
            write_state(folder / FINISHED, network, origin)
    return load(recipe, folder, identity)


def load(recipe: Recipe, folder: Path, identity: str | None = None) -> Fitted:
    """The network that `folder` holds, finished; raises ArgumentError when there is none of this recipe."""
    identity = identity or recipe.identity()
    places = {stage.name: folder / stage.name for stage in recipe.family.stages(recipe)}
    curves = {name: _curve(_needed(place / LAST, identity)) for name, place in places.items()}
    state = read_checkpoint(folder / FINISHED, identity)
    if state is None:
        state = _needed([folder / FINISHED, *(place / BEST for place in places.values())][-1], identity)
    with torch.random.fork_rng():
        network: nn.Module = recipe.network.build()
    network.load_state_dict(weights_of(state))
    return Fitted(network.eval(), curves)


def recipe_of(folder: Path) -> Recipe:
    """The recipe that the checkpoints in `folder` were trained by; raises ArgumentError when there is none."""
    kept = [folder / BEST, folder / FINISHED, *sorted(folder.glob(f"*/{BEST}"))]
    path = next((path for path in kept if path.is_file()), folder / BEST)
    return parse_recipe(_needed(path, "")["surfedge"]["recipe"], f"{path}")


def _weights_to_start_from(transfer: Transfer) -> dict[str, Any]:
    """The weights of another training, those that the recipe was made for."""
    folder = Path(transfer.start)
    network = load(recipe_of(folder), folder).network
    if digest_of(network) != transfer.weights:
        raise ArgumentError(
            folder,
            found="other weights than this training began with",
            expected="the same",
            remedy="give --fresh to start again",
        )
    return network.state_dict()


def _needed(path: Path, identity: str) -> dict[str, Any]:
    state = read_checkpoint(path, identity)
    if state is None:
        raise ArgumentError(
            path.parent, found="no checkpoint", expected=f"a folder with {path.name}", remedy="train first"
        )
    return state


def _is_over(last: dict[str, Any] | None, stage: Stage) -> bool:
    return last is not None and (last["surfedge"]["stopped"] or last["epoch"] + 1 >= stage.settings.epochs)


def _curve(last: dict[str, Any]) -> Curve:
    return tuple((int(epoch), float(loss), float(figure)) for epoch, loss, figure in last["surfedge"]["curve"])
