"""Does it help a network that learns outlines from pixels? compactcnn-fast with few real defects, made ones beside.

    python experiments/made_defects.py prepare KOLEKTOR folds
    python experiments/made_networks.py folds networks.csv work/

Folds and made defects are those of made_defects.py. The network is `surfedge train marked/ --recipe compactcnn-fast` on
tiles of 128 px, with as many steps in every row: an epoch is SAMPLES tiles, whatever the number of images. Real defects
stand in the folder as often as it takes to count for half beside made ones; `nothing` has the real ones alone for the
same steps. A fifth is held out, as always. Judged on the other fold, both ways. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from made_shots import MADE, Shot, pasted, pasted_patches, perlin, rendered_patches, shots_of

from surfedge.datasets import training_set
from surfedge.detector import Detector
from surfedge.experiments.grid import changed
from surfedge.files import csv_line
from surfedge.images import from_array
from surfedge.metrics.au_pro import au_pro
from surfedge.metrics.image_ap import image_ap
from surfedge.training import Recipe, parse_recipe, read_recipe
from surfedge.training.train import train

COUNT = 5
SEEDS = 3
SAMPLES, EPOCHS, DECISION_EPOCHS = 160, 15, 5
ARMS = ("nothing", "paste", "perlin", "rendered", "mixture")
T_975 = {3: 4.303, 5: 2.776}  # Student's t, by the number of seeds
SETTINGS = {"network.input_px": 128, "inference.stride_px": 128, "data.samples": SAMPLES, "training.epochs": EPOCHS}


def main() -> None:
    """Run what the table lacks, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folds", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("work", type=Path, help="folder for what is learned from and for checkpoints")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    given = parser.parse_args()
    shots = [shots_of(given.folds / f"fold{k}") for k in (0, 1)]
    if not given.out.is_file():
        given.out.write_text(csv_line(["arm", "seed", "fold", "ap", "au_pro_0.05"]), encoding="utf-8")
    for seed in range(given.seeds):
        for fold in (0, 1):
            known = {row[0] for row in rows_of(given.out) if row[1:3] == (seed, fold)}
            for arm, defects in arms(shots[fold], np.random.default_rng([seed, fold, COUNT])):
                if arm in known or arm not in given.arms.split(","):
                    continue
                place = given.work / f"{arm}-{seed}-{fold}"
                write(place / "marked", [shot for shot in shots[fold] if shot.mask is None], defects)
                found = figures(learned(place, seed), shots[1 - fold])
                shutil.rmtree(place)
                print(arm, seed, fold, *(f"{each:.3f}" for each in found), flush=True)
                with given.out.open("a", encoding="utf-8") as file:
                    file.write(csv_line([arm, seed, fold, *found]))
    summarise(rows_of(given.out))


def arms(shots: Sequence[Shot], rng: np.random.Generator) -> Iterator[tuple[str, list[Shot]]]:
    """Each arm's name and its defects: the same COUNT real ones in all, counting for half beside made ones."""
    defects, good = ([shot for shot in shots if (shot.mask is None) == is_good] for is_good in (False, True))
    real = [defects[k] for k in rng.permutation(len(defects))[:COUNT]]
    sets = {
        "paste": pasted(real, good, rng),
        "perlin": perlin(good, rng),
        "rendered": pasted_patches(rendered_patches(rng), good, rng),
    }
    sets["mixture"] = [shot for part in sets.values() for shot in part[:: len(sets)]]
    yield "nothing", real
    for arm, made in sets.items():
        yield arm, [*real * (MADE // COUNT), *made]


def write(folder: Path, good: Sequence[Shot], defects: Sequence[Shot]) -> None:
    """In the layout that `surfedge train` reads."""
    shutil.rmtree(folder, ignore_errors=True)
    places = [folder / name for name in ("good", "defect", "ground_truth/defect")]
    for place in places:
        place.mkdir(parents=True)
    for number, shot in enumerate(good):
        cv2.imwrite(str(places[0] / f"{number:03d}.png"), shot.image)
    for number, shot in enumerate(defects):
        assert shot.mask is not None
        cv2.imwrite(str(places[1] / f"{number:03d}.png"), shot.image)
        cv2.imwrite(str(places[2] / f"{number:03d}_mask.png"), np.uint8(255) * shot.mask)


def recipe_of(seed: int) -> Recipe:
    """compactcnn-fast with the settings of this study."""
    plain = changed(read_recipe("compactcnn-fast").plain(), SETTINGS)
    plain["training"]["decision"]["epochs"] = DECISION_EPOCHS
    return parse_recipe({**plain, "seed": seed})


def learned(place: Path, seed: int) -> Detector:
    """The detector of a training on what `write` wrote."""
    samples = training_set(place / "marked").samples
    trained = train(recipe_of(seed), samples, place / "run", threads=1, device="cpu")
    return Detector(trained.bundle, device="CPU", threads=1)


def figures(detector: Detector, shots: Sequence[Shot]) -> tuple[float, float]:
    """AP of images by their scores, AU-PRO 0.05 of their maps."""
    results = [detector(from_array(shot.image)) for shot in shots]
    ap = image_ap([shot.mask is not None for shot in shots], [result.score for result in results])
    return float(ap), float(au_pro([shot.mask for shot in shots], [r.anomaly_map for r in results], fpr_limit=0.05))


def rows_of(path: Path) -> list[tuple[str, int, int, float, float]]:
    """What the table holds."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(a, int(s), int(f), float(ap), float(pro)) for a, s, f, ap, pro in list(csv.reader(file))[1:]]


def summarise(rows: list[tuple[str, int, int, float, float]]) -> None:
    """Mean of each arm, and its gain over nothing, seed by seed, with a 95 % interval."""
    base = {row[1:3]: row for row in rows if row[0] == "nothing"}
    for arm in ARMS:
        own = [row for row in rows if row[0] == arm and row[1:3] in base]
        seeds = sorted({row[1] for row in own})
        told = []
        for k in (3, 4):
            by_seed = [np.mean([row[k] - base[row[1:3]][k] for row in own if row[1] == seed]) for seed in seeds]
            half = T_975.get(len(seeds), np.nan) * np.std(by_seed, ddof=1) / np.sqrt(len(seeds)) if seeds else np.nan
            spread = np.std([row[k] for row in own], ddof=1)
            told.append(
                f"{np.mean([row[k] for row in own]):.3f} ({spread:.3f}) gain {np.mean(by_seed):+.3f} +- {half:.3f}"
            )
        print(f"{arm:<9} {len(own)} trainings  AP {told[0]}   AU-PRO 0.05 {told[1]}")


if __name__ == "__main__":
    main()
