"""A network that learned marked defects on one line, before and after it got used to a second by its good images.

python experiments/line_transfer.py FOLDER OUT [--recipe NAME] [--seeds 0,1,2] [--key TABLE.KEY=VALUE ...]

FOLDER holds what pasted_plates.py made: line A is set1-256, line B set2-256. Prints and keeps, for each seed, pixel and
image AUROC and the part of the good images that is called, on the test images of A and of B. Of B no defect is learned.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from surfedge.bundle import Bundle
from surfedge.datasets import good_images, labelled_images, training_set
from surfedge.detector import Detector
from surfedge.evaluation import Judging, Tally
from surfedge.experiments.grid import changed
from surfedge.training import Recipe, parse_recipe, parse_toml, read_recipe, started_from
from surfedge.training.train import train

COLUMNS = ("seed", "line", "when", "pixel_auroc", "image_auroc", "false_calls", "detection_rate")


def main() -> None:
    """Train, go on, judge; seeds that OUT already holds are not run again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="compactcnn-fast")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--key", action="append", default=[], metavar="TABLE.KEY=VALUE", help="another setting")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    lines = {"A": arguments.folder / "set1-256", "B": arguments.folder / "set2-256"}
    rows: list[dict[str, str]] = []
    for seed in map(int, arguments.seeds.split(",")):
        recipe = _recipe(arguments.recipe, arguments.key, seed)
        rows += _run(recipe, lines, arguments.out / f"seed{seed}", arguments.threads)
        with (arguments.out / "lines.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    _show(rows)


def _recipe(name: str, keys: list[str], seed: int) -> Recipe:
    given = dict(key.split("=", 1) for key in keys)
    changes = {key: parse_toml(f"value = {value}", key)["value"] for key, value in given.items()}
    return parse_recipe({**changed(read_recipe(name).plain(), changes), "seed": seed})


def _run(recipe: Recipe, lines: dict[str, Path], out: Path, threads: int) -> list[dict[str, str]]:
    """The rows of one seed: both lines before and after."""
    samples, others = training_set(lines["A"]).samples, good_images(lines["B"] / "train" / "good")
    out.mkdir(exist_ok=True)
    bundles = {"before": out / "before.surfedge", "after": out / "after.surfedge"}
    if not bundles["before"].is_file():
        train(recipe, samples, out / "before", threads=threads).bundle.write(bundles["before"])
    if not bundles["after"].is_file():
        going_on = started_from(recipe, out / "before")
        after = train(going_on, samples, out / "after", also_good=others, threads=threads)
        after.bundle.write(bundles["after"])
    return [
        {"seed": str(recipe.seed), "line": line, "when": when, **_judged(bundle, folder)}
        for when, bundle in bundles.items()
        for line, folder in lines.items()
    ]


def _judged(path: Path, folder: Path) -> dict[str, str]:
    bundle = replace(Bundle.read(path), plausibility={})  # images of the other line are judged, not refused
    judging, tally, called = Judging([Detector(bundle, device="CPU", threads=1)], labelled_images(folder)), Tally(), {}
    for each in judging:
        tally.add(each)
        called.setdefault(each.sample.is_defective, []).append(each.result.is_defective)
    figures = tally.record().figures
    return {
        "pixel_auroc": f"{figures['pixel_auroc']:.4f}",
        "image_auroc": f"{figures['image_auroc']:.4f}",
        "false_calls": f"{np.mean(called[False]):.4f}",
        "detection_rate": f"{np.mean(called[True]):.4f}",
    }


def _show(rows: list[dict[str, str]]) -> None:
    for line in "AB":
        for when in ("before", "after"):
            chosen = [row for row in rows if (row["line"], row["when"]) == (line, when)]
            said = []
            for name in COLUMNS[3:]:
                values = np.array([float(row[name]) for row in chosen])
                said.append(f"{name} {values.mean():.3f} ± {values.std(ddof=1) if len(values) > 1 else 0:.3f}")
            print(f"{line} {when:6}", ", ".join(said))


if __name__ == "__main__":
    main()
