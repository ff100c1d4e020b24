"""Promised against counted false calls, on good images that calibration never saw, and the recall beside it.

    python benchmarks/promised_rates.py --real ../shared/data --splits 20 --out rates.csv

Good images of a set are split at random, again and again: n of them calibrate, all others are counted. The mean rate is
held against what the order statistic says, (n + 1 - k) / (n + 1), on both sides, by two standard errors of three kinds:
of images resampled with the limits as they are; of the splits, each of which draws its limit; and of both. Were the
scores those of a method that learns nothing from the images, the mean over all splits of one pool would be the expected
rate exactly, whatever the pool: the splits are then the only chance there is. Rendered sets are drawn afresh by seed;
real ones are taken where they are at hand. `--prefilter cells` for plates saves calibration the choice in each split;
what the filter leaves of an image is then worked out once.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from surfedge.calibration import calibrate, made_defects, parse_rule, threshold_from_good
from surfedge.decision import promise_of
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.errors import ArgumentError, ImplausibleError
from surfedge.images import Frame, read
from surfedge.synthesis import DEFECTS, render

RATES = (0.01, 0.02, 0.05, 0.1)
SIZES = (20, 40, 100)
RENDERED = {"strip": 0.5, "plate": 1.0, "leather": 0.25}
MOST_DEFECTS = 40
FIELDS = (
    "set",
    "method",
    "normalise",
    "n",
    "promise",
    "expected",
    "counted",
    "error_images",
    "error_splits",
    "error",
    "kept_images",
    "kept",
    "recall",
    "splits",
)


@dataclass(frozen=True)
class Set:
    """good, defective : paths of a set's images."""

    name: str
    good: list[Path]
    defective: list[Path]


@dataclass
class Counts:
    """calls : (splits, images), 1 where a new good image was called, NaN where it calibrated. found : recalls."""

    expected: list[float] = field(default_factory=list)
    calls: list[np.ndarray] = field(default_factory=list)
    found: list[float] = field(default_factory=list)


def rendered(name: str, folder: Path, count: int) -> Set:
    """`count` good images of a surface and 40 with a defect each."""
    paths: list[Path] = []
    for number in range(count + MOST_DEFECTS):
        kinds = [tuple(DEFECTS)[number % len(DEFECTS)]] if number >= count else ()
        image = render(name, (256, 256), RENDERED[name], defects=kinds, seed=10_000 + number).image
        paths.append(folder / f"{name}{number:04}.png")
        cv2.imwrite(str(paths[-1]), image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))
    return Set(name, paths[:count], paths[count:])


def sets(real: Path, folder: Path, count: int, wanted: list[str]) -> Iterator[Set]:
    """The rendered sets, and the real ones that lie below `real`, of the names in `wanted`; all where that is empty."""
    for name in RENDERED:
        if not wanted or name in wanted:
            yield rendered(name, folder, count)
    for name in ("mvtec_leather_crops256", "kolektor_sdd"):
        if (real / name).is_dir() and (not wanted or name in wanted):
            good = sorted((real / name / "train" / "good").iterdir()) + sorted(
                (real / name / "test" / "good").iterdir()
            )
            bad = [path for path in sorted((real / name / "test").glob("*/*")) if path.parent.name != "good"]
            yield Set(name, good, bad[:: max(1, len(bad) // MOST_DEFECTS)])


def study(
    subject: Set, method: str, normalise: str, n: int, splits: int, prefilter: str = "auto"
) -> list[dict[str, object]]:
    """One row for each rate that `n` images can promise."""
    rng, counts = np.random.default_rng([n, len(subject.good)]), {rate: Counts() for rate in RATES}
    start = Detector(default_bundle(method))
    for _ in range(splits):
        order = rng.permutation(len(subject.good))
        paths = [subject.good[number] for number in sorted(order[:n])]
        outcome = calibrate(
            start.method,
            replace(start.decision, normalise="none"),
            paths,
            rule="max",
            normalise=normalise,
            prefilter=prefilter,
        )
        detector = Detector(outcome.bundle)
        scores = np.full(len(subject.good), np.nan)
        for number in order[n:]:
            scores[number] = scored(detector, subject.good[number])
        defects = np.array([scored(detector, path) for path in subject.defective])
        for rate, kept in counts.items():
            try:
                limit = threshold_from_good(parse_rule(f"false-calls:{rate}"), outcome.scores)
            except ArgumentError:
                continue  # so few images cannot promise it
            kept.expected.append(promise_of(limit, outcome.scores).expected)
            kept.calls.append(np.where(np.isnan(scores), np.nan, scores > limit))
            kept.found.append(float(np.mean(defects > limit)))
    return [
        {
            "set": subject.name,
            "method": method,
            "normalise": normalise,
            "n": n,
            "promise": rate,
            **row(kept),
            "splits": splits,
        }
        for rate, kept in counts.items()
        if kept.calls
    ]


def scored(detector: Detector, path: Path) -> float:
    """The score of an image, infinite where it is refused: nobody gets it as good either."""
    try:
        return detector.score(decoded(path))
    except ImplausibleError:
        return np.inf


@cache
def decoded(path: Path) -> Frame:
    """The image, read once."""
    return read(path)


def read_once(*, filter_once: bool) -> None:
    """Have each image read once, and filtered once where that is asked for: the same ones come again in every split.
    Defects drawn on good images, which no rate comes from, are few."""
    known: dict[tuple[str, bytes], tuple[Frame, bool]] = {}
    filtered, of = Preparation.filtered, Preparation.read

    def read_again(self: Preparation, image: object, color_order: str = "rgb") -> Frame:
        return decoded(image) if isinstance(image, Path) else of(self, image, color_order)  # type: ignore[arg-type]

    def remembered(self: Preparation, frame: Frame, search: object = None) -> tuple[Frame, bool]:
        if self.prefilter == "none":
            return frame, True
        key = self.prefilter, hashlib.blake2b(frame.pixels.tobytes()).digest()
        if key in known:
            return known[key]
        found = filtered(self, frame, search)  # type: ignore[arg-type]
        if found[1]:  # by its own pattern, not by that of the good images
            known[key] = found
        return found

    Preparation.read = read_again  # type: ignore[method-assign]
    if filter_once:
        Preparation.filtered = remembered  # type: ignore[method-assign]
    made_defects.MOST = 2


def row(counts: Counts) -> dict[str, object]:
    """Counted rate with its standard errors, and whether it lies within two of the expected one: by resampled images
    alone, and by images and splits together."""
    calls, expected = np.array(counts.calls), float(np.mean(counts.expected))
    rate = float(np.nanmean(calls))
    rng, means = np.random.default_rng(0), []
    for _ in range(1000):
        chosen = rng.integers(calls.shape[1], size=calls.shape[1])
        means.append(np.nanmean(calls[:, chosen]))
    of_images = float(np.std(means))
    of_splits = float(np.nanmean(calls, axis=1).std(ddof=1) / np.sqrt(len(calls)))
    error = float(np.hypot(of_images, of_splits))
    return {
        "expected": round(expected, 4),
        "counted": round(rate, 4),
        "error_images": round(of_images, 4),
        "error_splits": round(of_splits, 4),
        "error": round(error, 4),
        "kept_images": abs(rate - expected) <= 2 * of_images,
        "kept": abs(rate - expected) <= 2 * error,
        "recall": round(float(np.mean(counts.found)), 3),
    }


def main() -> None:
    """Run the study and print one line a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, default=Path("nowhere"), help="folder with the real sets")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--count", type=int, default=200, help="good images of a rendered set")
    parser.add_argument("--methods", default="statistics")
    parser.add_argument("--normalise", default="position,overall,none")
    parser.add_argument("--sets", default="", help="names; all by default")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="good images that calibrate")
    parser.add_argument("--prefilter", default="auto", help="as of calibrate; another than auto is worked out once")
    parser.add_argument("--out", type=Path, default=Path("promised_rates.csv"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    read_once(filter_once=arguments.prefilter != "auto")
    with tempfile.TemporaryDirectory() as folder, open(arguments.out, "w", newline="") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        wanted = [name for name in arguments.sets.split(",") if name]
        for subject in sets(arguments.real, Path(folder), arguments.count, wanted):
            for method in arguments.methods.split(","):
                for normalise in arguments.normalise.split(","):
                    for n in map(int, arguments.sizes.split(",")):
                        rows = study(subject, method, normalise, n, arguments.splits, arguments.prefilter)
                        table.writerows(rows)
                        file.flush()
                        for found in rows:
                            print(" ".join(f"{value}" for value in found.values()), file=sys.stderr)


if __name__ == "__main__":
    main()
