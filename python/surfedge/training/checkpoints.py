"""Checkpoints: the state after each epoch, written in one step, and the curve of the losses as a table."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch import nn

from surfedge.errors import ArgumentError, TrainingError
from surfedge.files import replace_text
from surfedge.progress import Progress

LAST, BEST, CURVE = "last.ckpt", "best.ckpt", "curve.csv"
FINISHED = "finished.ckpt"  # of families that learn something without a gradient
PREFIX = "network."  # of the network's weights in a checkpoint
VALIDATION = "validation_loss"  # the metric's name while it is logged


class Keeper(Callback):
    """Writes checkpoints in one step, so that a kill or a full disk leaves the one before; and the curve."""

    def __init__(self, folder: Path, origin: dict[str, Any], progress: Progress, stage: str = "") -> None:
        self._folder, self._origin, self._progress = folder, origin, progress
        self._what = f"training {stage}".rstrip()
        self._curve: list[list[float]] = []
        self._best = math.inf
        self._stopped = False

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """After the validation of each epoch, and after early stopping has looked at it."""
        found = float(trainer.callback_metrics[VALIDATION])
        if not math.isfinite(found):
            raise TrainingError(
                "training",
                found=f"a validation loss of {found} in epoch {trainer.current_epoch}",
                expected="a finite loss",
                remedy="lower training.learning_rate; the checkpoint before it is kept",
            )
        mean = pl_module.sums[0] / max(pl_module.sums[1], 1)
        self._curve.append([trainer.current_epoch, mean, found])
        self._stopped = bool(trainer.should_stop)
        is_best, self._best = found < self._best, min(found, self._best)
        self._write(trainer, is_best)
        self._progress(trainer.current_epoch + 1, trainer.max_epochs, f"{self._what}, loss {found:.5g}")

    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Adds the identity of the training and the losses so far."""
        kept = {"curve": self._curve, "best": self._best, "stopped": self._stopped}
        checkpoint["surfedge"] = {**self._origin, **kept}

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Takes up the losses again."""
        kept = checkpoint["surfedge"]
        self._curve, self._best = list(kept["curve"]), float(kept["best"])

    def _write(self, trainer: Any, is_best: bool) -> None:
        part, best = self._folder / "part", self._folder / f"{BEST}.part"
        with room_for(self._folder, part, best):
            trainer.save_checkpoint(part)
            if is_best:
                best.write_bytes(part.read_bytes())
                os.replace(best, self._folder / BEST)
            os.replace(part, self._folder / LAST)
            _write_curve(self._folder / CURVE, self._curve)


def write_state(path: Path, network: nn.Module, origin: dict[str, Any]) -> None:
    """The weights of a finished network, in one step; TrainingError where they find no room."""
    weights = {f"{PREFIX}{name}": value for name, value in network.state_dict().items()}
    part = path.with_name("part")
    with room_for(path.parent, part):
        torch.save({"state_dict": weights, "surfedge": origin}, part)
        os.replace(part, path)


def digest_of(network: nn.Module) -> str:
    """SHA-256 over the names and values of a network's weights, hexadecimal."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def weights_of(state: dict[str, Any]) -> dict[str, Any]:
    """The network's part of a checkpoint, as its `load_state_dict` takes it."""
    return {name.removeprefix(PREFIX): value for name, value in state["state_dict"].items()}


@contextmanager
def room_for(folder: Path, *parts: Path) -> Iterator[None]:
    """What is half written is removed when the disk is full, and the user gets a message."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # torch reports a full disk as either
        for rest in parts:
            rest.unlink(missing_ok=True)
        raise TrainingError(
            folder,
            found=f"a checkpoint that could not be written ({error})",
            expected="room on the disk",
            remedy="make room and run the same command again: it goes on from the last checkpoint",
        ) from error


def read_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """The checkpoint at `path`, None without one; nothing in it is executed."""
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        kept = state["surfedge"]["identity"]
    except Exception as error:  # whatever a damaged file makes torch raise
        raise ArgumentError(
            path,
            found="a file that is no checkpoint of this training",
            expected="an intact one",
            remedy="remove it to start again",
        ) from error
    if not kept.startswith(identity):
        raise ArgumentError(
            path,
            found="a checkpoint of another recipe or other images",
            expected="one of this",
            remedy="give --fresh to start again, or another --out",
        )
    return state


def clear(folder: Path) -> None:
    """Remove the checkpoints and the curve, where they are."""
    for name in (LAST, BEST, CURVE, FINISHED):
        (folder / name).unlink(missing_ok=True)


def _write_curve(path: Path, curve: list[list[float]]) -> None:
    rows = "".join(f"{int(epoch)},{a:.8g},{b:.8g}\n" for epoch, a, b in curve)
    replace_text(path, f"epoch,training_loss,validation_loss\n{rows}")
