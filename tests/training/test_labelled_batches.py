"""Batches of labelled images: balanced, held out, mixed; the loss of shares."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.labelled import LabelledBatches, cross_entropy
from training.textures import TINY


def _batches(epoch: int | None, **tables: Any) -> LabelledBatches:
    rng = np.random.default_rng(0)
    classes = ["a"] * 12 + ["b"] * 3 + [""] * 5
    pictures = [np.full((1, 16, 16), 10 + number, np.uint8) for number in range(20)]
    pictures[0] = rng.integers(0, 255, (1, 16, 16), np.uint8)
    recipe = parse_recipe({**TINY, "data": {"samples": 24, **tables.pop("data", {})}, **tables})
    return LabelledBatches(Examples(pictures, classes=classes), recipe, epoch, ("a", "b"), 8)


def test_balanced_batches_show_every_class_as_often() -> None:
    shown = np.concatenate(
        [shares.numpy() for _, shares in map(_batches(0, data={"balanced": True}).__getitem__, range(3))]
    )
    assert shown.sum(axis=0).tolist() == [12.0, 12.0]
    plain = [int(label) for number in range(3) for label in _batches(0)[number][1].argmax(dim=1)]
    assert Counter(plain)[0] == pytest.approx(24 * 12 / 15, abs=3)


def test_held_out_batches_are_every_labelled_image_once_as_it_is() -> None:
    augmented = {"flips": True, "turns": True, "aug_mix": True, "mixup": 0.4, "noise_sigma": 0.2}
    batches = _batches(None, augmentation=augmented, data={"balanced": True})
    images = torch.cat([batches[number][0] for number in range(len(batches))])
    assert len(images) == 15 and images[1:, 0, 0, 0].mul(255).round().int().tolist() == list(range(11, 25))


def test_mixup_mixes_labels_and_an_epoch_is_repeated_exactly() -> None:
    batches = _batches(2, augmentation={"mixup": 1.0, "aug_mix": True})
    images, shares = batches[1]
    assert torch.allclose(shares.sum(dim=1), torch.ones(8)) and bool(((shares > 0.01) & (shares < 0.99)).any())
    again = _batches(2, augmentation={"mixup": 1.0, "aug_mix": True})[1]
    assert torch.equal(images, again[0]) and torch.equal(shares, again[1])
    assert not torch.equal(images, _batches(3, augmentation={"mixup": 1.0, "aug_mix": True})[1][0])


def test_cross_entropy_is_that_of_shares() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    shares = torch.tensor([[1.0, 0.0], [0.25, 0.75]])
    expected = (np.log1p(np.exp(-2.0)) + np.log(2.0)) / 2
    assert float(cross_entropy(logits, shares)) == pytest.approx(expected)
