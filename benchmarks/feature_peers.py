"""PaDiM and PatchCore by their papers' definitions, on the ResNet-18 features that `feature_memory.py` compares.

    python benchmarks/feature_peers.py part --weights resnet18.npz --seeds 3
    python benchmarks/feature_peers.py leather/ kolektor/ --weights resnet18.npz --half odd --heights 256,704

The same images, weights, sizes and metrics as there; f32, one thread.

- PaDiM (T. Defard et al., 2021): layer1, layer2, layer3 on the grid of layer1, 100 of the 448 channels drawn at
  random, a Gaussian at each place with 0.01 added to the diagonal of its covariance; the map is the Mahalanobis
  distance.
- PatchCore (K. Roth et al., 2022): layer2 and layer3, each averaged over 3 x 3 places, on the grid of layer2; --bank is
  the fraction of all good vectors that greedy k-centre selection on 128 random projections keeps; the map is the
  distance to the nearest, and the image score its largest value, re-weighted by the 9 nearest of that entry (7).

Both maps are enlarged bilinearly and smoothed with a Gaussian of 4 pixels, as in both papers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from feature_memory import sets
from torch.nn import functional

from surfedge.datasets import Sample
from surfedge.images import read, resized, to_rgb_f32
from surfedge.metrics import Evaluation
from surfedge.progress import silent
from surfedge.training import parse_recipe

FIGURES = ("image_auroc", "pixel_auroc", "au_pro_0.30", "au_pro_0.05", "in_image_auroc")
CHANNELS = 100  # of PaDiM, as its ResNet-18 version
ADDED = 0.01  # to the diagonal
NEIGHBOURS = 9  # of equation 7 of PatchCore, the authors' number
SIGMA_PX = 4.0
Judged = tuple[np.ndarray, float]  # map (rows, columns), image score or NaN for the map's largest value


class Padim:
    """A Gaussian for each place."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def learn(self, levels: Sequence[tuple[torch.Tensor, ...]]) -> None:
        """levels : of each good image, layer1 to layer3."""
        channels = sum(level.shape[1] for level in levels[0])
        drawn = np.random.default_rng([self._seed, 4]).permutation(channels)[:CHANNELS]
        self._chosen = torch.from_numpy(np.sort(drawn))
        x = np.stack([self._vectors(each) for each in levels], axis=1)  # (places, images, CHANNELS)
        self._mean = x.mean(axis=1)
        self._inverse = np.empty((len(x), CHANNELS, CHANNELS), np.float32)
        for place, vectors in enumerate(x):
            self._inverse[place] = np.linalg.inv(np.cov(vectors.T) + ADDED * np.eye(CHANNELS))

    def judge(self, levels: tuple[torch.Tensor, ...]) -> Judged:
        """The Mahalanobis distance of each place."""
        apart = self._vectors(levels) - self._mean
        square = np.einsum("pi,pij,pj->p", apart, self._inverse, apart, optimize=True)
        return np.sqrt(np.maximum(square, 0.0)).reshape(levels[0].shape[-2:]), np.nan

    def _vectors(self, levels: tuple[torch.Tensor, ...]) -> np.ndarray:
        size = levels[0].shape[-2:]
        joined = torch.cat([functional.interpolate(each, size=size, mode="nearest") for each in levels], dim=1)
        return np.asarray(joined[0, self._chosen].flatten(1).T.numpy())


class PatchCore:
    """The nearest of a coreset."""

    def __init__(self, seed: int, fraction: float) -> None:
        self._seed, self._fraction = seed, fraction

    def learn(self, levels: Sequence[tuple[torch.Tensor, ...]]) -> None:
        """levels : of each good image, layer1 to layer3."""
        vectors = np.concatenate([self._vectors(each) for each in levels])
        count = max(NEIGHBOURS, round(self._fraction * len(vectors)))
        self._bank = vectors[greedy(vectors, count, np.random.default_rng([self._seed, 5]))]

    def judge(self, levels: tuple[torch.Tensor, ...]) -> Judged:
        """The distance of each place to the nearest entry, and the re-weighted score."""
        x = self._vectors(levels)
        distance = distances(x, self._bank)
        nearest = distance.min(axis=1)
        worst = int(nearest.argmax())
        entry = self._bank[int(distance[worst].argmin())]
        near = np.argsort(distances(entry[None], self._bank)[0])[:NEIGHBOURS]
        others = distance[worst, near].astype(np.float64)
        weight = 1.0 - 1.0 / np.exp(others - others[0]).sum()  # the entry itself comes first
        return nearest.reshape(levels[1].shape[-2:]), float(weight * nearest[worst])

    def _vectors(self, levels: tuple[torch.Tensor, ...]) -> np.ndarray:
        second, third = (functional.avg_pool2d(each, 3, 1, 1) for each in levels[1:])
        third = functional.interpolate(third, size=second.shape[-2:], mode="bilinear", align_corners=False)
        return np.asarray(torch.cat([second, third], dim=1)[0].flatten(1).T.contiguous().numpy())


def greedy(vectors: np.ndarray, count: int, rng: np.random.Generator, projected: int = 128) -> np.ndarray:
    """Numbers of `count` vectors, each the farthest from those before it."""
    matrix = rng.standard_normal((vectors.shape[1], projected)) / np.sqrt(projected)
    x = vectors @ matrix.astype(np.float32)
    squares, least = (x * x).sum(axis=1), np.full(len(x), np.inf, np.float32)
    chosen = [int(rng.integers(len(x)))]
    while len(chosen) < count:
        np.minimum(least, squares + squares[chosen[-1]] - 2.0 * (x @ x[chosen[-1]]), out=least)
        least[chosen[-1]] = -np.inf
        chosen.append(int(least.argmax()))
    return np.array(chosen)


def distances(x: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Euclidean, float32 (len(x), len(bank))."""
    square = (x * x).sum(axis=1)[:, None] + (bank * bank).sum(axis=1) - 2.0 * (x @ bank.T)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("data", nargs="+", help="folders, or rendered surfaces")
    add("--weights", required=True, help="of the ResNet-18, a file")
    add("--heights", default="256", help="of the network's input for each data set; it is 256 wide")
    add("--half", choices=("all", "even", "odd"), default="all")
    add("--good", type=int, default=0, help="good images to learn from, 0 for all")
    add("--seeds", type=int, default=1)
    add("--first-seed", type=int, default=0)
    add("--bank", default="0.01", help="fractions of the vectors that a PatchCore keeps")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    network = {"name": "backbone", "weights": arguments.weights}
    recipe = parse_recipe({"network": network, "data": {"validation_share": 1.0}})
    backbone = recipe.network.build()
    recipe.family.start(backbone, silent)
    heights = [int(each) for each in arguments.heights.split(",")] * len(arguments.data)
    print("| data | seed | good | method | " + " | ".join(FIGURES) + " |")
    print("| --- " * (4 + len(FIGURES)) + "|")
    for name, height in zip(arguments.data, heights, strict=False):
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            for good, samples in sets(name, seed, arguments):
                levels = [_levels(backbone.encoder, path, height) for path in good]
                for title, method in _methods(seed, arguments):
                    method.learn(levels)
                    cells = _row(method, backbone.encoder, height, samples)
                    print(f"| {Path(name).name} | {seed} | {len(good)} | {title} | {cells} |", flush=True)


def _methods(seed: int, arguments: argparse.Namespace) -> Iterator[tuple[str, Padim | PatchCore]]:
    yield "PaDiM", Padim(seed)
    for fraction in map(float, arguments.bank.split(",")):
        yield f"PatchCore {fraction:.0%}", PatchCore(seed, fraction)


@torch.no_grad()
def _levels(encoder: torch.nn.Module, path: Path, height: int) -> tuple[torch.Tensor, ...]:
    image = np.ascontiguousarray(np.moveaxis(to_rgb_f32(resized(read(path), (height, 256))), -1, 0))
    levels: tuple[torch.Tensor, ...] = encoder(torch.from_numpy(image)[None])
    return levels


def _row(method: Padim | PatchCore, encoder: torch.nn.Module, height: int, samples: Sequence[Sample]) -> str:
    evaluation = Evaluation()
    for sample in samples:
        shape = read(sample.path).pixels.shape[:2]
        found, score = method.judge(_levels(encoder, sample.path, height))
        enlarged = cv2.resize(found.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
        smooth = cv2.GaussianBlur(enlarged, (0, 0), SIGMA_PX)
        mask = None if sample.mask_path is None else read(sample.mask_path).pixels > 0
        value = float(smooth.max()) if np.isnan(score) else score
        evaluation.add(str(sample.path), sample.label, value, smooth, mask)
    figures = evaluation.record(bootstrap=0).figures
    return " | ".join(f"{figures[name]:.3f}" for name in FIGURES)


if __name__ == "__main__":
    main()
