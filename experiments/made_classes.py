"""Few labels of six kinds of defects: does a classifier gain from pasted and flipped images? Frozen features, LDA.

    python experiments/made_classes.py NEU_DET classes.csv --weights resnet18.npz --cache features.npz

Of each class half of the images, drawn by seed, are judged; 5 and 12.5 % of all are the labels, from the other half.
Features: ImageNet ResNet-18, layer3, mean over places, of images at 64 px; classifier: linear discriminant analysis
with a shrunk covariance. Pasted images are labelled boxes of one image on another of the same class, in mode ratio;
flipped ones are left-right. All features but those of pasted images are cached.
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
from surfedge.synthesis.paste import cut_out, paste_defects
from surfedge.training.backbones.pooled import PooledFeatures

SIDE_PX, SEEDS, FRACTIONS, PASTED = 64, 5, (0.05, 0.125), 20
SHRINKAGE = 0.1
FLIPS = ((1, 1), (1, -1))
ARMS = ("nothing", "flips", "paste", "flips and paste")


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
            made, made_kinds = pasted(paths, kinds, fit, boxes, network, rng)
            for arm in ARMS:
                parts = [(features[fit, f], kinds[fit]) for f in range(len(FLIPS) if "flips" in arm else 1)]
                parts += [(made, made_kinds)] if "paste" in arm else []
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


def pasted(
    paths: list[Path],
    kinds: np.ndarray,
    fit: np.ndarray,
    boxes: dict[Path, list[object]],
    network: PooledFeatures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Features and kinds of images made of labelled ones alone."""
    images = {int(k): to_grey_u8(read(paths[k])) for k in fit}
    made, of = [], []
    for kind in np.unique(kinds):
        own = [int(k) for k in fit if kinds[k] == kind]
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
                f"{fraction:.1%} {arm:<16} error {share:.2%} ({by_seed.sum()} of {SEEDS * each * len(names)}),", end=" "
            )
            print(f"gain {gain.mean():+.2%} +- {half:.2%}; {told}")


if __name__ == "__main__":
    main()
