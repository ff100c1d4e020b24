"""Does a classifier gain from transferred defects? A fine-tuned ResNet-18 and a small CNN, with and without them.

    python experiments/transfer_steel.py X_SDD/images steel
    surfedge generate transfer steel/fit --onto steel/good --model steel/model --out steel/made --count 400
    surfedge generate transfer steel/fit --onto steel/good --model steel/model --out steel/whole --count 400 --whole
    python experiments/transfer_classes.py steel classes.csv --weights resnet18.npz

After the study of defect transfer on steel (2023), classes and good. `nothing` learns from the real images of `fit` and
`good`; `made` and `whole` from these and the made ones of that folder; `same steps` from the real ones alone, for as
many steps as with made ones.
Every class is shown as often as every other; a fifth of the real images of each class keeps the weights with the lowest
loss. Judged on `judge`, which neither the transfer nor the classifiers saw. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from surfedge.datasets import find_images
from surfedge.files import csv_line
from surfedge.images import read, to_grey_u8
from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.fit import fit

SEEDS = 3
VALIDATION_SHARE = 0.2
ARMS = ("nothing", "same steps", "made", "whole")
T_975 = {3: 4.303, 5: 2.776}  # Student's t, by the number of seeds
SIDE_PX = {"resnet": 64, "cnn": 96}
NETWORKS: dict[str, dict[str, Any]] = {
    "resnet": {
        "network": {"name": "resnet_classes", "depth": 18, "input_px": SIDE_PX["resnet"]},
        "training": {"batch": 32, "optimiser": "adam", "learning_rate": 1e-4},
    },
    "cnn": {
        "network": {"name": "standard_cnn", "input_px": SIDE_PX["cnn"]},
        "training": {"batch": 16, "optimiser": "adam", "learning_rate": 2e-3, "schedule": "cosine"},
    },
}
SAMPLES = 256  # shown in an epoch
EPOCHS = {"resnet": (4, 8), "cnn": (20, 50)}  # of `nothing`; of the others


@dataclass(frozen=True)
class Labelled:
    """images : uint8 (N, s, s).   names : a class each."""

    images: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, folders: Sequence[Path], side_px: int) -> Labelled:
        """All images below; the class is the folder that an image stands in."""
        paths = find_images(list(folders))
        images = [
            cv2.resize(to_grey_u8(read(path)), (side_px, side_px), interpolation=cv2.INTER_AREA) for path in paths
        ]
        return cls(np.stack(images), tuple(path.parent.name for path in paths))

    def chosen(self, places: np.ndarray) -> Labelled:
        """Some of them."""
        return Labelled(self.images[places], tuple(self.names[k] for k in places))

    def examples(self, channels: int) -> Examples:
        """As a network is shown them."""
        return Examples([np.repeat(image[None], channels, axis=0) for image in self.images], classes=self.names)


def main() -> None:
    """Run what the table lacks, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steel", type=Path, help="as transfer_steel.py wrote it, with made/ beside")
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", required=True, help="of the ResNet-18")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if not given.out.is_file():
        given.out.write_text(csv_line(["network", "arm", "seed", "class", "errors", "images"]), encoding="utf-8")
    for seed in range(given.seeds):
        for network in given.networks.split(","):
            done = {(row["network"], row["arm"], row["seed"]) for row in rows_of(given.out)}
            for arm in given.arms.split(","):
                if (network, arm, str(seed)) not in done:
                    found = judged(given.steel, network, arm, seed, given.weights)
                    with given.out.open("a", encoding="utf-8") as file:
                        file.writelines(csv_line([network, arm, seed, *each]) for each in found)
                    print(network, arm, seed, *(f"{name} {wrong}/{count}" for name, wrong, count in found), flush=True)
    for network in given.networks.split(","):
        summarise([row for row in rows_of(given.out) if row["network"] == network], network)


def judged(steel: Path, network: str, arm: str, seed: int, weights: str) -> list[tuple[str, int, int]]:
    """Class, errors and images of one training."""
    side_px = SIDE_PX[network]
    real = Labelled.of([steel / "fit", steel / "good"], side_px)
    test = Labelled.of([steel / "judge"], side_px)
    names = tuple(sorted(set(real.names)))
    learned, held = divided(real, seed)
    parts = [real.chosen(learned)]
    if arm in ARMS[2:]:
        parts.append(Labelled.of([steel / arm / "test"], side_px))
    both = Labelled(np.concatenate([p.images for p in parts]), tuple(name for p in parts for name in p.names))
    plain = {key: dict(value) for key, value in NETWORKS[network].items()}
    plain["network"] |= {"class_names": list(names)} | ({"weights": weights} if network == "resnet" else {})
    plain["training"] |= {"epochs": EPOCHS[network][arm != "nothing"]}
    plain |= {"data": {"samples": SAMPLES, "balanced": True}, "augmentation": {"flips": True}, "seed": seed}
    recipe = parse_recipe(plain)
    channels = recipe.network.channels
    with tempfile.TemporaryDirectory() as place:
        fitted = fit(
            recipe, both.examples(channels), real.chosen(held).examples(channels), Path(place), threads=1, device="cpu"
        )
    found = calls(fitted.network, test, channels)
    is_wrong = np.array([names[k] for k in found]) != np.array(test.names)
    return [(n, int(is_wrong[np.array(test.names) == n].sum()), test.names.count(n)) for n in names]


def divided(real: Labelled, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of what is learned from and of what keeps the weights, class by class."""
    rng, learned, held = np.random.default_rng([seed, 3]), [], []
    for name in sorted(set(real.names)):
        own = rng.permutation(np.flatnonzero(np.array(real.names) == name))
        cut = round(VALIDATION_SHARE * len(own))
        held.append(own[:cut])
        learned.append(own[cut:])
    return np.concatenate(learned), np.concatenate(held)


@torch.no_grad()
def calls(network: torch.nn.Module, test: Labelled, channels: int) -> np.ndarray:
    """Class numbers (N,)."""
    pixels = np.stack(test.examples(channels).pictures).astype(np.float32) / 255
    return torch.cat([network.eval()(part) for part in torch.from_numpy(pixels).split(32)]).argmax(dim=1).numpy()


def rows_of(path: Path) -> list[dict[str, str]]:
    """What the table holds."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def summarise(rows: list[dict[str, str]], network: str) -> None:
    """Errors by arm and class over its seeds, and the gain over `nothing` and `same steps` with its 95 % interval."""
    by_run: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        by_run.setdefault((row["arm"], row["seed"]), []).append(row)
    wrong = {key: sum(int(row["errors"]) for row in own) for key, own in by_run.items()}
    for arm in ARMS:
        seeds = sorted(
            seed for name, seed in by_run if name == arm and all((base, seed) in by_run for base in ARMS[:2])
        )
        if not seeds:
            continue
        own = [row for seed in seeds for row in by_run[arm, seed]]
        images = sum(int(row["images"]) for row in own) // len(seeds)
        total = sum(wrong[arm, seed] for seed in seeds)
        told = [f"{network} {arm:<10} {total} of {len(seeds) * images}: {total / len(seeds) / images:.2%}"]
        for base in ARMS[:2]:
            gain = np.array([wrong[base, seed] - wrong[arm, seed] for seed in seeds])
            half = T_975[len(seeds)] * gain.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) in T_975 else np.nan
            told.append(f"gain over {base} {gain.mean() / images:+.2%} +- {half / images:.2%}")
        counts = []
        for name in sorted({row["class"] for row in own}):
            of_class = [row for row in own if row["class"] == name]
            counts.append(f"{name} {sum(int(r['errors']) for r in of_class)}/{sum(int(r['images']) for r in of_class)}")
        print(", ".join(told), "; ", ", ".join(counts))


if __name__ == "__main__":
    main()
