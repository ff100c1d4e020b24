"""Does it help? The same detector taught with few real defects, and with made ones of each kind beside them.

    python experiments/made_defects.py prepare KOLEKTOR folds
    python experiments/made_defects.py run folds study.csv --transfer made0 --transfer made1

`prepare` writes two folds that share no item (made_shots.py). `run` learns from one fold and judges on the other, both
ways, five times with other defects and draws. With 0 real defects `nothing` is the distance from good cells alone. The
detector is `surfedge calibrate statistics good/ --defects marked/`: patch statistics, the distance from good, and what
a discriminant of marked cells adds. Settings were taken over as they stood, none was chosen by a result here. A run
that was stopped goes on. `--transfer` names a set that `surfedge generate transfer --whole` made of fold 0 (1); it saw
all defects of its fold and so stands in the rows of 25 alone.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from made_shots import MADE, Shot, pasted, pasted_patches, perlin, prepare, rendered_patches, shot_of, shots_of

from surfedge.datasets import labelled_images
from surfedge.decision import RawMap
from surfedge.files import csv_line
from surfedge.images import from_array
from surfedge.methods.marked_cells import GoodCells, Mark, Usual, marked_cells
from surfedge.methods.marked_head import HeadLearner, excess
from surfedge.methods.statistics import Statistics
from surfedge.metrics.au_pro import au_pro
from surfedge.metrics.image_ap import image_ap
from surfedge.synthesis.perlin import feature_noise

SEEDS, COUNTS = 5, (0, 5, 10, 25)
MOST_CELLS = 200  # of an image with noise on its features
BLUR_CELLS = 1.0
CELL_PX = 4
ARMS = ("nothing", "paste", "perlin", "feature noise", "rendered", "transfer", "mixture")

Row = tuple[str, int, int, int, float, float]  # arm, defects, seed, fold, AP, AU-PRO 0.05


def main() -> None:
    """Prepare, or run and summarise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True)
    prepared = tasks.add_parser("prepare")
    prepared.add_argument("data", type=Path)
    prepared.add_argument("out", type=Path)
    runs = tasks.add_parser("run")
    runs.add_argument("folds", type=Path)
    runs.add_argument("out", type=Path)
    runs.add_argument("--transfer", type=Path, action="append", default=[])
    given = parser.parse_args()
    if given.task == "prepare":
        prepare(given.data, given.out)
    else:
        run(given.folds, given.out, given.transfer)


def run(folds: Path, out: Path, transfers: list[Path]) -> None:
    """All rows into one table, those that it lacks; then means and spreads."""
    shots = [shots_of(folds / f"fold{k}") for k in (0, 1)]
    made = [[shot_of(s) for s in labelled_images(path) if s.is_defective] for path in transfers]
    if not out.is_file():
        out.write_text(csv_line(["arm", "defects", "seed", "fold", "ap", "au_pro_0.05"]), encoding="utf-8")
    for seed in range(SEEDS):
        for fold in (0, 1):
            ground, judged = Ground.of(shots[fold]), Judged.by(Ground.of(shots[fold]), shots[1 - fold])
            for count in COUNTS:
                known = {row[0] for row in read_rows(out) if row[1:4] == (count, seed, fold)}
                pool = made[fold] if fold < len(made) and count == max(COUNTS) else []
                rng = np.random.default_rng([seed, fold, count])
                for arm, marks in arms(ground, shots[fold], count, rng, pool):
                    if arm in known:
                        continue
                    found = judged.figures(ground.head(marks))
                    print(arm, count, seed, fold, *(f"{each:.3f}" for each in found), flush=True)
                    with out.open("a", encoding="utf-8") as file:
                        file.write(csv_line([arm, count, seed, fold, *found]))
    summarise(read_rows(out))


def read_rows(path: Path) -> list[Row]:
    """What the table holds."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    return [(a, int(n), int(s), int(f), float(ap), float(pro)) for a, n, s, f, ap, pro in lines]


def arms(
    ground: Ground, fit: list[Shot], count: int, rng: np.random.Generator, transferred: list[Shot]
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Each arm's name and the cells that it marks, an array an image: the same `count` real defects in all of them, as
    often as it takes to count for half beside made ones."""
    defects = [shot for shot in fit if shot.mask is not None]
    good = [shot for shot in fit if shot.mask is None]
    real = [defects[k] for k in rng.permutation(len(defects))[:count]]
    sets = {"paste": ground.marked(pasted(real, good, rng))} if real else {}
    sets |= {
        "perlin": ground.marked(perlin(good, rng)),
        "feature noise": noisy(ground, good, rng),
        "rendered": ground.marked(pasted_patches(rendered_patches(rng), good, rng)),
    }
    if transferred:
        sets["transfer"] = ground.marked([transferred[k] for k in rng.permutation(len(transferred))[:MADE]])
    sets["mixture"] = [cells for part in sets.values() for cells in part[:: len(sets)]]
    own = ground.marked(real)
    yield "nothing", own
    for arm, cells in sets.items():
        yield arm, own * max(1, len(cells) // max(1, len(own))) + cells


@dataclass(frozen=True)
class Ground:
    """What good cells look like. method : that learned it. good, whole : see surfedge.methods.marked_cells."""

    method: Statistics
    good: GoodCells
    usual: Usual

    @classmethod
    def of(cls, shots: list[Shot]) -> Ground:
        """From the good ones of `shots`."""
        good = GoodCells()
        frames = [from_array(shot.image) for shot in shots if shot.mask is None]
        method = Statistics(cell_px=CELL_PX).learn_good(frames, good.see).all()
        return cls(method, good, Usual.of([method.distance(cells) for cells in good.whole]))

    def marked(self, shots: list[Shot]) -> list[np.ndarray]:
        """Cells of the defects, float32 (n, D) an image."""
        found = []
        for shot in shots:
            assert shot.mask is not None
            cells = cells_of(shot.image)
            distance = RawMap(self.method.distance(cells), CELL_PX)
            found.append(marked_cells(Mark(from_array(shot.image), shot.mask), cells, distance, self.usual))
        return found

    def head(self, marks: list[np.ndarray]) -> np.ndarray | None:
        """What marked cells add, see surfedge.methods.marked_head; None without any."""
        if not marks:
            return None
        images = np.repeat(np.arange(len(marks), dtype=np.int32), [len(cells) for cells in marks])
        learner = HeadLearner(
            Statistics.marked_form, self.good.images, np.concatenate(marks), images, self.usual.spread
        )
        return learner.head()


@dataclass(frozen=True)
class Judged:
    """Images to judge by: cells, masks over cells (None for a good one), and distances from good."""

    cells: list[np.ndarray]
    masks: list[np.ndarray | None]
    distances: list[np.ndarray]

    @classmethod
    def by(cls, ground: Ground, shots: list[Shot]) -> Judged:
        """The images of `shots` as the method of `ground` sees them."""
        cells = [cells_of(shot.image) for shot in shots]
        masks = [
            None if shot.mask is None else in_cells(shot.mask, own.shape[1:])
            for shot, own in zip(shots, cells, strict=True)
        ]
        return cls(cells, masks, [ground.method.distance(own) for own in cells])

    def figures(self, head: np.ndarray | None) -> tuple[float, float]:
        """AP of images by their largest cell, AU-PRO 0.05 over cells."""
        maps = []
        for cells, distance in zip(self.cells, self.distances, strict=True):
            more = 0.0 if head is None else excess(head, cells.reshape(len(cells), -1)).reshape(distance.shape)
            maps.append(cv2.GaussianBlur(distance + more, (0, 0), BLUR_CELLS))
        ap = image_ap([mask is not None for mask in self.masks], [float(each.max()) for each in maps])
        return float(ap), float(au_pro(self.masks, maps, fpr_limit=0.05))


def in_cells(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cells of which a quarter is marked; at least the most marked one."""
    share = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return share >= min(0.25, float(share.max()))


def cells_of(image: np.ndarray) -> np.ndarray:
    """float32 (D, rows, columns), part of the image's own mean taken out, as `statistics` compares them."""
    method = Statistics(cell_px=CELL_PX)
    features = method.features(from_array(image), with_colour=False)
    own = features.mean(axis=(1, 2), keepdims=True, dtype=np.float64).astype(np.float32)
    return np.asarray(features - np.float32(method.own_share) * own)


def noisy(ground: Ground, good: list[Shot], rng: np.random.Generator) -> list[np.ndarray]:
    """Good cells with noise of one deviation of each feature under masks of noise."""
    deviation = np.concatenate(ground.good.images).std(axis=0)
    drawn = []
    for _ in range(MADE):
        cells = cells_of(good[int(rng.integers(len(good)))].image) / deviation[:, None, None]
        changed, mask = feature_noise(cells, rng, sigma=1.0, probability=1.0)
        found = changed[:, mask].T * deviation
        drawn.append(np.float32(found[rng.permutation(len(found))[:MOST_CELLS]]))
    return drawn


def summarise(rows: list[Row]) -> None:
    """Mean of each arm with its spread over seeds, and its gain over nothing, seed by seed, with a 95 % interval."""
    for count in COUNTS:
        base = {row[2:4]: row for row in rows if row[:2] == ("nothing", count)}
        for arm in ARMS:
            own = [row for row in rows if row[:2] == (arm, count) and row[2:4] in base]
            if not own:
                continue
            told = []
            for k in (4, 5):
                gains = np.array([row[k] - base[row[2:4]][k] for row in own])
                by_seed = [np.mean([g for g, row in zip(gains, own, strict=True) if row[2] == s]) for s in range(SEEDS)]
                half = 2.776 * np.std(by_seed, ddof=1) / np.sqrt(SEEDS)  # Student's t, 4 degrees of freedom
                told.append(f"{np.mean([row[k] for row in own]):.3f} gain {gains.mean():+.3f} +- {half:.3f}")
            print(f"{count:>3} {arm:<14} AP {told[0]}   AU-PRO 0.05 {told[1]}")


if __name__ == "__main__":
    main()
