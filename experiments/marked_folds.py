"""A network that learns marked defects, judged on folds: each item's images are judged by what other items taught.

python experiments/marked_folds.py DATA OUT --item 'kos\\d+' [--recipe NAME] [--folds 2 | --folds-file FILE]
    [--only 0,1] [--seeds 0,1,2] [--key TABLE.KEY=VALUE ...]

DATA is in the layout of MVTec AD; its good training images take part in the folds. FILE has the columns image, fold
(benchmarks/kolektor_folds.csv). Prints and keeps one line a seed: the figures over the images of all folds (or of
--only), each by the detector of its fold, and how much of them is defective; found and false calls at its own limit.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from surfedge.bundle import Bundle
from surfedge.datasets import GOOD, Sample, divide, good_images, groups_of, labelled_images
from surfedge.detector import Detector
from surfedge.evaluation import Judging, Tally
from surfedge.experiments.grid import changed
from surfedge.training import Recipe, parse_recipe, parse_toml, read_recipe
from surfedge.training.train import train

SHOWN = ("image_auroc", "image_ap", "pixel_auroc", "au_pro_0.05")
CALLED = ("found", "false_calls")


def main() -> None:
    """Train and judge each fold of each seed; bundles that OUT already holds are taken as they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--item", required=True)
    parser.add_argument("--recipe", default="compactcnn-fast")
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--folds-file", type=Path, help="columns image, fold")
    parser.add_argument("--only", default="", help="numbers of the folds that are judged, commas between; all")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--key", action="append", default=[], metavar="TABLE.KEY=VALUE", help="another setting")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    samples = [*labelled_images(arguments.data), *(Sample(path, GOOD) for path in good_images(arguments.data))]
    given = arguments.folds_file
    folds = _folds_of(samples, given) if given else _folds(samples, arguments.item, arguments.folds)
    judged = {int(each): folds[int(each)] for each in arguments.only.split(",") if each} or dict(enumerate(folds))
    changes = dict(key.split("=", 1) for key in arguments.key)
    tables = changed(read_recipe(arguments.recipe).plain(), {k: _value(k, text) for k, text in changes.items()})
    tables["data"]["item"] = arguments.item
    rows = []
    for seed in map(int, arguments.seeds.split(",")):
        recipe = parse_recipe({**tables, "seed": seed})
        rows.append(_judged(recipe, samples, judged, arguments.out))
        print(f"seed {seed}", ", ".join(f"{name} {value:.4f}" for name, value in rows[-1].items()), flush=True)
    with (arguments.out / "folds.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, SHOWN + CALLED, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    told = [sample.is_defective for sample in samples if any(sample.path in fold for fold in judged.values())]
    figures = ", ".join(_mean(rows, name) for name in SHOWN + CALLED)
    print(f"{len(told)} images, {np.mean(told):.0%} of them defective:", figures)


def _value(key: str, text: str) -> object:
    return parse_toml(f"value = {text}", key)["value"]


def _folds(samples: list[Sample], item: str, count: int) -> list[set[Path]]:
    """The paths of each fold, defects and good images shared out as whole items allow; the same for all seeds."""
    classes: dict[str, list[Path]] = {}
    for sample in samples:
        classes.setdefault(sample.label, []).append(sample.path)
    groups = groups_of([sample.path for sample in samples], item)
    sides = divide(classes, {str(fold): 1 / count for fold in range(count)}, groups, seed=0).sides
    return [{path for paths in side.values() for path in paths} for side in sides.values()]


def _folds_of(samples: list[Sample], file: Path) -> list[set[Path]]:
    """Those of a file that names the images."""
    with file.open(newline="", encoding="utf-8") as lines:
        fold_of = {row["image"]: int(row["fold"]) for row in csv.DictReader(lines)}
    folds: list[set[Path]] = [set() for _ in range(1 + max(fold_of.values()))]
    for sample in samples:
        folds[fold_of[sample.path.name]].add(sample.path)
    return folds


def _judged(recipe: Recipe, samples: list[Sample], folds: dict[int, set[Path]], out: Path) -> dict[str, float]:
    tally = Tally()
    called: dict[bool, list[bool]] = {False: [], True: []}
    for number, fold in folds.items():
        place = out / f"seed{recipe.seed}-fold{number}.surfedge"
        if not place.is_file():
            others = [sample for sample in samples if sample.path not in fold]
            train(recipe, others, out / f"{place.name}.training", threads=1).bundle.write(place)
        bundle = replace(Bundle.read(place), plausibility={})
        own = [sample for sample in samples if sample.path in fold]
        for each in Judging([Detector(bundle, device="CPU", threads=1)], own):
            tally.add(each)
            called[each.sample.is_defective].append(each.result.is_defective)
    figures = tally.record().figures
    shown = {name: float(figures[name]) for name in SHOWN}
    return {**shown, **dict(zip(CALLED, (float(np.mean(called[kind])) for kind in (True, False)), strict=True))}


def _mean(rows: list[dict[str, float]], name: str) -> str:
    values = [row[name] for row in rows]
    return f"{name} {np.mean(values):.3f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.3f}"


if __name__ == "__main__":
    main()
