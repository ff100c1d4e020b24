"""Does it help a network that learns from marked cells, step by step? A head on frozen features, made defects beside.

    python experiments/made_defects.py prepare KOLEKTOR folds
    python experiments/made_heads.py folds heads.csv --weights resnet18.npz --transfer made0 --transfer made1

Folds and made defects are those of made_defects.py. Features of a cell of 8 px: ImageNet ResNet-18, layer2 and layer3,
384 numbers, standardised by good cells. The head, 384 to 32 to 1, learns by STEPS steps of Adam in every row, each of
as many good cells as defective ones, so that `nothing` is the control with the same budget. A defective cell is of a
real defect as often as of a made one. Judged on the other fold, both ways. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from made_shots import MADE, Shot, pasted, pasted_patches, perlin, rendered_patches, shot_of, shots_of
from torch import nn
from torch.nn import functional

from surfedge.datasets import labelled_images
from surfedge.files import csv_line
from surfedge.metrics.au_pro import au_pro
from surfedge.metrics.image_ap import image_ap
from surfedge.synthesis.perlin import feature_noise
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.resnet18 import FrozenResNet18
from surfedge.training.backbones.weights import WeightsSource

COUNTS, SEEDS = (5, 10, 25), 3
MOST_CELLS = 200  # of an image with noise on its features
STEPS, BATCH, RATE, HIDDEN = 600, 512, 1e-3, 32
BLUR_CELLS = 1.0
ARMS = ("nothing", "paste", "perlin", "feature noise", "rendered", "transfer", "mixture")
T_975 = {3: 4.303, 5: 2.776}  # Student's t, by the number of seeds

Row = tuple[str, int, int, int, float, float]  # arm, defects, seed, fold, AP, AU-PRO 0.05


class Features:
    """The frozen network."""

    def __init__(self, weights: str) -> None:
        self._network = FrozenResNet18()
        self._network.take(*WeightsSource(weights).read("ResNet18_Weights", lambda *told: None))
        self._normalise = ImageNetNormalisation()

    @torch.no_grad()
    def __call__(self, image: np.ndarray) -> np.ndarray:
        """float16 (384, rows, columns) of a grey image uint8 (H, W), a cell for 8 px."""
        x = torch.from_numpy(image.astype(np.float32) / 255)[None, None].expand(1, 3, -1, -1)
        _, fine, coarse = self._network(self._normalise(x))[:3]
        coarse = functional.interpolate(coarse, size=fine.shape[-2:], mode="bilinear", align_corners=False)
        return torch.cat([fine, coarse], dim=1)[0].numpy().astype(np.float16)


@dataclass(frozen=True)
class Fold:
    """shots with their cells (384, rows, columns) and masks over cells; mean, std : of good cells."""

    shots: list[Shot]
    cells: list[np.ndarray]
    masks: list[np.ndarray | None]
    good: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def of(cls, shots: list[Shot], features: Features) -> Fold:
        """All of a fold's images."""
        cells = [features(shot.image) for shot in shots]
        masks = [
            None if shot.mask is None else in_cells(shot.mask, own.shape[1:])
            for shot, own in zip(shots, cells, strict=True)
        ]
        good = np.concatenate([own.reshape(len(own), -1).T for own, m in zip(cells, masks, strict=True) if m is None])
        wide = good[::7].astype(np.float32)
        return cls(shots, cells, masks, good, wide.mean(axis=0), wide.std(axis=0) + 1e-3)


def main() -> None:
    """Run what the table lacks, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folds", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--transfer", type=Path, action="append", default=[])
    given = parser.parse_args()
    torch.set_num_threads(1)
    features = Features(given.weights)
    folds = [Fold.of(shots_of(given.folds / f"fold{k}"), features) for k in (0, 1)]
    if not given.out.is_file():
        given.out.write_text(csv_line(["arm", "defects", "seed", "fold", "ap", "au_pro_0.05"]), encoding="utf-8")
    transfers = [[shot_of(s) for s in labelled_images(path) if s.is_defective] for path in given.transfer]
    for seed in range(given.seeds):
        for count in COUNTS:
            for k in (0, 1):
                known = {row[0] for row in rows_of(given.out) if row[1:4] == (count, seed, k)}
                pool = transfers[k] if k < len(transfers) and count == max(COUNTS) else []
                if known >= {*ARMS} - ({"transfer"} if not pool else set()):
                    continue
                rng = np.random.default_rng([seed, k, count])
                for arm, real, made in arms(folds[k], count, rng, features, pool):
                    if arm not in known:
                        found = figures(learned(folds[k], real, made, seed), folds[1 - k])
                        print(arm, count, seed, k, *(f"{each:.3f}" for each in found), flush=True)
                        with given.out.open("a", encoding="utf-8") as file:
                            file.write(csv_line([arm, count, seed, k, *found]))
    summarise(rows_of(given.out))


def arms(
    fold: Fold, count: int, rng: np.random.Generator, features: Features, transferred: Sequence[Shot]
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Each arm's name with the cells (n, 384) of the same `count` real defects and those of made ones."""
    defects = [k for k, shot in enumerate(fold.shots) if shot.mask is not None]
    good = [shot for shot in fold.shots if shot.mask is None]
    chosen = [defects[k] for k in rng.permutation(len(defects))[:count]]
    real = np.concatenate([fold.cells[k][:, fold.masks[k]].T for k in chosen])
    sets = {
        "paste": pasted([fold.shots[k] for k in chosen], good, rng),
        "perlin": perlin(good, rng),
        "rendered": pasted_patches(rendered_patches(rng), good, rng),
    }
    if transferred:
        sets["transfer"] = [transferred[k] for k in rng.permutation(len(transferred))[:MADE]]
    cells = {arm: [marked(shot, features) for shot in shots] for arm, shots in sets.items()}
    cells["feature noise"] = noisy(fold, rng)
    cells["mixture"] = [own for part in cells.values() for own in part[:: len(cells)]]
    yield "nothing", real, real
    for arm, made in cells.items():
        yield arm, real, np.concatenate(made)


def noisy(fold: Fold, rng: np.random.Generator) -> list[np.ndarray]:
    """Good cells with noise of one deviation of each feature under masks of noise."""
    good, drawn = [own for own, mask in zip(fold.cells, fold.masks, strict=True) if mask is None], []
    for _ in range(MADE):
        cells = good[int(rng.integers(len(good)))].astype(np.float32) / fold.std[:, None, None]
        changed, mask = feature_noise(cells, rng, sigma=1.0, probability=1.0)
        found = changed[:, mask].T * fold.std
        drawn.append(found[rng.permutation(len(found))[:MOST_CELLS]].astype(np.float16))
    return drawn


def marked(shot: Shot, features: Features) -> np.ndarray:
    """float16 (n, 384): the cells of a made defect."""
    assert shot.mask is not None
    cells = features(shot.image)
    return cells[:, in_cells(shot.mask, cells.shape[1:])].T


def in_cells(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cells of which a quarter is marked; at least the most marked one."""
    share = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return share >= min(0.25, float(share.max()))


def learned(fold: Fold, real: np.ndarray, made: np.ndarray, seed: int) -> nn.Module:
    """The head after STEPS steps; it takes cells as the network gives them, (n, 384)."""
    rng = np.random.default_rng([seed, 5])
    torch.manual_seed(seed)
    first = nn.BatchNorm1d(fold.good.shape[1], affine=False, eps=0.0).eval()
    first.running_mean, first.running_var = torch.from_numpy(fold.mean), torch.from_numpy(fold.std**2)
    head = nn.Sequential(nn.Linear(fold.good.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.Adam(head.parameters(), RATE, weight_decay=1e-4)
    truth = torch.cat([torch.zeros(BATCH // 2), torch.ones(BATCH // 2)])
    for _ in range(STEPS):
        drawn = [(fold.good, BATCH // 2), (real, BATCH // 4), (made, BATCH // 4)]
        cells = np.concatenate([part[rng.integers(len(part), size=count)] for part, count in drawn])
        logits = head(first(torch.from_numpy(cells.astype(np.float32))))[:, 0]
        optimiser.zero_grad()
        functional.binary_cross_entropy_with_logits(logits, truth).backward()
        optimiser.step()
    return nn.Sequential(first, head)


@torch.no_grad()
def figures(head: nn.Module, fold: Fold) -> tuple[float, float]:
    """AP of images by their largest cell, AU-PRO 0.05 over cells."""
    maps = []
    for cells in fold.cells:
        wide = torch.from_numpy(cells.reshape(len(cells), -1).T.astype(np.float32))
        maps.append(cv2.GaussianBlur(head(wide)[:, 0].numpy().reshape(cells.shape[1:]), (0, 0), BLUR_CELLS))
    ap = image_ap([mask is not None for mask in fold.masks], [float(each.max()) for each in maps])
    return float(ap), float(au_pro(fold.masks, maps, fpr_limit=0.05))


def rows_of(path: Path) -> list[Row]:
    """What the table holds."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    return [(a, int(n), int(s), int(f), float(ap), float(pro)) for a, n, s, f, ap, pro in lines]


def summarise(rows: Sequence[Row]) -> None:
    """Mean of each arm, and its gain over nothing, seed by seed, with a 95 % interval."""
    base = {row[1:4]: row for row in rows if row[0] == "nothing"}
    for count in COUNTS:
        for arm in ARMS:
            own = [row for row in rows if row[:2] == (arm, count) and row[1:4] in base]
            seeds, told = sorted({row[2] for row in own}), []
            for k in (4, 5):
                by_seed = [np.mean([r[k] - base[r[1:4]][k] for r in own if r[2] == seed]) for seed in seeds]
                half = T_975.get(len(seeds), np.nan) * np.std(by_seed, ddof=1) / np.sqrt(max(1, len(seeds)))
                told.append(f"{np.mean([row[k] for row in own]):.3f} gain {np.mean(by_seed):+.3f} +- {half:.3f}")
            print(f"{count:>3} {arm:<9} {len(own)} heads  AP {told[0]}   AU-PRO 0.05 {told[1]}")


if __name__ == "__main__":
    main()
