"""Does it help? The same detector trained with few real defects, and with made ones of each kind beside them.

    python experiments/made_defects.py prepare KOLEKTOR folds
    python experiments/made_defects.py run folds study.csv --transfer made0 --transfer made1

`prepare` writes the images at half size into two folds that share no item (the part of the name before "_"), each in
the MVTec layout. `run` learns from one fold and judges on the other, both ways, five times with other defects and
draws. With 0 real defects `nothing` is the distance from good cells alone. The detector is cheap: patch statistics of
each cell (surfedge's `statistics`), whitened by the good images, their squares and products beside them, and a linear
discriminant between good cells and those of defects. Settings were taken over as they stood, none was chosen by a
result here. `--transfer` names a set that `surfedge generate transfer --whole` made of fold 0 (1); it saw all defects
of its fold and so stands in the rows of 25 alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import Sample, labelled_images
from surfedge.files import csv_line
from surfedge.images import from_array, read, to_grey_u8
from surfedge.methods.covariance import whitener_of
from surfedge.methods.statistics import Statistics
from surfedge.metrics.au_pro import au_pro
from surfedge.metrics.image_ap import image_ap
from surfedge.synthesis import Defect, render
from surfedge.synthesis.paste import DefectPatch, cut_out, paste_defects
from surfedge.synthesis.perlin import feature_noise, perlin_anomaly

SEEDS, COUNTS, MADE = 5, (0, 5, 10, 25), 60
KINDS = ("crack", "scratch", "pinhole", "pit")  # what is rendered
MOST_CELLS, GOOD_CELLS = 600, 400  # of an image
SHRINKAGE, BLUR_CELLS = 0.02, 1.0
CELL_PX = 4
ARMS = ("nothing", "paste", "perlin", "feature noise", "rendered", "transfer", "mixture")


@dataclass(frozen=True)
class Shot:
    """image : uint8 (H, W).   mask : bool (H, W), or None for a good one.   cells : float32 (D, rows, columns)."""

    image: np.ndarray
    mask: np.ndarray | None
    cells: np.ndarray


def main() -> None:
    """Prepare, or run and summarise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    prepared = tasks.add_parser("prepare")
    prepared.add_argument("data", type=Path)
    prepared.add_argument("out", type=Path)
    runs = tasks.add_parser("run")
    runs.add_argument("folds", type=Path)
    runs.add_argument("out", type=Path)
    runs.add_argument("--transfer", type=Path, action="append", default=[])
    given = parser.parse_args()
    if given.task == "prepare":
        prepare(given.data, given.out)
    else:
        run(given.folds, given.out, given.transfer)


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


def run(folds: Path, out: Path, transfers: list[Path]) -> None:
    """All rows into one table, then means and spreads."""
    shots = [[shot_of(sample) for sample in _samples(folds / f"fold{k}")] for k in (0, 1)]
    made = [[shot_of(s) for s in labelled_images(path) if s.is_defective] for path in transfers]
    rows: list[tuple[str, int, int, int, float, float]] = []
    lines = [csv_line(["arm", "defects", "seed", "fold", "ap", "au_pro_0.05"])]
    for fold in (0, 1):
        judged = shots[1 - fold]
        for seed in range(SEEDS):
            for count in COUNTS:
                pool = made[fold] if fold < len(made) and count == max(COUNTS) else []
                for arm, *found in arms(shots[fold], judged, count, np.random.default_rng([seed, fold, count]), pool):
                    rows.append((str(arm), count, seed, fold, *found))
                    print(*rows[-1], flush=True)
    lines += [csv_line(row) for row in rows]
    out.write_text("".join(lines), encoding="utf-8")
    summarise(rows)


def arms(
    fit: list[Shot], judged: list[Shot], count: int, rng: np.random.Generator, transferred: list[Shot]
) -> Iterator[tuple[str, float, float]]:
    """Each arm's name, AP and AU-PRO 0.05 on `judged`, from the same `count` real defects."""
    ground = Ground.of(fit)
    defects = [shot for shot in fit if shot.mask is not None]
    real = [defects[k] for k in rng.permutation(len(defects))[:count]]
    good = [shot for shot in fit if shot.mask is None]
    sets = {"paste": ground.expanded_of(pasted(real, good, rng))} if real else {}
    sets |= {
        "perlin": ground.expanded_of(perlin(good, rng)),
        "feature noise": noisy(ground, good, rng),
        "rendered": ground.expanded_of(pasted_patches(rendered_patches(rng), good, rng)),
    }
    if transferred:
        chosen = [transferred[k] for k in rng.permutation(len(transferred))[:MADE]]
        sets["transfer"] = ground.expanded_of(chosen)
    each = min(len(cells) for cells in sets.values())
    sets["mixture"] = np.concatenate([cells[rng.permutation(len(cells))[:each]] for cells in sets.values()])
    own = [ground.expanded_of(real)] if real else []
    for arm in ARMS:
        if arm == "nothing" or arm in sets:
            parts = [*own, *([sets[arm]] if arm in sets else [])]
            distance = Head.between(ground, parts).distance if parts else ground.distance
            yield (arm, *figures(distance, judged))


@dataclass(frozen=True)
class Ground:
    """What good cells look like: mean (D,), whitener (D, D), and a sample of them expanded, (N, F)."""

    mean: np.ndarray
    whitener: np.ndarray
    sample: np.ndarray

    @classmethod
    def of(cls, shots: list[Shot]) -> Ground:
        """From the good ones of `shots`."""
        rng, good = np.random.default_rng(0), [shot for shot in shots if shot.mask is None]
        columns = np.concatenate([own_taken(shot.cells).reshape(shot.cells.shape[0], -1) for shot in good], axis=1)
        mean, whitener = columns.mean(axis=1), whitener_of(np.cov(columns), SHRINKAGE)
        first = cls(mean, whitener, np.zeros((0, 0)))
        drawn = []
        for shot in good:
            rows = first.white(shot.cells).reshape(len(mean), -1).T
            drawn.append(rows[rng.permutation(len(rows))[:GOOD_CELLS]])
        return cls(mean, whitener, expanded(np.concatenate(drawn)))

    def white(self, cells: np.ndarray) -> np.ndarray:
        """Whitened, (D, rows, columns)."""
        apart = own_taken(cells) - self.mean[:, None, None]
        return np.tensordot(self.whitener, apart, axes=1).astype(np.float32)

    def distance(self, cells: np.ndarray) -> np.ndarray:
        """Mahalanobis distance: what a detector without any defect has."""
        return np.sqrt((self.white(cells) ** 2).sum(axis=0))

    def expanded_of(self, shots: list[Shot]) -> np.ndarray:
        """Cells inside the masks, expanded, (N, F)."""
        rng = np.random.default_rng(1)
        drawn = []
        for shot in shots:
            rows = self.white(shot.cells)[:, in_cells(shot.mask, shot.cells.shape[1:])].T
            drawn.append(rows[rng.permutation(len(rows))[:MOST_CELLS]])
        return expanded(np.concatenate(drawn))


@dataclass(frozen=True)
class Head:
    """A linear discriminant over the expanded cells of a ground."""

    ground: Ground
    weights: np.ndarray

    @classmethod
    def between(cls, ground: Ground, parts: list[np.ndarray]) -> Head:
        """Against the defects' cells in `parts`, real and made, which count alike whatever their numbers."""
        mean = np.mean([part.mean(axis=0) for part in parts], axis=0)
        within = np.mean([np.cov(part, rowvar=False) for part in parts], axis=0)
        covariance = 0.5 * (np.cov(ground.sample, rowvar=False) + within)
        covariance[np.diag_indices(len(mean))] += SHRINKAGE * np.trace(covariance) / len(mean)
        return cls(ground, np.linalg.solve(covariance, mean - ground.sample.mean(axis=0)))

    def distance(self, cells: np.ndarray) -> np.ndarray:
        """The discriminant of each cell."""
        white = self.ground.white(cells)
        return (expanded(white.reshape(len(white), -1).T) @ self.weights).reshape(white.shape[1:])


def own_taken(cells: np.ndarray) -> np.ndarray:
    """Half of the image's own mean taken out, as `statistics` does."""
    return cells - 0.5 * cells.mean(axis=(1, 2), keepdims=True)


def expanded(rows: np.ndarray) -> np.ndarray:
    """(N, D) with all products of two, (N, D + D (D + 1) / 2); values beyond 8 deviations count as 8."""
    rows = np.clip(rows, -8, 8)
    first, second = np.triu_indices(rows.shape[1])
    return np.concatenate([rows, rows[:, first] * rows[:, second] / 4], axis=1)


def figures(distance: object, shots: list[Shot]) -> tuple[float, float]:
    """AP of images by their largest cell, AU-PRO 0.05 over cells."""
    assert callable(distance)
    maps = [cv2.GaussianBlur(np.float32(distance(shot.cells)), (0, 0), BLUR_CELLS) for shot in shots]
    masks = [None if shot.mask is None else in_cells(shot.mask, shot.cells.shape[1:]) for shot in shots]
    ap = image_ap([mask is not None for mask in masks], [float(each.max()) for each in maps])
    return float(ap), float(au_pro(masks, maps, fpr_limit=0.05))


def in_cells(mask: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    """Cells of which a quarter is marked; at least the most marked one."""
    assert mask is not None
    share = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return share >= min(0.25, float(share.max()))


def shot_of(sample: Sample) -> Shot:
    """A labelled image with its cells."""
    image = to_grey_u8(read(sample.path))
    return made_shot(image, np.asarray(sample.mask(image.shape)) if sample.is_defective else None)


def made_shot(image: np.ndarray, mask: np.ndarray | None) -> Shot:
    """An image with its cells."""
    return Shot(image, mask, Statistics(cell_px=CELL_PX).features(from_array(image), with_colour=False))


def pasted(real: list[Shot], good: list[Shot], rng: np.random.Generator) -> list[Shot]:
    """The real defects cut out, on good images of the same fold."""
    return pasted_patches([cut_out(shot.image, mask=shot.mask) for shot in real], good, rng)


def pasted_patches(patches: list[DefectPatch], good: list[Shot], rng: np.random.Generator) -> list[Shot]:
    """Patches in turn on good images drawn at random."""
    shots = []
    for number in range(MADE):
        target = good[int(rng.integers(len(good)))].image
        done = paste_defects(target, [patches[number % len(patches)]], rng, strength=(0.7, 1.3))
        shots.append(made_shot(done.image, done.mask))
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


def perlin(good: list[Shot], rng: np.random.Generator) -> list[Shot]:
    """Foreign textures under masks of noise."""
    shots = []
    for _ in range(MADE):
        target = good[int(rng.integers(len(good)))].image
        _, image, mask = perlin_anomaly(target, rng, None, probability=1.0, turn_probability=0.0)
        shots.append(made_shot(image, mask))
    return shots


def noisy(ground: Ground, good: list[Shot], rng: np.random.Generator) -> np.ndarray:
    """Good cells with noise of one deviation under masks of noise, expanded."""
    drawn = []
    for _ in range(MADE):
        white = ground.white(good[int(rng.integers(len(good)))].cells)
        changed, mask = feature_noise(white, rng, sigma=1.0, probability=1.0)
        rows = changed[:, mask].T
        drawn.append(rows[rng.permutation(len(rows))[:MOST_CELLS]])
    return expanded(np.concatenate(drawn))


def summarise(rows: list[tuple[str, int, int, int, float, float]]) -> None:
    """Mean of each arm with its spread over seeds, and its gain over nothing, seed by seed, with a 95 % interval."""
    for count in COUNTS:
        base = {row[2:4]: row for row in rows if row[:2] == ("nothing", count)}
        for arm in ARMS:
            own = [row for row in rows if row[:2] == (arm, count)]
            if not own:
                continue
            told = []
            for k in (4, 5):
                gains = np.array([row[k] - base[row[2:4]][k] for row in own])
                by_seed = [np.mean([g for g, row in zip(gains, own, strict=True) if row[2] == s]) for s in range(SEEDS)]
                half = 2.776 * np.std(by_seed, ddof=1) / np.sqrt(SEEDS)  # Student's t, 4 degrees of freedom
                told.append(f"{np.mean([row[k] for row in own]):.3f} gain {gains.mean():+.3f} +- {half:.3f}")
            print(f"{count:>3} {arm:<14} AP {told[0]}   AU-PRO 0.05 {told[1]}", file=sys.stdout)


def _samples(fold: Path) -> list[Sample]:
    good = [Sample(path, "good") for path in sorted((fold / "train" / "good").iterdir())]
    return [*good, *(s for s in labelled_images(fold) if s.is_defective)]


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


if __name__ == "__main__":
    main()
