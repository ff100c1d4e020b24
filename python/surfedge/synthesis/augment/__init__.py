"""Augmentation of training images for classifiers and detectors: flips, turns, noise, cut-out, AugMix, mixup.

Each kind in `AUGMENTATIONS` takes (image, mask or None, rng) and returns both anew: where the geometry moves, the mask
moves with it. `augmented` does several in turn. `mixup`, which needs two images and their labels, stands apart.

>>> import numpy as np
>>> from surfedge.synthesis.augment import augmented
>>> image, mask = np.zeros((32, 32), np.uint8), np.zeros((32, 32), bool)
>>> image[4:8, 4:20], mask[4:8, 4:20] = 200, True
>>> moved, its_mask = augmented(image, np.random.default_rng(3), mask, kinds=("flips", "quarter_turns"))
>>> bool((moved[its_mask] == 200).all()), int(its_mask.sum())
(True, 64)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

AUGMENTATIONS = {
    "flips": "surfedge.synthesis.augment.geometry:flips",
    "quarter_turns": "surfedge.synthesis.augment.geometry:quarter_turns",
    "turns": "surfedge.synthesis.augment.geometry:turns",
    "noise": "surfedge.synthesis.augment.covering:noise",
    "cut_out": "surfedge.synthesis.augment.covering:cut_out_pieces",
    "aug_mix": "surfedge.synthesis.augment.augmix:aug_mix",
}

if TYPE_CHECKING:
    from surfedge.synthesis.augment.augmix import aug_mix
    from surfedge.synthesis.augment.in_turn import augmented
    from surfedge.synthesis.augment.pairs import mixup
else:
    __getattr__, __dir__ = lazy_exports(
        __name__, {"augmix": ("aug_mix",), "in_turn": ("augmented",), "pairs": ("mixup",)}
    )
