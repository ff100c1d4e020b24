"""Few labels of six kinds of defects: does a classifier gain from made images? Frozen features, LDA.

    python experiments/made_classes.py NEU_DET classes.csv --weights resnet18.npz --cache features.npz

Of each class half of the images, drawn by seed, are judged; 5 and 12.5 % of all are the labels, from the other half.
Features: ImageNet ResNet-18, layer3, mean over places, of images at 64 px; classifier: linear discriminant analysis
with a shrunk covariance. Pasted images are labelled boxes of one image on another of the same class, in mode ratio;
flipped ones are left-right. Perlin ones are labelled images with a foreign texture under a mask of noise. Rendered
ones have a rendered defect of the kind in LIKE on a labelled image of the class. Noise is of half a deviation of each
feature within its class. A mixture has a quarter of each. All features of real images are cached.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from surfedge.cli.generating.regions import find_regions
from surfedge.datasets import find_images
from surfedge.errors import SurfedgeError
from surfedge.files import csv_line
from surfedge.images import read, to_grey_u8
from surfedge.synthesis import Defect, render
from surfedge.synthesis.paste import cut_out, paste_defects
from surfedge.synthesis.perlin import perlin_anomaly
from surfedge.training.backbones.pooled import PooledFeatures

SIDE_PX, SEEDS, FRACTIONS, PASTED = 64, 5, (0.05, 0.125), 20
SHRINKAGE = 0.1
FLIPS = ((1, 1), (1, -1))
MADE = ("paste", "perlin", "rendered", "noise", "mixture")
ARMS = ("nothing", "flips", *MADE, "flips and paste")
LIKE = {
    "crazing": "crack",
    "inclusion": "lamination",
    "patches": "stain",
    "pitted_surface": "pit",
    "rolled-in_scale": "blister",
    "scratches": "scratch",
}


def main() -> None:
    """Features, runs, summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--cache", type=Path, required=True)
    given = parser.parse_args()
    network = PooledFeatures(given.weights)
    paths = find_images([given.data / "images"])
    names = sorted({path.parent.name for path in paths})
    kinds = np.array([names.index(path.parent.name) for path in paths])
    features = cached(given.cache, paths, network)
    boxes: dict[Path, list[object]] = {}
    for region in find_regions(given.data).regions:
        boxes.setdefault(region.path, []).append(region.box)
    lines, wrong = [csv_line(["arm", "fraction", "seed", "class", "errors", "images"])], {}
    for seed in range(SEEDS):
        for fraction in FRACTIONS:
            rng = np.random.default_rng([seed, round(1000 * fraction)])
            fit, judge = divided(kinds, fraction, rng)
            images = {int(k): to_grey_u8(read(paths[k])) for k in fit}
            made = {
                "paste": pasted(paths, images, kinds, boxes, network, rng),
                "perlin": textured(images, kinds, network, rng),
                "rendered": rendered(images, kinds, names, network, rng),
                "noise": noisy(features[fit, 0], kinds[fit], rng),
            }
            made["mixture"] = tuple(np.concatenate([each[k][:: len(made)] for each in made.values()]) for k in (0, 1))
            for arm in ARMS:
                parts = [(features[fit, f], kinds[fit]) for f in range(len(FLIPS) if "flips" in arm else 1)]
                parts += [made[name] for name in MADE if name in arm]
                given_rows, given_kinds = (np.concatenate(each) for each in zip(*parts, strict=True))
                found = lda(given_rows, given_kinds, features[judge, 0])
                for k, name in enumerate(names):
                    own = kinds[judge] == k
                    errors = int((found[own] != k).sum())
                    lines.append(csv_line([arm, fraction, seed, name, errors, int(own.sum())]))
                    wrong.setdefault((arm, fraction, name), []).append(errors)
                print(arm, fraction, seed, f"{np.mean(found != kinds[judge]):.4f}", flush=True)
    given.out.write_text("".join(lines), encoding="utf-8")
    summarise(wrong, names, int((kinds == 0).sum()) // 2)


def cached(file: Path, paths: list[Path], network: PooledFeatures) -> np.ndarray:
    """float32 (N, flips, D), from the file where it is there."""
    if file.is_file():
        return np.load(file)["features"]
    rows = []
    for path in paths:
        image = small(to_grey_u8(read(path)))
        rows.append(network([np.ascontiguousarray(image[::a, ::b]) for a, b in FLIPS]))
    np.savez(file, features=np.stack(rows))
    return np.stack(rows)


def small(image: np.ndarray) -> np.ndarray:
    """The image at the size of the features."""
    return cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


def divided(kinds: np.ndarray, fraction: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places of the labelled images and of those to judge, class by class."""
    fit, judge = [], []
    for kind in np.unique(kinds):
        order = rng.permutation(np.flatnonzero(kinds == kind))
        half = len(order) // 2
        judge.append(order[:half])
        fit.append(order[half : half + round(fraction * len(order))])
    return np.concatenate(fit), np.concatenate(judge)


Made = tuple[np.ndarray, np.ndarray]  # features, kinds


def pasted(
    paths: list[Path],
    images: dict[int, np.ndarray],
    kinds: np.ndarray,
    boxes: dict[Path, list[object]],
    network: PooledFeatures,
    rng: np.random.Generator,
) -> Made:
    """Labelled boxes of one image on another of its class."""
    made, of = [], []
    for kind in np.unique(kinds):
        own = [k for k in images if kinds[k] == kind]
        count = 0
        while count < PASTED:
            source, target = (own[int(k)] for k in rng.integers(len(own), size=2))
            known = boxes.get(paths[source], [])
            if not known:
                continue
            box = known[int(rng.integers(len(known)))]
            count += 1
            try:
                patch = cut_out(images[source], box=box)  # type: ignore[arg-type]
                done = paste_defects(images[target], [patch], rng, strength=(0.7, 1.3))
            except SurfedgeError:  # a box as large as the image, or one that shows nothing there
                continue
            made.append(small(done.image))
            of.append(kind)
    return network(made), np.array(of)


def textured(
    images: dict[int, np.ndarray], kinds: np.ndarray, network: PooledFeatures, rng: np.random.Generator
) -> Made:
    """Labelled images with a Perlin anomaly."""
    drawn = _drawn(images, kinds, rng)
    made = [small(perlin_anomaly(images[k], rng, None, probability=1.0, turn_probability=0.0)[1]) for k in drawn]
    return network(made), kinds[drawn]


def rendered(
    images: dict[int, np.ndarray],
    kinds: np.ndarray,
    names: list[str],
    network: PooledFeatures,
    rng: np.random.Generator,
) -> Made:
    """Labelled images with a rendered defect of a like kind."""
    made, of = [], []
    for k in _drawn(images, kinds, rng):
        defect = Defect(LIKE[names[kinds[k]]], size_mm=float(rng.uniform(8, 30)), severity=float(rng.uniform(0.4, 1.0)))
        shot = render("strip", (160, 160), defects=(defect,), seed=int(rng.integers(1 << 31)))
        try:
            done = paste_defects(images[k], [cut_out(shot.image, mask=shot.mask)], rng)
        except SurfedgeError:  # nothing to be seen of the defect, or larger than the image
            continue
        made.append(small(done.image))
        of.append(kinds[k])
    return network(made), np.array(of)


def noisy(rows: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> Made:
    """Features of labelled images with noise of half a deviation of their class."""
    made, of = [], []
    for kind in np.unique(kinds):
        own = rows[kinds == kind]
        made.append(
            own[rng.integers(len(own), size=PASTED)]
            + 0.5 * own.std(axis=0) * rng.standard_normal((PASTED, own.shape[1]))
        )
        of.append(np.full(PASTED, kind))
    return np.concatenate(made).astype(np.float32), np.concatenate(of)


def _drawn(images: dict[int, np.ndarray], kinds: np.ndarray, rng: np.random.Generator) -> list[int]:
    own = [np.array([k for k in images if kinds[k] == kind]) for kind in np.unique(kinds)]
    return [int(k) for part in own for k in part[rng.integers(len(part), size=PASTED)]]


def lda(rows: np.ndarray, kinds: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """The class of each of `judged`: linear discriminant analysis, equal priors."""
    means = np.stack([rows[kinds == k].mean(axis=0) for k in np.unique(kinds)]).astype(np.float64)
    centred = rows - means[kinds]
    covariance = centred.T @ centred / len(rows)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.trace(covariance) / len(covariance) * np.eye(
        len(covariance)
    )
    weights = np.linalg.solve(covariance, means.T)
    return (judged @ weights - 0.5 * np.einsum("kd,dk->k", means, weights)).argmax(axis=1)


def summarise(wrong: dict[tuple[str, float, str], list[int]], names: list[str], each: int) -> None:
    """Errors over all seeds with counts; the gain over nothing, seed by seed, with a 95 % interval."""
    for fraction in FRACTIONS:
        base = np.sum([wrong["nothing", fraction, name] for name in names], axis=0)
        for arm in ARMS:
            by_seed = np.sum([wrong[arm, fraction, name] for name in names], axis=0)
            gain = (base - by_seed) / (each * len(names))
            half = 2.776 * np.std(gain, ddof=1) / np.sqrt(SEEDS)  # Student's t, 4 degrees of freedom
            share = by_seed.sum() / (SEEDS * each * len(names))
            told = ", ".join(f"{name} {sum(wrong[arm, fraction, name])}" for name in names)
            print(
                f"{fraction:.1%} {arm:<15} error {share:.2%} ({by_seed.sum()} of {SEEDS * each * len(names)}),", end=" "
            )
            print(f"gain {gain.mean():+.2%} +- {half:.2%}; {told}")


if __name__ == "__main__":
    main()
