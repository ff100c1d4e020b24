"""The loop of a defect transfer: killed and resumed, averaged, checked, refused."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.errors import ArgumentError, TrainingError
from surfedge.training.transfer_gan import fit
from surfedge.training.transfer_gan.checks import check
from surfedge.training.transfer_gan.fit import LAST, MODEL, clear_transfer, draw_batch, fit_transfer
from surfedge.training.transfer_gan.levels import Levels
from surfedge.training.transfer_gan.model import Hybrid, TransferModel, added, change_mask
from surfedge.training.transfer_gan.turn import FIGURES, Sides
from surfedge.training.transfer_gan.views import Views


def tensors(state: Any, name: str = "") -> dict[str, Any]:
    """All numbers of a nested state, by place."""
    if isinstance(state, dict):
        return {key: value for k, part in state.items() for key, value in tensors(part, f"{name}/{k}").items()}
    if isinstance(state, (list, tuple)):
        return tensors(dict(enumerate(state)), name)
    return {name: state}


def same(one: Path, other: Path) -> bool:
    states = [tensors(torch.load(path, weights_only=True)) for path in (one, other)]
    return states[0].keys() == states[1].keys() and all(
        torch.equal(value, states[1][name]) if isinstance(value, torch.Tensor) else value == states[1][name]
        for name, value in states[0].items()
    )


def test_a_killed_run_ends_as_any_other_bit_for_bit(recipe: Any, views: Any, fitted: Any, tmp_path: Path) -> None:
    def killed(done: int, total: int, what: str) -> None:
        if done == 5:  # one step after the checkpoint of step 4
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_transfer(recipe, views, tmp_path, threads=1, device="cpu", progress=killed)
    assert torch.load(tmp_path / LAST, weights_only=True)["step"] == 4
    outcome = fit_transfer(recipe, views, tmp_path, threads=1, device="cpu")
    assert outcome.steps_now == 2 and outcome.ms_per_step > 0 and outcome.peak_mb > 10
    assert same(tmp_path / LAST, fitted[1] / LAST) and same(tmp_path / MODEL, fitted[1] / MODEL)
    assert (tmp_path / "curve.csv").read_text() == (fitted[1] / "curve.csv").read_text()
    longer = fit_transfer(recipe.with_steps(7), views, tmp_path, threads=1, device="cpu")
    assert longer.steps_now == 1 and [row["step"] for row in longer.curve] == [2, 4, 6, 7]


def test_the_averaged_weights_follow_by_the_half_life(recipe: Any, views: Any) -> None:
    sides = Sides(recipe, 3)
    before = [value.clone() for value in sides.averaged.parameters()]
    found = sides.step(draw_batch(views, recipe, 0), 0)
    share = 1 - 0.5 ** (recipe.training.batch / recipe.training.half_life)
    for kept, old, new in zip(sides.averaged.parameters(), before, sides.maker.parameters(), strict=True):
        assert torch.allclose(kept, old + share * (new - old), atol=1e-6)
    assert set(found) == set(FIGURES)  # the penalty is due in step 0
    assert set(FIGURES) - set(sides.step(draw_batch(views, recipe, 1), 1)) == {"penalty", "penalty_patches"}


def test_a_turn_of_the_generator_leaves_the_others_without_gradients(recipe: Any, views: Any) -> None:
    sides = Sides(recipe, 3)
    batch = draw_batch(views, recipe, 3)
    before = {name: [p.clone() for p in network.parameters()] for name, network in sides.networks.items()}
    sides.step(batch, 3)
    for name, network in sides.networks.items():
        assert any(not torch.equal(a, b) for a, b in zip(before[name], network.parameters(), strict=True)), name
        assert all(p.requires_grad for p in network.parameters()), name


def test_levels_are_stretched_to_what_the_images_use_and_back(views: Any, fitted: Any) -> None:
    images = np.arange(100, 120, dtype=np.uint8).repeat(20).reshape(4, 10, 10)
    levels = Levels.of(images)
    assert (levels.low, levels.high) == (100, 119)
    seen = levels.to_network(images)
    assert tuple(seen.shape) == (4, 1, 10, 10) and (seen.min().item(), seen.max().item()) == (-1, 1)
    assert np.array_equal(levels.to_images(seen), images)
    assert Levels.of(np.full((2, 4, 4), 30, np.uint8)) == Levels(22.0, 38.0)  # a range of 0 would divide by 0
    beyond = np.random.default_rng(0).integers(0, 256, (2, 5, 5, 3), dtype=np.uint8)
    assert np.array_equal(levels.to_images(levels.to_network(beyond)), beyond)
    assert TransferModel.load(fitted[1]).levels == views.levels != Levels()


def test_classes_are_drawn_in_equal_parts(recipe: Any) -> None:
    rare = Views(
        np.zeros((40, 32, 32), np.uint8),
        np.int64([0] * 38 + [1] * 2),
        np.zeros((3, 32, 32), np.uint8),
        ("a", "b", "good"),
    )
    kinds = np.concatenate([draw_batch(rare, recipe, step).kinds.numpy() for step in range(100)])
    assert 0.4 < kinds.mean() < 0.6


def test_a_hybrid_is_the_same_for_the_same_seed(fitted: Any, views: Any) -> None:
    model = TransferModel.load(fitted[1])
    one, other = (model.hybrid(views.defects[0], views.goods[0], seed) for seed in (3, 3))
    assert np.array_equal(one.image, other.image) and np.array_equal(one.without, other.without)
    assert one.image.shape == (32, 32) and one.image.dtype == np.uint8
    assert not np.array_equal(one.image, one.without)


def test_the_checks_see_copies_collapse_and_what_the_classifier_says(fitted: Any, views: Any) -> None:
    model = TransferModel.load(fitted[0].model)
    figures = check(model, views).figures()
    assert figures["images"] == 12
    for name in ("own_nearest", "same_class", "called_good", "defects_called_good", "hybrids_called"):
        assert 0 <= figures[name] <= 1
    assert figures["same_class"] >= figures["own_nearest"]
    with torch.no_grad():  # a generator that makes one image whatever it is given
        for value in model.maker.generator.last.parameters():
            value.zero_()
    collapsed = check(model, views).figures()
    assert collapsed["spread"] == pytest.approx(0, abs=1e-6) and collapsed["own_nearest"] < 0.1


def test_the_mask_is_where_the_defect_is_and_the_rest_keeps_its_grain() -> None:
    good = np.random.default_rng(0).normal(120, 4, (64, 64)).clip(0, 255).astype(np.uint8)
    without = np.full((32, 32), 120, np.uint8)
    image = without.copy()
    image[10:20, 12:18] = 40
    made = added(good, Hybrid(image, without))
    mask = change_mask(made, good)
    truth = np.zeros((64, 64), bool)
    truth[20:40, 24:36] = True
    assert (mask & truth).sum() > 0.9 * truth.sum() and (mask & ~truth).sum() < 0.2 * truth.sum()
    assert np.array_equal(made[:18], good[:18])
    assert not change_mask(good, good).any()
    speck = made.copy()
    speck[50:53, 50:53] = 200
    assert np.array_equal(change_mask(speck, good), mask)


def test_a_full_disk_leaves_the_last_checkpoint(
    recipe: Any, views: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, saved = torch.save, []

    def fills_up(state: Any, path: Any) -> None:
        saved.append(path)
        if len(saved) > 2:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(state, path)

    monkeypatch.setattr(fit.torch, "save", fills_up)
    with pytest.raises(TrainingError, match="room on the disk"):
        fit_transfer(recipe, views, tmp_path, threads=1, device="cpu")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curve.csv", LAST, MODEL]
    assert torch.load(tmp_path / LAST, weights_only=True)["step"] == 2


def test_an_interrupted_checkpoint_leaves_no_part(
    recipe: Any, views: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(state: Any, path: Any) -> None:
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(fit.torch, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit_transfer(recipe, views, tmp_path, threads=1, device="cpu")
    assert not list(tmp_path.iterdir())


def test_a_fresh_start_removes_its_own_files_only(recipe: Any, views: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    fit_transfer(recipe.with_steps(1), views, tmp_path, threads=1, device="cpu")
    clear_transfer(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_refused(recipe: Any, views: Any, fitted: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    others = replace(views, goods=views.goods[:4])
    with pytest.raises(ArgumentError, match="another recipe or other images"):
        fit_transfer(recipe, others, fitted[1], device="cpu")
    with pytest.raises(ArgumentError, match="device"):
        fit_transfer(recipe, views, tmp_path, device="tpu")
    (tmp_path / MODEL).write_bytes(b"none")
    with pytest.raises(ArgumentError, match="no model of a defect transfer"):
        TransferModel.load(tmp_path)
    sides = Sides(recipe, 3)
    with torch.no_grad():
        next(sides.maker.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="a finite loss"):
        sides.step(draw_batch(views, recipe, 0), 0)
