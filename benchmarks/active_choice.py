"""How many labels a classifier needs when the images to label are proposed: uncertain, diverse, both, or at random.

    python benchmarks/active_choice.py ../shared/data/x_sdd --weights ../shared/weights/resnet18/....npz --seeds 5

Frozen ResNet-18 features (mean and std of layer1 to layer3), linear discriminant analysis with a covariance shrunk
towards the identity. Half of each class, drawn by seed after pixel duplicates are dropped, is labelled step by step;
accuracy is of the other half. The order is that of surfedge.labelling.proposals, which the label page uses as well:
uncertainty is here 1 less the margin between the two likeliest classes. All begin with the same images, chosen for
being diverse alone. Settings of the classifier and of the order were chosen on another set (neu_det).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.datasets import find_images
from surfedge.images import content_of, read, resized, to_rgb_f32
from surfedge.labelling.proposals import Proposals, standardised

WAYS = ("random", "uncertain", "diverse", "both")
SIZE, BATCH = (128, 128), 32
FIELDS = ("set", "seed", "way", "labels", "accuracy", "macro_f1")


def features_of(paths: Sequence[Path], weights: str) -> np.ndarray:
    """float32 (N, 896): mean and std over the image, at 128 x 128 pixels, of the features of layer1, layer2, layer3."""
    import torch

    from surfedge.training.backbones.imagenet import ImageNetNormalisation
    from surfedge.training.backbones.resnet18 import FrozenResNet18
    from surfedge.training.backbones.weights import WeightsSource

    network, normalise = FrozenResNet18(), ImageNetNormalisation()
    network.take(*WeightsSource(weights).read("ResNet18_Weights", lambda *_: None))
    rows = []
    with torch.inference_mode():
        for start in range(0, len(paths), BATCH):
            images = [to_rgb_f32(resized(read(path), SIZE)) for path in paths[start : start + BATCH]]
            layers = network(normalise(torch.from_numpy(np.array(images).transpose(0, 3, 1, 2))))
            rows.append(torch.cat([part for layer in layers for part in _pooled(layer)], 1).numpy())
    return np.concatenate(rows)


def _pooled(layer: Any) -> tuple[Any, Any]:
    return layer.mean((2, 3)), layer.std((2, 3))


def discriminant(x: np.ndarray, y: np.ndarray, every: np.ndarray, shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    """Classes (C,) and probabilities (N, C) of `every` by the labelled (M, D) `x`, `y`."""
    classes, index = np.unique(y, return_inverse=True)
    means = np.array([x[index == c].mean(axis=0) for c in range(len(classes))])
    apart = x - means[index]
    covariance = apart.T @ apart / max(1, len(x) - len(classes))
    level = np.trace(covariance) / len(covariance) or 1.0
    covariance = (1 - shrinkage) * covariance + shrinkage * level * np.eye(len(covariance))
    weights = np.linalg.solve(covariance, means.T)
    logits = every @ weights - 0.5 * np.einsum("cd,dc->c", means, weights)
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return classes, odds / odds.sum(axis=1, keepdims=True)


def macro_f1(truth: np.ndarray, found: np.ndarray) -> float:
    """Mean over the classes of their F1."""
    each = []
    for name in np.unique(truth):
        both = np.count_nonzero((truth == name) & (found == name))
        each.append(2 * both / (np.count_nonzero(truth == name) + np.count_nonzero(found == name)))
    return float(np.mean(each))


def halves(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """bool (N,): the half of each class that may be labelled."""
    pool = np.zeros(len(labels), bool)
    for name in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == name))
        pool[members[: len(members) // 2]] = True
    return pool


def run(features: np.ndarray, labels: np.ndarray, way: str, seed: int, given: argparse.Namespace) -> list[tuple]:
    """(labels, accuracy, macro F1) after each step."""
    rng = np.random.default_rng([seed, 5])
    pool = halves(labels, rng)
    x, y = standardised(features[pool]), labels[pool]  # of images alone: no label is looked at
    spread = features[pool].std(axis=0).clip(1e-9)
    tests, truth = (features[~pool] - features[pool].mean(axis=0)) / spread, labels[~pool]
    proposals, is_done = Proposals(features[pool]), np.zeros(len(y), bool)
    first = rng.permutation(len(y))
    rows = []
    uncertainty = np.ones(len(y))
    while is_done.sum() < min(given.most, len(y)):
        count = min(given.step, given.most - int(is_done.sum()))
        if way == "random" and not is_done.any() and given.same_start:
            chosen = proposals.next(uncertainty, is_done, count)
        elif way == "random":
            chosen = first[~is_done[first]][:count]
        elif way == "uncertain" and is_done.any():
            chosen = np.argsort(np.where(is_done, -1.0, uncertainty))[::-1][:count]
        else:
            sharpness = given.sharpness if way == "both" else 0.0
            chosen = proposals.next(uncertainty, is_done, count, sharpness)
        is_done[chosen] = True
        proposals.add(*chosen)
        classes, odds = discriminant(x[is_done], y[is_done], np.concatenate([x, tests]), given.shrinkage)
        top = np.sort(odds[: len(x)], axis=1)
        uncertainty = 1.0 - (top[:, -1] - top[:, -2] if odds.shape[1] > 1 else 0.0 * top[:, -1])
        found = classes[odds[len(x) :].argmax(axis=1)]
        rows.append((int(is_done.sum()), float((found == truth).mean()), macro_f1(truth, found)))
    return rows


def load(folder: Path, given: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of the images in class folders, each content once; kept in `--cache`."""
    cache = Path(given.cache) / f"{folder.name}.npz" if given.cache else None
    if cache is not None and cache.exists():
        with np.load(cache) as kept:
            return kept["features"], kept["labels"]
    seen: set[bytes] = set()
    paths = []
    for path in find_images([folder]):
        content = content_of(read(path).pixels)
        if content not in seen:
            seen.add(content)
            paths.append(path)
    features = features_of(paths, given.weights)
    labels = np.array([path.parent.name for path in paths])
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, features=features, labels=labels)
    return features, labels


def needed(rows: Sequence[tuple], goal: float) -> float:
    """Labels at which the accuracy first reaches the goal; infinity where it never does."""
    return next((float(count) for count, accuracy, _ in rows if accuracy >= goal), float("inf"))


def main() -> int:
    """Run the study, print a table, write every step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("data", type=Path, nargs="+")
    add("--weights", required=True)
    add("--cache", default="")
    add("--seeds", type=int, default=5)
    add("--step", type=int, default=10)
    add("--most", type=int, default=300)
    add("--goal", type=float, default=0.98)
    add("--shrinkage", type=float, default=0.4)
    add("--sharpness", type=float, default=2.0)
    add("--same-start", action="store_true", help="random too begins with diverse images")
    add("--ways", default=",".join(WAYS))
    add("--out", default="")
    given = parser.parse_args()
    lines = []
    for folder in given.data:
        features, labels = load(folder, given)
        print(f"{folder.name}: {len(labels):,} images, {len(np.unique(labels))} classes, {features.shape[1]} features")
        for way in given.ways.split(","):
            runs = [run(features, labels, way, seed, given) for seed in range(given.seeds)]
            lines += [(folder.name, seed, way, *row) for seed, rows in enumerate(runs) for row in rows]
            counts = [needed(rows, given.goal) for rows in runs]
            at = {n: np.array([acc for rows in runs for m, acc, _ in rows if m == n]) for n in (50, 100, 150, 200)}
            shown = "  ".join(f"{n}: {a.mean():.3f} +- {a.std():.3f}" for n, a in at.items() if a.size)
            print(f"  {way:<10} labels to {given.goal}: {counts}, median {np.median(counts):g};  {shown}", flush=True)
    if given.out:
        with open(given.out, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([FIELDS, *lines])
    return 0


if __name__ == "__main__":
    sys.exit(main())
