"""The loop of one stage: Lightning around a network and what its stage says of batches, losses and optimiser.

After each epoch the state is written to ``last.ckpt`` in one step, and to ``best.ckpt`` when the validation metric is
the lowest so far.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping
from torch import Tensor, nn
from torch.utils.data import DataLoader

from surfedge.errors import ArgumentError, TrainingError
from surfedge.training.backbones.kept_features import has_frozen, kept_features
from surfedge.training.batches.examples import Examples
from surfedge.training.checkpoints import VALIDATION, Keeper
from surfedge.training.families.stage import Batch, Stage
from surfedge.training.settings import Training


def run_stage(
    network: nn.Module,
    stage: Stage,
    examples: tuple[Examples, Examples],
    keeper: Keeper,
    device: str,
    *,
    seed: Sequence[int],
    resume: Path | None,
) -> None:
    """Train `network` on examples[0] until the stage's epochs are over or its patience ends; `keeper` keeps the states.

    examples[1] : the held-out ones. seed : of what is drawn, with epoch and batch. resume : a checkpoint to go on from.
    """
    module = _Module(network, stage, examples, seed)
    keeps = has_frozen(network) and is_repeated(stage, examples[0])
    with _quiet(), kept_features(network) if keeps else nullcontext():
        _trainer(stage.settings, keeper, device).fit(module, ckpt_path=resume, **_weights_only())


def is_repeated(stage: Stage, examples: Examples) -> bool:
    """Whether the second epoch shows what the first did, by the first batch of each."""
    first, second = (stage.batches(examples, epoch)[0][0] for epoch in (0, 1))
    return first.shape == second.shape and torch.equal(first, second)


class _Module(lightning.LightningModule):
    """A stage as Lightning wants to be given it."""

    def __init__(
        self, network: nn.Module, stage: Stage, examples: tuple[Examples, Examples], seed: Sequence[int]
    ) -> None:
        super().__init__()
        self.automatic_optimization = False  # a stage may step several times within a batch
        self.network, self._stage, self._examples, self._seed = network, stage, examples, seed
        self.sums = [0.0, 0.0]

    def train_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(self._stage.batches(self._examples[0], self.current_epoch), batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(self._stage.batches(self._examples[1], None), batch_size=None)

    def on_train_epoch_start(self) -> None:
        self.sums = [0.0, 0.0]

    def training_step(self, batch: Batch, number: int) -> None:
        # What the network draws (a sample of the latent vector) depends on the batch alone, resumed or not.
        drawn = np.random.SeedSequence([self._seed[0], 5, self.current_epoch, number, *self._seed[1:]])
        torch.manual_seed(int(drawn.generate_state(1)[0]))
        optimiser: Any = self.optimizers()
        limit = self._stage.settings.gradient_limit
        for loss in self._losses(batch):
            value = self._finite(loss, number)
            optimiser.zero_grad()
            self.manual_backward(loss)
            if limit:
                self.clip_gradients(optimiser, gradient_clip_val=limit, gradient_clip_algorithm="norm")
            optimiser.step()
            self.sums[0] += value * len(batch[0])
            self.sums[1] += len(batch[0])

    def on_train_batch_end(self, outputs: Any, batch: Batch, number: int) -> None:
        schedule: Any = self.lr_schedulers()
        if schedule is not None and self.trainer.is_last_batch:  # before validation: the checkpoint holds it
            schedule.step()

    def validation_step(self, batch: Batch, number: int) -> None:
        figure = self._stage.validate(self.network, batch)
        self.log(VALIDATION, figure, on_step=False, on_epoch=True, batch_size=len(batch[0]))

    def configure_optimizers(self) -> Any:
        optimiser = self._stage.optimiser(self._stage.settings, self._stage.parameters(self.network))
        schedule = self._stage.schedule(self._stage.settings, optimiser)
        return optimiser if schedule is None else ([optimiser], [schedule])

    def _losses(self, batch: Batch) -> Iterator[Tensor]:
        """Those of the stage, in the precision of its settings; what was rounded for one is not kept for the next,
        which comes after a step."""
        losses, is_bf16 = iter(self._stage.losses(self.network, batch)), self._stage.settings.precision == "bf16"
        while True:
            with torch.autocast(batch[0].device.type, torch.bfloat16, enabled=is_bf16):
                loss = next(losses, None)
            if loss is None:
                return
            yield loss.float()

    def _finite(self, loss: Tensor, number: int) -> float:
        value = float(loss.detach())
        if not math.isfinite(value):
            kept = "the checkpoint before it is kept" if self.current_epoch else "there is no checkpoint of this stage"
            raise TrainingError(
                "training",
                found=f"a loss of {value} in epoch {self.current_epoch}, batch {number}",
                expected="a finite loss",
                remedy=f"lower training.learning_rate or set training.gradient_limit; {kept}",
            )
        return value


def _trainer(settings: Training, keeper: Keeper, device: str) -> lightning.Trainer:
    known = {"auto": True, "cpu": True, "gpu": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not known.get(device):
        there = ", ".join(name for name, is_there in known.items() if is_there)
        raise ArgumentError("device", found=repr(device), expected=f"{there} on this PC", remedy="use auto")
    if settings.precision == "bf16" and not _knows_bf16(device):
        raise ArgumentError(
            "training.precision",
            found="bf16",
            expected="f32 on this processor, which has no instructions for bf16",
            remedy='set training.precision to "f32"',
        )
    callbacks: list[Callback] = [keeper]
    if settings.patience:
        stopping = EarlyStopping(
            VALIDATION, patience=settings.patience, check_finite=False, check_on_train_epoch_end=False
        )
        callbacks.insert(0, stopping)
    return lightning.Trainer(
        max_epochs=settings.epochs,
        accelerator=device,
        devices=1,
        logger=False,
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
    )


def _knows_bf16(device: str) -> bool:
    """Whether it multiplies in bf16; a CPU without such instructions would be slower than in f32."""
    if device == "gpu" or (device == "auto" and torch.cuda.is_available()):
        return torch.cuda.is_bf16_supported()
    return device in ("auto", "cpu") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _weights_only() -> dict[str, Any]:
    """Lightning 2.6 and later can be set to execute nothing in a checkpoint."""
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
