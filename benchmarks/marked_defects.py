"""What a handful of marked defects adds to a detector that learned from good images: the tables of docs/few-labels.md.

    python benchmarks/marked_defects.py kolektor/ --size 704x256 --item 'kos\\d+' --folds-file folds.csv
    python benchmarks/marked_defects.py kolektor/ --size 704x256 --item 'kos\\d+' --model features.surfedge
    python benchmarks/marked_defects.py leather/ --leave-class-out --marks 5
    python benchmarks/marked_defects.py kolektor/ --size 704x256 --item 'kos\\d+' --marks 5 --shuffled

Folds by item: all images of an item are on one side. The good images of the other folds teach, some of their defects
are marked (drawn by seed), the fold is judged; every image is judged once, and metrics are over all of them. With
--leave-class-out marks are of every class but one, and judged are that one and the good test images. With --shuffled
the masks lie on good images: the discriminant then knows nothing, and its own map must be of chance.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from statistics import fmean, pstdev

import cv2
import numpy as np

from surfedge.calibration import parse_rule, threshold_from_good
from surfedge.calibration.good_statistics import MAP_POSITION_PX, POSITION_PX, GoodStatistics
from surfedge.calibration.unseen import by_good
from surfedge.datasets import GOOD, describe_all, find_duplicates, good_images, groups_of, labelled_images
from surfedge.datasets.description import Description
from surfedge.decision import Decision, RawMap
from surfedge.detector import Detector, default_bundle
from surfedge.images import Frame, from_array, read
from surfedge.methods import Features, Lesson, Mark, MarkedMethod
from surfedge.methods.marked_cells import GoodCells, Usual, marked_cells
from surfedge.methods.marked_head import FOLDS, HeadLearner, excess
from surfedge.metrics import Evaluation

METRICS = ("image_ap", "image_auroc", "au_pro_0.05", "in_image_auroc", "outside_control")
RULE = parse_rule("false-calls:0.05")


@dataclass(frozen=True)
class Image:
    """name, label ("good" or a class), pixels, mask bool (H, W). is_train : of the training folder."""

    path: Path
    label: str
    frame: Frame
    mask: np.ndarray
    is_train: bool


@dataclass(frozen=True)
class Trial:
    """Numbers of the images that teach, of those that may be marked, and of those that are judged."""

    name: str
    good: list[int]
    markable: list[int]
    judged: list[int]


@dataclass(frozen=True)
class Remembering(Features):
    """The network runs once for each image."""

    known: dict[str, np.ndarray] = field(default_factory=dict, kw_only=True, metadata={"stored": False})

    def features(self, frame: Frame) -> np.ndarray:
        """Those of the image of this name."""
        if frame.source not in self.known:
            self.known[frame.source] = super().features(frame).astype(np.float16)
        return self.known[frame.source].astype(np.float32)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--model", default="statistics", help="statistics, or a bundle of features")
    parser.add_argument("--size", default="", help="HxW that images are resized to")
    parser.add_argument("--item", default="", help="what names the item in a file's name")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--folds-file", type=Path)
    parser.add_argument("--only", type=int, nargs="+", default=(), help="folds that are judged, from 0; all by default")
    parser.add_argument("--marks", type=int, nargs="+", default=(1, 5, 10))
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    parser.add_argument("--leave-class-out", action="store_true")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--boxes", action="store_true", help="mark the boxes around the masks instead")
    parser.add_argument("--labels", action="store_true", help="mark the images as a whole instead")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    images = load(arguments.dataset, arguments.size)
    if arguments.leave_class_out:
        trials = by_class(images)
    else:
        trials = by_fold(images, arguments.item, arguments.folds, arguments.folds_file)
    study = Study(images, arguments)
    for number, trial in enumerate(trials):
        if not arguments.only or number in arguments.only:
            study.run(trial)
    study.show()


def load(root: Path, size: str) -> list[Image]:
    """All images of a data set."""
    shape = tuple(map(int, size.split("x"))) if size else None
    train = [(path, GOOD, None) for path in good_images(root)]
    test = [(sample.path, sample.label, sample) for sample in labelled_images(root)]
    images = []
    for path, label, sample in (*train, *test):
        pixels = read(path).pixels
        mask = sample.mask(pixels.shape[:2]) if sample else np.zeros(pixels.shape[:2], bool)
        if shape:
            pixels = cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_AREA)
            mask = cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) >= 0.5
        images.append(Image(path, label, from_array(pixels, source=str(path)), mask, sample is None))
    return images


def by_fold(images: Sequence[Image], item: str, count: int, file: Path | None) -> list[Trial]:
    """Folds of whole items, drawn always alike; near-duplicates in different ones are said."""
    paths = [image.path for image in images]
    groups = groups_of(paths, item)
    order = np.random.default_rng(0).permutation(len(groups))
    fold_of = {path: place % count for place, group in enumerate(order) for path in groups[group]}
    described = [each for each in describe_all(paths) if isinstance(each, Description)]
    apart = [pair for pair in find_duplicates(described) if fold_of[pair.kept] != fold_of[pair.double]]
    print(f"{len(images)} images of {len(groups)} items in {count} folds; near-duplicates across folds: {len(apart)}")
    for pair in apart:
        print(f"  {pair.kept.name} {pair.double.name} {pair.likeness:.3f}")
    if file:
        with file.open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([("image", "fold"), *((path.name, fold_of[path]) for path in paths)])
    folds = np.array([fold_of[path] for path in paths])
    good = np.array([image.label == GOOD for image in images])
    return [
        Trial(
            f"fold {fold}",
            np.flatnonzero((folds != fold) & good).tolist(),
            np.flatnonzero((folds != fold) & ~good).tolist(),
            np.flatnonzero(folds == fold).tolist(),
        )
        for fold in range(count)
    ]


def by_class(images: Sequence[Image]) -> list[Trial]:
    """Each class judged by what marks of all others taught."""
    numbers = range(len(images))
    good = [n for n in numbers if images[n].is_train]
    new = [n for n in numbers if images[n].label == GOOD and not images[n].is_train]
    kinds = sorted({image.label for image in images} - {GOOD})
    return [
        Trial(
            kind,
            good,
            [n for n in numbers if images[n].label not in (GOOD, kind)],
            [*new, *(n for n in numbers if images[n].label == kind)],
        )
        for kind in kinds
    ]


class Study:
    """Runs trials and counts what each number of marks gives; 0 marks is the detector of good images alone."""

    def __init__(self, images: Sequence[Image], arguments: argparse.Namespace) -> None:
        self.images, self.arguments = images, arguments
        detector = Detector(default_bundle() if arguments.model == "statistics" else arguments.model, device="CPU")
        self.decision = replace(detector.decision, normalise="none", good_mean=None, good_deviation=None)
        method = detector.method
        self.method: MarkedMethod = Remembering(**vars_of(method)) if isinstance(method, Features) else method
        self.counted: dict[tuple[str, int, int], Evaluation] = {}
        self.calls: dict[tuple[str, int, int], list[tuple[bool, bool]]] = {}

    def run(self, trial: Trial) -> None:
        """One fold, or one class."""
        seen = GoodCells()
        lesson = self.method.learn_good((self.images[n].frame for n in trial.good), seen.see)
        distances = dict(self._distances(lesson, trial))
        self._count(("good alone", 0, 0), trial, distances)
        usual = Usual.of([lesson.all().distance(cells) for cells in seen.whole])
        for seed in self.arguments.seeds:
            for count in self.arguments.marks:
                marks = list(self._marks(trial, count, seed))
                self._with_marks(trial, lesson, seen, usual, distances, marks, (count, seed))
        print(f"{trial.name}: {len(trial.good)} good, {len(trial.judged)} judged", file=sys.stderr, flush=True)

    def _distances(self, lesson: Lesson[MarkedMethod], trial: Trial) -> Iterator[tuple[int, np.ndarray]]:
        """From good, of every image as if it were new."""
        base = lesson.all()
        for place, number in enumerate(trial.good):
            judge = lesson.without(place)
            yield number, judge.distance(base.cells(self.images[number].frame))
        for number in trial.judged:
            yield number, base.distance(base.cells(self.images[number].frame))

    def _marks(self, trial: Trial, count: int, seed: int) -> Iterator[Mark]:
        rng = np.random.default_rng([seed, sum(map(ord, trial.name))])
        order = rng.permutation(trial.markable)
        labels = [self.images[n].label for n in order]
        rank = {n: labels[:place].count(labels[place]) for place, n in enumerate(order)}
        chosen = sorted(order, key=lambda n: rank[n])[:count]  # each class in turn
        instead = rng.permutation(trial.good)[:count]
        for number, other in zip(chosen, instead, strict=True):
            mask = self.images[number].mask
            if self.arguments.labels:
                mask = np.ones_like(mask)
            if self.arguments.boxes:
                rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
                mask = np.zeros_like(mask)
                mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
            frame = self.images[other if self.arguments.shuffled else number].frame
            yield Mark(frame, mask, is_exact=not (self.arguments.boxes or self.arguments.labels))

    def _with_marks(
        self,
        trial: Trial,
        lesson: Lesson[MarkedMethod],
        seen: GoodCells,
        usual: Usual,
        distances: dict[int, np.ndarray],
        marks: Sequence[Mark],
        key: tuple[int, int],
    ) -> None:
        base, found = lesson.all(), []
        for mark in marks:
            cells = base.cells(mark.frame)
            found.append(marked_cells(mark, cells, RawMap(base.distance(cells), base.cell_px), usual))
        images = np.repeat(np.arange(len(found)), list(map(len, found)))
        learner = HeadLearner(base.marked_form, seen.images, np.concatenate(found), images, usual.spread)
        heads = [learner.head(fold) for fold in range(-1, FOLDS)]
        added = {}
        for number in (*trial.good, *trial.judged):
            place = trial.good.index(number) % FOLDS + 1 if number in trial.good else 0
            cells = base.cells(self.images[number].frame)
            shape = distances[number].shape
            added[number] = excess(heads[place], cells.reshape(len(cells), -1)).reshape(shape)
        if self.arguments.shuffled:
            self._count(("discriminant alone", *key), trial, added)
        self._count(("with marks", *key), trial, {n: distances[n] + added[n] for n in distances})

    def _count(self, key: tuple[str, int, int], trial: Trial, values: dict[int, np.ndarray]) -> None:
        """Judge as a calibrated detector does, and count."""
        shape = self.images[0].mask.shape
        smooth = {n: self.decision.smooth(RawMap(each, self.method.cell_px), shape) for n, each in values.items()}
        px = POSITION_PX if self.method.cell_px else MAP_POSITION_PX
        maps = [smooth[n].map for n in trial.good]
        usual = GoodStatistics.of(maps, shape, by_position=True, position_px=px)
        own = [by_good(self.decision, usual.without(each)) for each in maps]
        scores = [each.score(each.finish(smooth[n], shape)) for each, n in zip(own, trial.good, strict=True)]
        limit = threshold_from_good(RULE, np.array(scores))
        decision: Decision = by_good(self.decision, usual.all())
        evaluation = self.counted.setdefault(key, Evaluation())
        for n in trial.judged:
            finished, image = decision.finish(smooth[n], shape), self.images[n]
            score = decision.score(finished)
            mask = image.mask if image.label != GOOD else None
            evaluation.add(f"{trial.name}/{n}", image.label, score, finished, mask, threshold=limit)
            self.calls.setdefault(key, []).append((image.label != GOOD, score > limit))

    def show(self) -> None:
        """A line for each number of marks: mean over seeds, and their standard deviation."""
        rows: dict[tuple[str, int], list[list[float]]] = {}
        for (name, count, _), evaluation in self.counted.items():
            figures = evaluation.record(bootstrap=0).figures
            calls = self.calls[name, count, _]
            found = fmean(is_called for is_defect, is_called in calls if is_defect)
            false = fmean(is_called for is_defect, is_called in calls if not is_defect)
            rows.setdefault((name, count), []).append([*(figures[each] for each in METRICS), found, false])
        print("| learned from | marked | " + " | ".join((*METRICS, "found at 5 %", "false calls")) + " |")
        print("| --- " * (4 + len(METRICS)) + "|")
        for (name, count), values in sorted(rows.items(), key=lambda row: (row[0][1], row[0][0])):
            cells = [f"{fmean(each):.3f} ± {pstdev(each):.3f}" for each in zip(*values, strict=True)]
            print(f"| {name} | {count} | " + " | ".join(cells) + " |", flush=True)


def vars_of(method: Features) -> dict[str, object]:
    """The fields of a method, for a copy of another class."""
    return {each.name: getattr(method, each.name) for each in fields(method)}


if __name__ == "__main__":
    main()
