"""How few labels will do: the standard CNN, AFEC with each of its losses, and frozen features, share by share.

    python benchmarks/few_labels.py ../shared/data/x_sdd --out few --weights resnet18.pth --minutes 7
    python benchmarks/few_labels.py ../shared/data/neu_det --out few --table

After the label study of the thesis on autoencoder features for steel defects (2024): shares of the labels, nested and
class by class, drawn by seed; one test set of 30 % of each class, near-duplicates on one side. Encoders without labels
learn from all training images. What is done is kept in FOLDER/DATA.csv, and the same command goes on from there.

statistics_classes : the method, no network at all.
standard : the recipe standard-cnn-fast.         afec/LOSS : its dense layers on the frozen latent numbers
afec_all/LOSS : all of the encoder trained too.  afec_statistics/LOSS : logarithms of mean and std of the encoder's
frozen_features : of a ResNet-18, and the same   channels, linear head of surfedge.methods.lda; /untrained has random
linear head.                                     weights, /contrastive learned views of one image (SimCLR, 2020)
distilled : a standard CNN that learns from the labels and from what `standard` says of all training images;
distilled/LOSS : from what afec_statistics/LOSS says of them.
resnet18 : the recipe resnet18-classes at 128 px, 960 images shown, of the given weights.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import torch
from few_label_encoders import UNLABELLED, LatentHead, described, encoder_for, patch_statistics, resnet_features
from few_label_study import INPUT_PX, LATENT, Study
from few_label_tables import chart, print_table, rows_of
from few_label_yardsticks import calls, distilled, resnet, words_of

from surfedge.methods.lda import learn_head, softmax
from surfedge.metrics import Confusion
from surfedge.training import parse_recipe
from surfedge.training.fit import fit
from surfedge.training.over_fitting import over_fitting
from surfedge.training.recipe import read_recipe

SHARES = (0.125, 1.0, 0.03, 0.05, 0.375, 0.5)
SEEDS = 5
LEARNED_ON = ("mse_dzl", "mse_localised", "contrastive")  # encoders that learn on with the classes
EPOCHS = 20  # of every network that is trained with labels
TUNING_RATE = 5e-4  # of an encoder that learns on with the classes
SMALL = 0.01  # added to mean and std in front of the logarithm
FIELDS = ("method", "share", "seed", "labels", "accuracy", "macro_f1", "over_fits", "seconds")


def main() -> None:
    """Run what is missing, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", default="torchvision", help="of the ResNet-18: a file, or torchvision")
    parser.add_argument("--methods", default="", help="only those of that name, or whose name begins so")
    parser.add_argument("--shares", default=",".join(map(str, SHARES)))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--shown", type=int, default=Study.shown, help="images shown to a network with labels")
    parser.add_argument("--unlabelled", type=int, default=Study.unlabelled, help="images shown to an encoder")
    parser.add_argument("--choice", action="store_true", help="judge training images without a label, in a table apart")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin nothing new after so many")
    parser.add_argument("--table", action="store_true", help="print what is there, run nothing")
    parser.add_argument("--chart", type=Path, help="draw the accuracy over the share of labels there, run nothing")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"{given.folder.name}{'-choice' if given.choice else ''}.csv"
    if given.chart:
        given.chart.write_text(chart(given.folder.name, rows_of(path), given.methods), encoding="utf-8", newline="\n")
    if given.table:
        print_table(path)
    if given.table or given.chart:
        return
    study = Study(given.folder, given.out, given.weights, given.shown, given.unlabelled, given.choice)
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
    methods += ["distilled/contrastive", "distilled", "resnet18"]
    asked = only.split(",")
    begun = tuple(each for each in asked if each not in methods)
    wanted = [name for name in methods if name in asked or name.startswith(begun)]
    for share in shares:
        for method in wanted:
            few = 3 if method.startswith(("afec_all", "afec_conv", "distilled", "resnet18")) else seeds
            yield from ((method, share, seed) for seed in range(few))


def run(study: Study, method: str, share: float, seed: int) -> dict[str, Any]:
    """One row."""
    chosen = study.labelled(share, seed)
    test = study.judged(chosen)
    start, over_fits = perf_counter(), ""
    kind, _, encoder = method.partition("/")
    if kind == "frozen_features":
        given = logits(resnet_features(study), study, chosen)[test].argmax(axis=1)
    elif kind == "statistics_classes":
        given = logits(patch_statistics(study), study, chosen)[test].argmax(axis=1)
    elif kind == "afec_statistics":
        given = logits(statistics(study, encoder), study, chosen)[test].argmax(axis=1)
    elif kind == "afec":
        views = described(study, encoder).latents
        given = LatentHead(study, chosen, seed).learned(views)(views[test, 0])
    elif kind == "distilled":
        if encoder:
            words = torch.from_numpy(softmax(logits(statistics(study, encoder), study, chosen))).float()
        else:
            words = words_of(by_network(study, "standard", "", chosen, share, seed)[0], study.images)
        unlabelled = np.setdiff1d(np.flatnonzero(~study.is_test), chosen)
        right = float(np.mean(words.argmax(1).numpy()[unlabelled] == study.labels[unlabelled]))
        print(f"the teacher is right on {right:.4f} of the training images without a label")
        given = distilled(study, words, chosen, seed)
    elif kind == "resnet18":
        given, curve = resnet(study, chosen, study.out / "runs" / f"{study.folder.name}-{kind}-{share:g}-{seed}", seed)
        over_fits = over_fitting(curve).is_found
    else:
        network, over_fits = by_network(study, kind, encoder, chosen, share, seed)
        given = calls(network, study.images[test])
    truth = [study.names[each] for each in study.labels[test]]
    found = Confusion.of(truth, [study.names[each] for each in given], study.names)
    figures = {"accuracy": f"{found.accuracy:.4f}", "macro_f1": f"{found.macro_f1:.4f}"}
    seconds = f"{perf_counter() - start:.1f}"
    of_run = {"method": method, "share": share, "seed": seed, "labels": len(chosen)}
    return {**of_run, **figures, "over_fits": over_fits, "seconds": seconds}


def statistics(study: Study, encoder: str) -> np.ndarray:
    """Logarithms of what the encoder's channels are like in each image, float32 (N, F)."""
    return np.asarray(np.log(described(study, encoder).statistics + SMALL))


def logits(features: np.ndarray, study: Study, chosen: np.ndarray) -> np.ndarray:
    """Of all images by the linear head, (N, K)."""
    head = learn_head(features[chosen], study.labels[chosen].tolist(), 0.5)
    return np.asarray(features @ head.linear + head.offset)


def by_network(
    study: Study, kind: str, encoder: str, chosen: np.ndarray, share: float, seed: int
) -> tuple[torch.nn.Module, bool]:
    """A network that is trained with the labels, or was before, and whether it over-fits."""
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
        plain["training"] |= {"learning_rate": TUNING_RATE}
    plain["inference"] = {}
    learned, held = study.divided(chosen, seed)
    place = study.out / "runs" / f"{study.folder.name}-{kind}-{encoder}-{share:g}-{seed}"
    fitted = fit(parse_recipe(plain), study.examples(learned), study.examples(held), place, threads=1, device="cpu")
    return fitted.network.eval(), over_fitting(fitted.curve).is_found


if __name__ == "__main__":
    main()
