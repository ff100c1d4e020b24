"""How few labels will do: the standard CNN, AFEC with each of its losses, and frozen features, share by share.

    python benchmarks/few_labels.py ../shared/data/x_sdd --out few --weights resnet18.pth --minutes 7
    python benchmarks/few_labels.py ../shared/data/neu_det --out few --table

After the label study of the thesis on autoencoder features for steel defects (2024): shares of the labels, nested and
class by class, drawn by seed; one test set of 30 % of each class, near-duplicates on one side. Encoders without labels
learn from all training images. What is done is kept in FOLDER/DATA.csv, and the same command goes on from there.

statistics_classes : the method, no network at all.
standard : the recipe standard-cnn-fast.         afec/LOSS : its dense layers on the frozen latent numbers
afec_all/LOSS : all of the encoder trained too.  afec_statistics/LOSS : mean and std of the frozen encoder's channels,
frozen_features : of a ResNet-18, and the same   and the linear head of surfedge.methods.lda; /untrained has random
linear head.                                     weights, /contrastive learned views of one image (SimCLR, 2020)
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import torch
from few_label_encoders import UNLABELLED, LatentHead, described, encoder_for, patch_statistics, resnet_features
from few_label_tables import chart, print_table, rows_of

from surfedge.datasets import Description, class_set, describe_all, divide, find_duplicates, groups_of
from surfedge.images import read, resized, to_grey_u8
from surfedge.methods.lda import learn_head
from surfedge.metrics import Confusion
from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.fit import fit
from surfedge.training.recipe import read_recipe

SHARES = (0.125, 1.0, 0.03, 0.05, 0.375, 0.5)
SEEDS = 5
TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2
INPUT_PX = 96
LATENT = 256
LEARNED_ON = ("mse_dzl", "mse_localised", "contrastive")  # encoders that learn on with the classes
EPOCHS = 20  # of every network that is trained with labels
FIELDS = ("method", "share", "seed", "labels", "accuracy", "macro_f1", "over_fits", "seconds")


@dataclass(frozen=True)
class Study:
    """Images of one data set, what is learned from and what is judged.

    shown : images that a network with labels is shown in all. unlabelled : images that an encoder is shown in all.
    """

    folder: Path
    out: Path
    weights: str
    shown: int = 16_000
    unlabelled: int = 24_000

    @cached_property
    def samples(self) -> list[Any]:
        """Labelled images, each class with two or more."""
        return list(class_set(self.folder).samples)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return tuple(sorted({sample.label for sample in self.samples}))

    @cached_property
    def labels(self) -> np.ndarray:
        """Class numbers (N,)."""
        return np.array([self.names.index(sample.label) for sample in self.samples])

    @cached_property
    def is_test(self) -> np.ndarray:
        """bool (N,): 30 % of each class; near-duplicates lie on one side."""
        known = [each for each in describe_all([s.path for s in self.samples]) if isinstance(each, Description)]
        pairs = [(pair.kept, pair.double) for pair in find_duplicates(known)]
        print(f"{self.folder.name}: {len(self.samples)} images, {len(pairs)} near-duplicates kept on one side")
        classes: dict[str, list[Path]] = {name: [] for name in self.names}
        for sample in self.samples:
            classes[sample.label].append(sample.path)
        groups = groups_of([sample.path for sample in self.samples], pairs=pairs)
        sides = divide(classes, {"learn": 1 - TEST_SHARE, "test": TEST_SHARE}, groups, seed=0).sides
        held = {path for paths in sides["test"].values() for path in paths}
        return np.array([sample.path in held for sample in self.samples])

    @cached_property
    def pictures(self) -> list[np.ndarray]:
        """uint8 (1, 96, 96) each."""
        size = (INPUT_PX, INPUT_PX)
        return [to_grey_u8(resized(read(sample.path), size))[None] for sample in self.samples]

    def labelled(self, share: float, seed: int) -> np.ndarray:
        """Which images have a label, numbers: of each class that share, those of a smaller one among them."""
        rng, chosen = np.random.default_rng([seed, 11]), []
        for number in range(len(self.names)):
            own = rng.permutation(np.flatnonzero((self.labels == number) & ~self.is_test))
            chosen.append(own[: max(2, round(share * own.size))])
        return np.concatenate(chosen)

    def examples(self, chosen: Sequence[int], with_classes: bool = True) -> Examples:
        """The chosen images as a network is shown them."""
        classes = [self.names[self.labels[each]] for each in chosen] if with_classes else ()
        return Examples([self.pictures[each] for each in chosen], classes=classes)

    def divided(self, chosen: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """What is learned from and what stops the training: of each class a fifth, one at least."""
        rng, held = np.random.default_rng([seed, 12]), []
        for number in np.unique(self.labels[chosen]):
            own = rng.permutation(chosen[self.labels[chosen] == number])
            held.append(own[: max(1, round(VALIDATION_SHARE * own.size))])
        out = np.concatenate(held)
        return np.setdiff1d(chosen, out), out


def main() -> None:
    """Run what is missing, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", default="torchvision", help="of the ResNet-18: a file, or torchvision")
    parser.add_argument("--methods", default="", help="only those whose name begins so, commas between")
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--shown", type=int, default=Study.shown, help="images shown to a network with labels")
    parser.add_argument("--unlabelled", type=int, default=Study.unlabelled, help="images shown to an encoder")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin nothing new after so many")
    parser.add_argument("--table", action="store_true", help="print what is there, run nothing")
    parser.add_argument("--chart", type=Path, help="draw the accuracy over the share of labels there, run nothing")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"{given.folder.name}.csv"
    if given.chart:
        given.chart.write_text(chart(given.folder.name, rows_of(path), given.methods), encoding="utf-8", newline="\n")
    if given.table:
        print_table(path)
    if given.table or given.chart:
        return
    study = Study(given.folder, given.out, given.weights, given.shown, given.unlabelled)
    end = perf_counter() + 60 * given.minutes
    done = {(row["method"], float(row["share"]), int(row["seed"])) for row in rows_of(path)}
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        if not done:
            writer.writeheader()
        for method, share, seed in jobs(given.methods, [float(each) for each in given.shares.split(",")], given.seeds):
            if (method, share, seed) in done:
                continue
            if perf_counter() > end:
                sys.exit("out of time: run the same command again to go on")
            row = run(study, method, share, seed)
            writer.writerow({name: row[name] for name in FIELDS})
            stream.flush()
            print(*row.values(), flush=True)


def jobs(only: str, shares: Sequence[float], seeds: int) -> Iterator[tuple[str, float, int]]:
    """Share by share, what the question turns on first; the networks that learn on from an encoder with three seeds."""
    first, *others = UNLABELLED
    methods = ["statistics_classes", "frozen_features", "standard"]
    methods += [f"{kind}/{loss}" for loss in (*others[:2], first) for kind in ("afec_statistics", "afec")]
    methods += [f"{kind}/{loss}" for loss in LEARNED_ON for kind in ("afec_all", "afec_conv")]
    methods += [f"{kind}/{loss}" for loss in others[2:] for kind in ("afec_statistics", "afec")]
    wanted = [name for name in methods if name.startswith(tuple(only.split(",")))]
    for share in shares:
        for method in wanted:
            few = 3 if method.startswith(("afec_all", "afec_conv")) else seeds
            yield from ((method, share, seed) for seed in range(few))


def run(study: Study, method: str, share: float, seed: int) -> dict[str, Any]:
    """One row."""
    chosen, test = study.labelled(share, seed), np.flatnonzero(study.is_test)
    start, over_fits = perf_counter(), ""
    kind, _, encoder = method.partition("/")
    if kind == "frozen_features":
        given = by_head(resnet_features(study), study, chosen, test)
    elif kind == "statistics_classes":
        given = by_head(patch_statistics(study), study, chosen, test)
    elif kind == "afec_statistics":
        given = by_head(described(study, encoder).statistics, study, chosen, test)
    elif kind == "afec":
        views = described(study, encoder).latents
        given = LatentHead(study, chosen, seed).learned(views)(views[test, 0])
    else:
        given, over_fits = by_network(study, kind, encoder, chosen, test, share, seed)
    truth = [study.names[each] for each in study.labels[test]]
    found = Confusion.of(truth, [study.names[each] for each in given], study.names)
    figures = {"accuracy": f"{found.accuracy:.4f}", "macro_f1": f"{found.macro_f1:.4f}"}
    seconds = f"{perf_counter() - start:.1f}"
    of_run = {"method": method, "share": share, "seed": seed, "labels": len(chosen)}
    return {**of_run, **figures, "over_fits": over_fits, "seconds": seconds}


def by_head(features: np.ndarray, study: Study, chosen: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Class numbers by the linear head."""
    head = learn_head(features[chosen], study.labels[chosen].tolist(), 0.5)
    return np.asarray((features[test] @ head.linear + head.offset).argmax(axis=1))


def by_network(
    study: Study, kind: str, encoder: str, chosen: np.ndarray, test: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, bool]:
    """Class numbers by a network that is trained with the labels, and whether it over-fits."""
    from surfedge.training.over_fitting import over_fitting

    recipe = read_recipe("standard-cnn-fast")
    plain = {**recipe.plain(), "seed": seed}
    plain["data"] |= {"samples": study.shown // EPOCHS}
    plain["training"] |= {"epochs": EPOCHS, "patience": 0}
    if kind == "standard":
        plain["network"] |= {"class_names": list(study.names), "input_px": INPUT_PX}
    else:
        coder = {"name": "standard_autoencoder", "latent": LATENT, "input_px": INPUT_PX}
        trained = {"afec_conv": "last_convolution", "afec_all": "all"}[kind]
        folder = str(encoder_for(study, encoder))
        plain["network"] = {"name": "afec", "class_names": list(study.names), "autoencoder": coder}
        plain["network"] |= {"weights": folder, "trained": trained}
    plain["inference"] = {}
    learned, held = study.divided(chosen, seed)
    place = study.out / "runs" / f"{study.folder.name}-{kind}-{encoder}-{share:g}-{seed}"
    fitted = fit(parse_recipe(plain), study.examples(learned), study.examples(held), place, threads=1, device="cpu")
    network = fitted.network.eval()
    with torch.no_grad():
        batch = torch.from_numpy(np.stack([study.pictures[each] for each in test]).astype(np.float32) / 255)
        given = torch.cat([network(part) for part in batch.split(64)]).argmax(dim=1).numpy()
    return given, over_fitting(fitted.curve).is_found


if __name__ == "__main__":
    main()
