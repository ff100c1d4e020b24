"""Real defects of two folds and made ones, as images with masks: what the studies of made defects learn from.

`prepare` writes KolektorSDD at half size into two folds that share no item (the part of the name before "_"), each in
the MVTec layout; the makers take the good images of one fold and as many of its defects as a study may know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import Sample, labelled_images
from surfedge.images import read, to_grey_u8
from surfedge.synthesis import Defect, render
from surfedge.synthesis.paste import DefectPatch, cut_out, paste_defects
from surfedge.synthesis.perlin import perlin_anomaly

MADE = 40
KINDS = ("crack", "scratch", "pinhole", "pit")  # what is rendered


@dataclass(frozen=True)
class Shot:
    """image : uint8 (H, W).   mask : bool (H, W), or None for a good one."""

    image: np.ndarray
    mask: np.ndarray | None


def prepare(data: Path, out: Path) -> None:
    """Items in turn to fold 0 and 1; good images of `train` and `test` together."""
    samples = [*labelled_images(data)]
    good = [(path, None) for path in sorted((data / "train" / "good").iterdir())]
    marked = [(s.path, s if s.is_defective else None) for s in samples]
    items = sorted({path.name.partition("_")[0] for path, _ in [*good, *marked]})
    for path, sample in [*good, *marked]:
        fold = out / f"fold{items.index(path.name.partition('_')[0]) % 2}"
        image = to_grey_u8(read(path))
        half = (image.shape[1] // 2, image.shape[0] // 2)
        place = fold / ("train/good" if sample is None else "test/defect")
        _write(place / f"{path.stem}.png", cv2.resize(image, half, interpolation=cv2.INTER_AREA))
        if sample is not None:
            mask = np.asarray(sample.mask(image.shape), np.uint8) * 255
            smaller = cv2.resize(mask, half, interpolation=cv2.INTER_AREA)
            _write(fold / "ground_truth/defect" / f"{path.stem}_mask.png", np.uint8(255) * (smaller > 100))


def shots_of(fold: Path) -> list[Shot]:
    """All images of a fold, the good ones first."""
    good = [Sample(path, "good") for path in sorted((fold / "train" / "good").iterdir())]
    return [shot_of(sample) for sample in (*good, *(s for s in labelled_images(fold) if s.is_defective))]


def shot_of(sample: Sample) -> Shot:
    """A labelled image."""
    image = to_grey_u8(read(sample.path))
    return Shot(image, np.asarray(sample.mask(image.shape)) if sample.is_defective else None)


def pasted(real: Sequence[Shot], good: Sequence[Shot], rng: np.random.Generator) -> list[Shot]:
    """The real defects cut out, on good images of the same fold."""
    return pasted_patches([cut_out(shot.image, mask=shot.mask) for shot in real], good, rng)


def pasted_patches(patches: Sequence[DefectPatch], good: Sequence[Shot], rng: np.random.Generator) -> list[Shot]:
    """Patches in turn on good images drawn at random."""
    shots = []
    for number in range(MADE):
        target = good[int(rng.integers(len(good)))].image
        done = paste_defects(target, [patches[number % len(patches)]], rng, strength=(0.7, 1.3))
        shots.append(Shot(done.image, done.mask))
    return shots


def rendered_patches(rng: np.random.Generator) -> list[DefectPatch]:
    """Rendered defects with what they do to their own surface."""
    patches: list[DefectPatch] = []
    while len(patches) < 4 * len(KINDS):
        kind = KINDS[len(patches) % len(KINDS)]
        defect = Defect(kind, size_mm=float(rng.uniform(8, 30)), severity=float(rng.uniform(0.4, 1.0)))
        shot = render("strip", (160, 160), defects=(defect,), seed=int(rng.integers(1 << 31)))
        if shot.mask.any():
            patches.append(cut_out(shot.image, mask=shot.mask))
    return patches


def perlin(good: Sequence[Shot], rng: np.random.Generator) -> list[Shot]:
    """Foreign textures under masks of noise."""
    shots = []
    for _ in range(MADE):
        target = good[int(rng.integers(len(good)))].image
        _, image, mask = perlin_anomaly(target, rng, None, probability=1.0, turn_probability=0.0)
        shots.append(Shot(image, mask))
    return shots


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)
