"""The training loop: Lightning around one network, one loss and batches that depend on (seed, epoch, number) alone.

After each epoch the state is written to ``last.ckpt`` in one step, and to ``best.ckpt`` when the validation loss is the
lowest so far; a run that was killed continues from the last and ends as an uninterrupted one does.
"""

from __future__ import annotations

import csv
import logging
import math
import os
import warnings
from collections.abc import Callable, Iterator
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
from surfedge.training.crops import Batch, Crops
from surfedge.training.recipe import Recipe, parse_recipe
from surfedge.training.reconstruction_network import ReconstructionNetwork

LAST, BEST, CURVE = "last.ckpt", "best.ckpt", "curve.csv"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Fitted:
    """network : with the weights of the lowest validation loss, in evaluation mode. epochs : run in all, including those
    before a resume. best_epoch : counted from 0. curve : (epoch, training loss, validation loss).
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
    progress: Progress = lambda done, total, what: None,
) -> Fitted:
    """Train the recipe's network, or go on with what `folder` holds of the same recipe and images.

    training, validation : pictures and localisation maps (empty unless the loss needs them). folder : for checkpoints
    and curve.csv. fingerprint : of the images. threads : of torch on a CPU, 0 leaves them as they are.

    Raises TrainingError when the loss is no number any more or a checkpoint cannot be written; the last checkpoint
    stays. Raises ArgumentError for a checkpoint of another recipe or other images.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = f"{recipe.identity()} {fingerprint}"
    resumed = _checkpoint(folder / LAST, identity)
    with _quiet(), torch.random.fork_rng(), _threads(threads):
        torch.manual_seed(recipe.seed)
        module = _Module(recipe, training, validation)
        keeper = _Keeper(folder, {"identity": identity, "recipe": recipe.plain()}, progress)
        if resumed is None:
            _clear(folder)
        if resumed is None or resumed["epoch"] + 1 < recipe.training.epochs and not resumed["surfedge"]["stopped"]:
            _trainer(recipe, keeper).fit(module, ckpt_path=folder / LAST if resumed else None, **_weights_only())
    return load(recipe, folder, identity)


def load(recipe: Recipe, folder: Path, identity: str | None = None) -> Fitted:
    """The network of `folder`'s best checkpoint; raises ArgumentError when there is none of this recipe."""
    state = _checkpoint(folder / BEST, identity or recipe.identity())
    last = _checkpoint(folder / LAST, identity or recipe.identity())
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
    state = _checkpoint(folder / BEST, "")
    if state is None:
        raise ArgumentError(folder, found="no checkpoint", expected=f"a folder with {BEST}", remedy="train first")
    return parse_recipe(state["surfedge"]["recipe"], f"{folder / BEST}")


class _Module(lightning.LightningModule):
    """Batches, loss and optimiser as Lightning wants to be given them."""

    def __init__(self, recipe: Recipe, training: Any, validation: Any) -> None:
        super().__init__()
        self.recipe, self.network = recipe, recipe.network.build().to(memory_format=torch.channels_last)
        self._training_data, self._validation_data = training, validation
        self.sums = [0.0, 0.0]

    def train_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(Crops(*self._training_data, self.recipe, self.current_epoch), batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(Crops(*self._validation_data, self.recipe, None), batch_size=None)

    def on_train_epoch_start(self) -> None:
        self.sums = [0.0, 0.0]
        # What the network draws (a sample of the latent vector) depends on the epoch alone, resumed or not.
        torch.manual_seed(hash((self.recipe.seed, self.current_epoch)) % (1 << 62))

    def training_step(self, batch: Batch, number: int) -> Tensor:
        given, target, weights = batch
        output, penalty = self.network.training_pass(given.contiguous(memory_format=torch.channels_last))
        loss: Tensor = self.recipe.loss(target, output, weights) + penalty
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError("training", found=f"a loss of {value} in epoch {self.current_epoch}, batch {number}",
                                expected="a finite loss", remedy="lower training.learning_rate or set "
                                "training.gradient_limit; the checkpoint before it is kept")  # fmt: skip
        self.sums[0] += value * len(target)
        self.sums[1] += len(target)
        return loss

    def validation_step(self, batch: Batch, number: int) -> None:
        given, target, weights = batch
        loss = self.recipe.loss(target, self.network(given), weights)
        self.log("validation_loss", loss, on_step=False, on_epoch=True, batch_size=len(target))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        training = self.recipe.training
        return torch.optim.Adam(
            self.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )


class _Keeper(Callback):
    """Writes checkpoints in one step, so that a kill or a full disk leaves the one before; and the curve."""

    def __init__(self, folder: Path, origin: dict[str, Any], progress: Progress) -> None:
        self._folder, self._origin, self._progress = folder, origin, progress
        self._curve: list[list[float]] = []
        self._best = math.inf
        self._stopped = False

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """After the validation of each epoch, and after early stopping has looked at it."""
        found = float(trainer.callback_metrics["validation_loss"])
        if not math.isfinite(found):
            raise TrainingError("training", found=f"a validation loss of {found} in epoch {trainer.current_epoch}",
                                expected="a finite loss", remedy="lower training.learning_rate; "
                                "the checkpoint before it is kept")  # fmt: skip
        mean = pl_module.sums[0] / max(pl_module.sums[1], 1)
        self._curve.append([trainer.current_epoch, mean, found])
        self._stopped = bool(trainer.should_stop)
        is_best, self._best = found < self._best, min(found, self._best)
        self._write(trainer, is_best)
        self._progress(trainer.current_epoch + 1, trainer.max_epochs, f"training, loss {found:.5f}")

    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        kept = {"curve": self._curve, "best": self._best, "stopped": self._stopped}
        checkpoint["surfedge"] = {**self._origin, **kept}

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        kept = checkpoint["surfedge"]
        self._curve, self._best = list(kept["curve"]), float(kept["best"])

    def _write(self, trainer: Any, is_best: bool) -> None:
        part = self._folder / "part"
        try:
            trainer.save_checkpoint(part)
            if is_best:
                (self._folder / f"{BEST}.part").write_bytes(part.read_bytes())
                os.replace(self._folder / f"{BEST}.part", self._folder / BEST)
            os.replace(part, self._folder / LAST)
            _write_curve(self._folder / CURVE, self._curve)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as either
            for rest in (part, self._folder / f"{BEST}.part"):
                rest.unlink(missing_ok=True)
            raise TrainingError(self._folder, found=f"a checkpoint that could not be written ({error})",
                                expected="room on the disk", remedy="make room and run the same command again: it "
                                "goes on from the last checkpoint") from error  # fmt: skip


def _trainer(recipe: Recipe, keeper: _Keeper) -> lightning.Trainer:
    callbacks: list[Callback] = [keeper]
    if recipe.training.patience:
        callbacks.insert(0, EarlyStopping("validation_loss", patience=recipe.training.patience, check_finite=False))
    return lightning.Trainer(
        max_epochs=recipe.training.epochs, accelerator="auto", devices=1, logger=False, callbacks=callbacks,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        gradient_clip_val=recipe.training.gradient_limit or None, reload_dataloaders_every_n_epochs=1,
    )  # fmt: skip


def _checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """The checkpoint at `path`, None without one; nothing in it is executed."""
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        kept = state["surfedge"]["identity"]
    except Exception as error:  # whatever a damaged file makes torch raise
        raise ArgumentError(path, found="a file that is no checkpoint of this training", expected="an intact one",
                            remedy="remove it to start again") from error  # fmt: skip
    if not kept.startswith(identity):
        raise ArgumentError(path, found="a checkpoint of another recipe or other images", expected="one of this training",
                            remedy="give --fresh to start again, or another --out")  # fmt: skip
    return state


def _weights_only() -> dict[str, Any]:
    """Lightning 2.6 and later can be told to execute nothing in a checkpoint."""
    from inspect import signature

    return {"weights_only": True} if "weights_only" in signature(lightning.Trainer.fit).parameters else {}


def _clear(folder: Path) -> None:
    for name in (LAST, BEST, CURVE):
        (folder / name).unlink(missing_ok=True)


def _write_curve(path: Path, curve: list[list[float]]) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("epoch", "training_loss", "validation_loss"))
        writer.writerows((int(epoch), f"{a:.8g}", f"{b:.8g}") for epoch, a, b in curve)
    os.replace(part, path)


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
