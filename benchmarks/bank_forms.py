"""Which form of comparison serves the network-free features best: one Gaussian, one a position, a bank, both.

    python benchmarks/bank_forms.py --sets part,strip,leather,plate --seeds 3 --out forms.csv
    python benchmarks/bank_forms.py --real ../shared/data --half odd --forms statistics,positions+bank1000
    python benchmarks/bank_forms.py --sets part --counts 5,10,25,100 --forms statistics,positions

Good images teach, a quarter of them at a time is judged by what the others taught, and the limit is `false-calls:0.05`.
Rendered sets are drawn afresh by seed, with rendered defects and Perlin anomalies. Real sets are taken where they lie,
with some of their good images drawn by seed, and one half of their labelled images; defects are also made on their good
ones (`--synthetic`), which needs no label at all.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from surfedge.calibration import parse_rule, threshold_from_good
from surfedge.calibration.crosswise import crosswise
from surfedge.calibration.good_statistics import GoodStatistics
from surfedge.calibration.unseen import by_good
from surfedge.datasets import good_images, half_of, labelled_images
from surfedge.detector import DECISIONS, Preparation
from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array
from surfedge.methods.bank import Bank
from surfedge.methods.method import Method
from surfedge.methods.statistics import Statistics
from surfedge.metrics.au_pro import au_pro
from surfedge.metrics.image_auroc import image_auroc
from surfedge.synthesis import DEFECTS, USUAL_DEFECTS, render
from surfedge.synthesis.paste import DefectPatch, cut_out, paste_defects
from surfedge.synthesis.perlin import perlin_anomaly

FORMS: dict[str, Method] = {
    "statistics": Statistics(),
    "positions": Bank(entries=0),
    "bank500": Bank(entries=500, positions=1, by_spacing=False),
    "bank1000": Bank(entries=1000, positions=1, by_spacing=False),
    "bank2000": Bank(entries=2000, positions=1, by_spacing=False),
    "bank1000/spacing": Bank(positions=1),
    "positions+bank1000": Bank(entries=1000, by_spacing=False),
    "positions+bank1000/spacing": Bank(),
}
PIXEL_SIZES_MM = {"part": 0.5, "strip": 0.5, "leather": 0.25, "plate": 1.0}
POSITIONS_PX = (32, 8)
SHAPES = {"kolektor_sdd": (640, 256)}  # (H, W) that images of a real set are resized to
FIELDS = ("set", "seed", "form", "n", "position_px", "image_auroc", "au_pro_0.05", "recall", "false_calls", "s_learn")

Image = np.ndarray
Labelled = tuple[Image, np.ndarray]  # image, bool (H, W)


@dataclass(frozen=True)
class Set:
    """good : images that teach. test : images with their truth."""

    name: str
    good: list[Image]
    test: list[Labelled]


def rendered(name: str, seed: int, count: int, tests: int) -> Set:
    """Good images of a surface; as many new ones as defective ones, each sort of defect in turn, a third by Perlin."""

    def shot(number: int, kinds: tuple[str, ...] = ()) -> Labelled:
        made = render(name, (256, 256), PIXEL_SIZES_MM[name], defects=kinds, seed=100_000 * (seed + 1) + number)
        return made.image, made.mask

    good = [shot(number)[0] for number in range(count)]
    test = [shot(1_000 + number) for number in range(tests)]
    kinds, number = tuple(DEFECTS) if name == "part" else USUAL_DEFECTS, 2_000
    while len(test) < tests + 2 * tests // 3:
        image, mask = shot(number, (kinds[number % len(kinds)],))
        number += 1
        if mask.any():
            test.append((image, mask))
    rng = np.random.default_rng([seed, 1])
    made = [perlin_anomaly(shot(3_000 + n)[0], rng, None, (0.1, 0.5), 1.0, 0.0) for n in range(tests // 3)]
    return Set(name, good, test + [(anomalous, mask) for _, anomalous, mask in made if mask.any()])


def real(folder: Path, seed: int, count: int, half: str, synthetic: bool) -> Set:
    """`count` good images, and half of the labelled ones, or other good images half of which got defects."""
    shape = SHAPES.get(folder.name)
    paths = sorted(good_images(folder))
    order = np.random.default_rng([seed, 2]).permutation(len(paths))
    good = [_read(paths[number], shape) for number in order[:count]]
    if not synthetic:
        samples = half_of(labelled_images(folder), half)
        return Set(f"{folder.name} {half}", good, [_labelled(sample, shape) for sample in samples])
    others = [_read(paths[number], shape) for number in order[count : count + 60]]
    rng = np.random.default_rng([seed, 3])
    patches, test = _patches(seed), [(image, np.zeros(image.shape[:2], bool)) for image in others[::2]]
    for number, image in enumerate(others[1::2]):
        if number % 2:
            _, anomalous, mask = perlin_anomaly(image, rng, None, (0.1, 0.5), 1.0, 0.0)
        else:
            pasted = paste_defects(image, [patches[number % len(patches)]], rng, strength=(0.5, 1.0))
            anomalous, mask = pasted.image, pasted.mask
        if mask.any():
            test.append((anomalous, mask))
    return Set(f"{folder.name} synthetic", good, test)


def _patches(seed: int) -> list[DefectPatch]:
    """Rendered defects, cut out of a rendered strip."""
    found: list[DefectPatch] = []
    number = 0
    while len(found) < 12:
        shot = render("strip", (192, 192), 0.5, defects=(USUAL_DEFECTS[number % 6],), seed=9_000 * (seed + 1) + number)
        number += 1
        if shot.mask.any():
            found.append(cut_out(shot.image, mask=shot.mask))
    return found


def _read(path: Path, shape: tuple[int, int] | None) -> Image:
    pixels = Preparation().read(path).pixels
    return pixels if shape is None else cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_AREA)


def _labelled(sample: Any, shape: tuple[int, int] | None) -> Labelled:
    image = _read(sample.path, shape)
    if sample.mask_path is None:
        return image, np.zeros(image.shape[:2], bool)
    mask = Preparation().read(sample.mask_path).pixels
    grey = mask if mask.ndim == 2 else mask.max(axis=2)
    return image, cv2.resize(grey, image.shape[1::-1], interpolation=cv2.INTER_AREA) > 0


def study(subject: Set, forms: list[str], seed: int) -> Iterator[dict[str, object]]:
    """A row for each form and each size of position that the map is normalised by."""
    preparation = Preparation(prefilter="cells" if subject.name == "plate" else "none")
    good = [preparation.filter(from_array(image)) for image in subject.good]
    test = [preparation.filter(from_array(image)) for image, _ in subject.test]
    masks = [mask for _, mask in subject.test]
    for form in forms:
        yield from _rows(subject, FORMS[form], form, good, test, masks, seed)


def _rows(
    subject: Set, method: Method, form: str, good: list[Frame], test: list[Frame], masks: list[np.ndarray], seed: int
) -> Iterator[dict[str, object]]:
    start = perf_counter()
    learned, judge_of = crosswise(method, lambda numbers, _: (good[n] for n in numbers), len(good))
    decision, shape = replace(DECISIONS["statistics"], normalise="none"), good[0].shape
    own = [decision.smooth(judge_of(n).inspect(frame), shape) for n, frame in enumerate(good)]
    seconds = perf_counter() - start
    new = [decision.smooth(learned.inspect(frame), shape) for frame in test]
    is_defect = np.array([mask.any() for mask in masks])
    for position_px in POSITIONS_PX:
        statistics = GoodStatistics.of((raw.map for raw in own), shape, by_position=True, position_px=position_px)
        limits = []
        for raw in own:
            judge = by_good(decision, statistics.without(raw.map))
            limits.append(judge.score(judge.finish(raw, shape)))
        final = by_good(decision, statistics.all())
        finished = [final.finish(raw, shape) for raw in new]
        scores = np.array([final.score(each) for each in finished])
        try:
            limit = threshold_from_good(parse_rule("false-calls:0.05"), np.array(limits))
        except ArgumentError:
            limit = np.nan  # so few images cannot promise it
        called = scores > limit if np.isfinite(limit) else np.full(len(scores), np.nan)
        yield {
            "set": subject.name,
            "seed": seed,
            "form": form,
            "n": len(good),
            "position_px": position_px,
            "image_auroc": round(image_auroc(is_defect, scores), 4),
            "au_pro_0.05": round(au_pro(masks, finished, 0.05), 4),
            "recall": round(float(np.mean(called[is_defect])), 4),
            "false_calls": round(float(np.mean(called[~is_defect])), 4),
            "s_learn": round(seconds, 2),
        }


def sets(arguments: argparse.Namespace, seed: int, count: int) -> Iterator[Set]:
    """The sets that were asked for."""
    for name in filter(None, arguments.sets.split(",")):
        yield rendered(name, seed, count, arguments.tests)
    for name in filter(None, arguments.real_sets.split(",")):
        if (arguments.real / name).is_dir():
            yield real(arguments.real / name, seed, count, arguments.half, arguments.synthetic)


def main() -> None:
    """Run the study and print one line a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--sets", default="", help=f"rendered: {', '.join(PIXEL_SIZES_MM)}")
    add("--real", type=Path, default=Path("nowhere"), help="folder with the real sets")
    add("--real-sets", default="", help="mvtec_leather_crops256,kolektor_sdd")
    add("--half", choices=("even", "odd"), default="even", help="of the real labelled images")
    add("--synthetic", action="store_true", help="defects made on good images of the real sets instead")
    add("--forms", default=",".join(FORMS), help="some of the forms")
    add("--counts", default="60", help="good images that teach")
    add("--tests", type=int, default=30, help="good and defective rendered images, each")
    add("--seeds", type=int, default=3)
    add("--first-seed", type=int, default=0)
    add("--out", type=Path, default=Path("bank_forms.csv"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with open(arguments.out, "w", newline="") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            for count in map(int, arguments.counts.split(",")):
                for subject in sets(arguments, seed, count):
                    for found in study(subject, arguments.forms.split(","), seed):
                        table.writerow(found)
                        file.flush()
                        print(" ".join(f"{value}" for value in found.values()), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
