"""The training loop: Lightning around one network, one loss and batches that depend on (seed, epoch, number) alone.

After each epoch the state is written to ``last.ckpt`` in one step, and to ``best.ckpt`` when the validation loss is the
lowest so far; a run that was killed continues from the last and ends as an uninterrupted one does.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from torch import Tensor
from torch.utils.data import DataLoader

from surfedge.errors import ArgumentError, TrainingError
from surfedge.progress import Progress, silent
from surfedge.training.batches.crops import Batch, Crops
from surfedge.training.checkpoints import BEST, LAST, Keeper, clear, read_checkpoint
from surfedge.training.recipe import Recipe, parse_recipe
from surfedge.training.reconstruction_network import ReconstructionNetwork


@dataclass(frozen=True)
class Fitted:
    """network : with the weights of the lowest validation loss, in evaluation mode. epochs : run in all, those before
    a resume too. best_epoch : counted from 0. curve : (epoch, training loss, validation loss).
    """

    network: ReconstructionNetwork
    epochs: int
    best_epoch: int
    curve: tuple[tuple[int, float, float], ...]


def fit(
    recipe: Recipe,
    training: tuple[list[np.ndarray], list[np.ndarray]],
    validation: tuple[list[np.ndarray], list[np.ndarray]],
    folder: Path,
    *,
    fingerprint: str = "",
    threads: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> Fitted:
    """Train the recipe's network, or go on with what `folder` holds of the same recipe and images.

    training, validation : pictures and localisation maps (empty unless the loss needs them). folder : for checkpoints
    and curve.csv. fingerprint : of the images. threads : of torch on a CPU, 0 leaves them as they are.
    device : "auto", "cpu", "gpu" or "mps"; auto takes what Lightning finds.

    Raises TrainingError when the loss is no number any more or a checkpoint cannot be written; the last checkpoint
    stays. Raises ArgumentError for a checkpoint of another recipe or other images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = f"{recipe.identity()} {fingerprint}"
    resumed = read_checkpoint(folder / LAST, identity)
    with _quiet(), torch.random.fork_rng(), _threads(threads):
        torch.manual_seed(recipe.seed)
        module = _Module(recipe, training, validation)
        keeper = Keeper(folder, {"identity": identity, "recipe": recipe.plain()}, progress)
        if resumed is None:
            clear(folder)
        if resumed is None or (resumed["epoch"] + 1 < recipe.training.epochs and not resumed["surfedge"]["stopped"]):
            _trainer(recipe, keeper, device).fit(
                module, ckpt_path=folder / LAST if resumed else None, **_weights_only()
            )
    return load(recipe, folder, identity)


def load(recipe: Recipe, folder: Path, identity: str | None = None) -> Fitted:
    """The network of `folder`'s best checkpoint; raises ArgumentError when there is none of this recipe."""
    state = read_checkpoint(folder / BEST, identity or recipe.identity())
    last = read_checkpoint(folder / LAST, identity or recipe.identity())
    if state is None or last is None:
        raise ArgumentError(folder, found="no checkpoint", expected=BEST, remedy="train first")
    with torch.random.fork_rng():
        network = recipe.network.build()
    weights = {name.removeprefix("network."): value for name, value in state["state_dict"].items()}
    network.load_state_dict(weights)
    curve = tuple((int(e), float(t), float(v)) for e, t, v in last["surfedge"]["curve"])
    return Fitted(network.eval(), len(curve), int(state["epoch"]), curve)


def recipe_of(folder: Path) -> Recipe:
    """The recipe that the checkpoints in `folder` were trained by; raises ArgumentError when there is none."""
    state = read_checkpoint(folder / BEST, "")
    if state is None:
        raise ArgumentError(folder, found="no checkpoint", expected=f"a folder with {BEST}", remedy="train first")
    return parse_recipe(state["surfedge"]["recipe"], f"{folder / BEST}")


def _kept(epoch: int) -> str:
    return "the checkpoint before it is kept" if epoch else "it was the first epoch: there is no checkpoint"


class _Module(lightning.LightningModule):
    """Batches, loss and optimiser as Lightning wants to be given them."""

    def __init__(self, recipe: Recipe, training: Any, validation: Any) -> None:
        super().__init__()
        self.recipe, self.network = recipe, recipe.network.build().to(memory_format=torch.channels_last)
        self._training_data, self._validation_data = training, validation
        self.sums = [0.0, 0.0]

    def train_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(
            Crops(self._training_data[0], self._training_data[1], self.recipe, self.current_epoch), batch_size=None
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(Crops(self._validation_data[0], self._validation_data[1], self.recipe, None), batch_size=None)

    def on_train_epoch_start(self) -> None:
        self.sums = [0.0, 0.0]

    def training_step(self, batch: Batch, number: int) -> Tensor:
        given, target, weights = batch
        # What the network draws (a sample of the latent vector) depends on the batch alone, resumed or not.
        drawn = np.random.SeedSequence([self.recipe.seed, 5, self.current_epoch, number])
        torch.manual_seed(int(drawn.generate_state(1)[0]))
        output, penalty = self.network.training_pass(given.contiguous(memory_format=torch.channels_last))
        loss: Tensor = self.recipe.loss(target, output, weights) + penalty
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                "training",
                found=f"a loss of {value} in epoch {self.current_epoch}, batch {number}",
                expected="a finite loss",
                remedy=f"lower training.learning_rate or set training.gradient_limit; {_kept(self.current_epoch)}",
            )
        self.sums[0] += value * len(target)
        self.sums[1] += len(target)
        return loss

    def validation_step(self, batch: Batch, number: int) -> None:
        given, target, weights = batch
        loss = self.recipe.loss(target, self.network(given), weights)
        self.log("validation_loss", loss, on_step=False, on_epoch=True, batch_size=len(target))

    def configure_optimizers(self) -> Any:
        training = self.recipe.training
        adam = torch.optim.Adam(self.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
        if training.schedule == "constant":
            return adam
        return [adam], [torch.optim.lr_scheduler.CosineAnnealingLR(adam, training.epochs)]


def _trainer(recipe: Recipe, keeper: Keeper, device: str) -> lightning.Trainer:
    known = {"auto": True, "cpu": True, "gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not known.get(device):
        there = ", ".join(name for name, is_there in known.items() if is_there)
        raise ArgumentError("device", found=repr(device), expected=f"{there} on this PC", remedy="use auto")
    callbacks: list[Callback] = [keeper]
    if recipe.training.patience:
        callbacks.insert(
            0,
            EarlyStopping(
                "validation_loss", patience=recipe.training.patience, check_finite=False, check_on_train_epoch_end=False
            ),
        )
    return lightning.Trainer(
        max_epochs=recipe.training.epochs,
        accelerator=device,
        devices=1,
        logger=False,
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        gradient_clip_val=recipe.training.gradient_limit or None,
        reload_dataloaders_every_n_epochs=1,
    )


def _weights_only() -> dict[str, Any]:
    """Lightning 2.6 and later can be told to execute nothing in a checkpoint."""
    from inspect import signature

    return {"weights_only": True} if "weights_only" in signature(lightning.Trainer.fit).parameters else {}


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's notes and warnings are about features that are not used here."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
