"""The loop: a killed run ends as an uninterrupted one, the same seed as itself, and trouble leaves the checkpoint."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import lightning.pytorch as lightning
import torch

from surfedge.errors import ArgumentError, TrainingError
from surfedge.training import Fitted, load, parse_recipe, recipe_of
from surfedge.training.batches.examples import Examples
from surfedge.training.checkpoints import BEST, CURVE, LAST
from surfedge.training.fit import fit
from tiny import TINY

CHANCE = np.random.default_rng(1)
PICTURES = [CHANCE.integers(0, 256, (1, 48, 48), np.uint8) for _ in range(6)]


class _KilledError(Exception):
    """What a test stops a training with."""


def _fit(folder: Path, *, kill_after: int = 0, **tables: Any) -> Fitted:
    def progress(done: int, total: int, what: str) -> None:
        if done == kill_after:
            raise _KilledError

    recipe = parse_recipe({**TINY, "data": {"samples": 32}, **tables})
    return fit(recipe, Examples(PICTURES[:4]), Examples(PICTURES[4:]), folder, threads=1, progress=progress)


def _same(a: Fitted, b: Fitted) -> bool:
    pairs = zip(a.network.state_dict().values(), b.network.state_dict().values(), strict=True)
    return a.curve == b.curve and all(torch.equal(x, y) for x, y in pairs)


@pytest.mark.parametrize("name", ["bergmann", "variational"])
def test_a_killed_run_ends_as_an_uninterrupted_one(tmp_path: Path, name: str) -> None:
    tables = {
        "network": {**TINY["network"], "name": name},
        "augmentation": {"noise_sigma": 0.1},
        "training": {**TINY["training"], "schedule": "cosine"},
    }
    whole = _fit(tmp_path / "whole", **tables)
    with pytest.raises(_KilledError):
        _fit(tmp_path / "killed", kill_after=2, **tables)
    assert len((tmp_path / "killed" / CURVE).read_text().splitlines()) == 3
    assert _same(_fit(tmp_path / "killed", **tables), whole)
    assert len(whole.curve) == 3 and whole.best_epoch == int(np.argmin([v for _, _, v in whole.curve]))


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = _fit(tmp_path)
    stamp = (tmp_path / LAST).stat().st_mtime_ns
    assert _same(_fit(tmp_path, kill_after=1), first)
    assert (tmp_path / LAST).stat().st_mtime_ns == stamp
    assert recipe_of(tmp_path).plain() == parse_recipe({**TINY, "data": {"samples": 32}}).plain()


def test_another_recipe_or_other_images_do_not_continue(tmp_path: Path) -> None:
    _fit(tmp_path, training={"epochs": 1})
    with pytest.raises(ArgumentError, match="another recipe or other images"):
        _fit(tmp_path, training={"epochs": 1}, seed=5)
    (tmp_path / LAST).write_bytes(b"no checkpoint")
    with pytest.raises(ArgumentError, match="no checkpoint of this training"):
        _fit(tmp_path, training={"epochs": 1})
    with pytest.raises(ArgumentError, match="train first"):
        load(parse_recipe(TINY), tmp_path / "empty")


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    missing = "mps" if torch.cuda.is_available() else "gpu"
    recipe = parse_recipe({**TINY, "data": {"samples": 32}})
    for device in (missing, "tpu"):
        with pytest.raises(ArgumentError, match=r"device: found .*, expected auto, cpu"):
            fit(recipe, Examples(PICTURES[:4]), Examples(PICTURES[4:]), tmp_path, threads=1, device=device)


def test_early_stopping_keeps_the_best(tmp_path: Path) -> None:
    """With a learning rate that makes things worse, training stops after `patience` epochs without progress."""
    fitted = _fit(tmp_path, training={"epochs": 40, "batch": 16, "learning_rate": 0.3, "patience": 2})
    losses = [loss for _, _, loss in fitted.curve]
    assert fitted.epochs < 40 and fitted.best_epoch == int(np.argmin(losses)) == fitted.epochs - 3
    again = _fit(tmp_path, training={"epochs": 40, "batch": 16, "learning_rate": 0.3, "patience": 2})
    assert _same(again, fitted)


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from surfedge.training.losses.mse import Mse

    right, calls = Mse.__call__, 0

    def broken(self: Mse, *given: Any) -> Any:
        nonlocal calls
        calls += 1
        return right(self, *given) * (float("nan") if calls == 5 else 1.0)

    with monkeypatch.context() as patch:
        patch.setattr(Mse, "__call__", broken)
        with pytest.raises(TrainingError, match="a loss of nan in epoch 1.*learning_rate"):
            _fit(tmp_path)
    assert (tmp_path / LAST).is_file() and (tmp_path / BEST).is_file()
    assert _fit(tmp_path).epochs == 3


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fit(tmp_path / "whole")
    right, calls = lightning.Trainer.save_checkpoint, 0

    def full(self: Any, path: Path, *rest: Any, **named: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        right(self, path, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(lightning.Trainer, "save_checkpoint", full)
        with pytest.raises(TrainingError, match="No space left on device.*run the same command again"):
            _fit(tmp_path / "full")
    assert sorted(path.name for path in (tmp_path / "full").iterdir() if path.suffix != ".lock") == sorted(
        (LAST, BEST, CURVE)
    )
    assert _same(_fit(tmp_path / "full"), whole)
