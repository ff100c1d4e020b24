"""Two views of each image, and the loss that draws them together."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.training import read_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.views import TEMPERATURE, ViewPairs, nt_xent, views


def test_the_loss_by_hand() -> None:
    """Of two images with equal views: -log(e^(1/t) / (e^(1/t) + 2 e^0)) where images are at right angles."""
    z = torch.tensor([[3.0, 0.0], [0.0, 5.0], [1.0, 0.0], [0.0, 2.0]])
    by_hand = np.log(1 + 2 * np.exp(-1 / TEMPERATURE))
    assert float(nt_xent(z)) == pytest.approx(by_hand, rel=1e-5)
    assert float(nt_xent(z[[0, 1, 3, 2]])) == pytest.approx(by_hand + 1 / TEMPERATURE, rel=1e-5)  # partners swapped


def test_views_show_the_image_and_are_drawn_from_the_seed_alone() -> None:
    ramp = torch.linspace(0.3, 0.7, 32).expand(5, 1, 32, 32)
    first, again = (views(ramp, np.random.default_rng(4)) for _ in range(2))
    assert first.shape == ramp.shape and torch.equal(first, again)
    assert not torch.equal(first, views(ramp, np.random.default_rng(5)))
    across, down = (first.std(dim=axis).amax((1, 2)) for axis in (3, 2))
    assert bool(((across > 1e-3) ^ (down > 1e-3)).all())  # turned by right angles: a ramp stays one along an axis
    assert float(first.min()) >= 0 and float(first.max()) <= 1


def test_batches_hold_both_views_and_every_held_out_image_once() -> None:
    pictures = [np.full((1, 96, 96), grey, np.uint8) for grey in range(60, 200, 20)]
    recipe = read_recipe("contrastive-features")
    shown = ViewPairs(Examples(pictures), recipe, 0, 4)
    assert len(shown) == 1536 // 4 and shown[0][0].shape == (8, 1, 96, 96)
    assert torch.equal(shown[3][0], shown[3][0]) and not torch.equal(shown[3][0], shown[4][0])
    held_out = ViewPairs(Examples(pictures), recipe, None, 4)
    assert [len(batch[0]) for batch in (held_out[0], held_out[1])] == [8, 6]
    with pytest.raises(IndexError):
        held_out[2]
