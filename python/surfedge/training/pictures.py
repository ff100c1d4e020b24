"""The images of a training as the network will get them at the line: read, prepared, converted once, kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import GOOD, Sample, fingerprint_of_samples, split
from surfedge.detector import Preparation
from surfedge.errors import SurfedgeError
from surfedge.images import content_of
from surfedge.progress import Progress
from surfedge.training.batches.examples import Examples
from surfedge.training.good_images import check_enough, check_sizes, refuse_defects
from surfedge.training.labelled_images import held_out_of, refuse_mixing
from surfedge.training.recipe import Recipe


@dataclass(frozen=True)
class Pictures:
    """training, validation : the pictures, with masks and classes where the family needs them. held_out : paths of the
    latter; learned_from : of the former. skipped : (path, reason) of what could not be used.

    fingerprint : SHA-256 over names and sizes of all files, and classes and masks, so that a checkpoint is not
    continued with other images.
    """

    training: Examples = field(repr=False)
    validation: Examples = field(repr=False)
    held_out: tuple[Path, ...]
    learned_from: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]
    fingerprint: str

    @property
    def held_out_good(self) -> tuple[Path, ...]:
        """Those of `held_out` that are good: what a limit is set by."""
        if not self.validation.classes:
            return self.held_out
        named = zip(self.held_out, self.validation.classes, strict=True)
        return tuple(path for path, name in named if name == GOOD)


@dataclass
class _Read:
    """What was read, by sample: picture, mask (1, H, W) or None, size (H, W) of the image, SHA-256 of its pixels."""

    pictures: dict[Sample, np.ndarray] = field(default_factory=dict)
    masks: dict[Sample, np.ndarray] = field(default_factory=dict)
    sizes: dict[Path, tuple[int, int]] = field(default_factory=dict)
    contents: dict[Sample, bytes] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def load_pictures(
    images: Sequence[Path] | Sequence[Sample], recipe: Recipe, progress: Progress, also_good: Sequence[Path] = ()
) -> Pictures:
    """Read `images`, split them by the recipe's seed, check that they fit the recipe.

    images : paths of good images, or samples with their class and mask, as the recipe's family needs them. also_good :
    good images of another line, for a family that learns from masks.

    Raises DatasetError: too few readable images of a kind, images smaller than a tile, sizes that differ by more than
    a quarter, a mask of another size than its image; defects given as good; the same image under two classes.
    """
    samples = [image if isinstance(image, Sample) else Sample(image, GOOD) for image in images]
    needs, added = recipe.family.needs, frozenset(also_good)
    if added:
        refuse_mixing(samples, added, needs)
        samples += [Sample(path, GOOD) for path in also_good]
    if needs == "good":
        refuse_defects(samples)
    read = _read(samples, recipe, progress)
    kept = list(read.pictures)
    if needs == "good":
        check_enough(len(kept), recipe.family.fewest, read.skipped)
    check_sizes(read.sizes, recipe.network.input_px if recipe.view == "tiles" else 1)
    if needs == "good":
        held_out = set(split([sample.path for sample in kept], recipe.data.validation_share, recipe.seed)[0])
    else:
        held_out = held_out_of(kept, read.contents, needs, recipe.data, recipe.seed, added)
    validating = [sample for sample in kept if sample.path in held_out]
    learning = [sample for sample in kept if sample.path not in held_out]
    return Pictures(
        _examples(learning, read, needs, added),
        _examples(validating, read, needs, added),
        tuple(sample.path for sample in validating),
        tuple(sample.path for sample in learning),
        tuple(read.skipped),
        fingerprint_of_samples(kept),
    )


def preparation_of(recipe: Recipe) -> Preparation:
    """How images are read and filtered, for training and in the bundle."""
    return Preparation(bit_depth=recipe.data.bit_depth or None, prefilter=recipe.data.prefilter)


def _read(samples: Sequence[Sample], recipe: Recipe, progress: Progress) -> _Read:
    preparation, read = preparation_of(recipe), _Read()
    for number, sample in enumerate(samples):
        progress(number, len(samples), "reading")
        try:
            frame = preparation.filter(preparation.read(sample.path))
        except SurfedgeError as error:
            read.skipped.append((str(sample.path), error.reason))
            continue
        picture = recipe.family.picture(frame, recipe)
        if recipe.family.needs == "masks":
            mask = sample.mask(frame.shape)
            if sample.is_defective and (mask is None or not mask.any()):
                why = "a defect without a mask" if mask is None else "a defect whose mask marks nothing"
                read.skipped.append((str(sample.path), why))
                continue
            assert mask is not None
            read.masks[sample] = _at_size(mask, picture.shape[1:])
        if recipe.family.needs != "good":
            read.contents[sample] = content_of(frame.pixels)
        read.sizes[sample.path] = frame.shape
        read.pictures[sample] = picture
    return read


def _at_size(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(1, h, w) uint8, 255 where any part of the pixel is marked."""
    if mask.shape == shape:
        return mask[None].astype(np.uint8) * np.uint8(255)
    small = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return (small > 0)[None].astype(np.uint8) * np.uint8(255)


def _examples(samples: Sequence[Sample], read: _Read, needs: str, added: frozenset[Path]) -> Examples:
    pictures = [read.pictures[sample] for sample in samples]
    if needs == "good":
        return Examples(pictures)
    if needs == "masks":
        is_added = [each.path in added for each in samples] if added else ()
        return Examples(pictures, [read.masks[each] for each in samples], [each.label for each in samples], is_added)
    return Examples(pictures, classes=[sample.label for sample in samples])
