"""How often new good images, and defective ones, are refused as implausible; and whether dead cameras are.

    python benchmarks/plausible_images.py --real ../shared/data --splits 20

Good images of a set are split at random: n of them say what is plausible, all others and the defective ones are looked
at, and frames of a dead, dark, frozen or blurred camera made from them. Wanted: at most 0.5 % of new good images
refused, no defective image refused by what no defect explains, every fault noticed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from promised_rates import Set, sets

from surfedge.detector import Plausibility, appearance
from surfedge.errors import ImplausibleError
from surfedge.images import Frame, from_array, read

SIZES = (8, 20, 40, 100)
FRAMES = 10  # with each fault, for each split


def half(pixels: np.ndarray, value: int) -> np.ndarray:
    """The picture with its lower half of one value."""
    made = pixels.copy()
    made[made.shape[0] // 2 :] = value
    return made


def half_frozen(pixels: np.ndarray) -> np.ndarray:
    """The picture whose lower half repeats the row in the middle."""
    middle = len(pixels) // 2
    return np.concatenate([pixels[:middle], np.repeat(pixels[middle : middle + 1], len(pixels) - middle, axis=0)])


def half_lit(pixels: np.ndarray) -> np.ndarray:
    """The picture whose left half is half as bright: the lamp on that side is out."""
    made = pixels.copy()
    made[:, : made.shape[1] // 2] = scaled(made[:, : made.shape[1] // 2], 0.5)
    return made


def scaled(pixels: np.ndarray, factor: float) -> np.ndarray:
    """The picture, darker or brighter."""
    return np.clip(pixels * factor, 0, 255).astype(np.uint8)


FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "black": np.zeros_like,
    "white": lambda pixels: np.full_like(pixels, 255),
    "half black": lambda pixels: half(pixels, 0),
    "frozen line": lambda pixels: np.repeat(pixels[:1], len(pixels), axis=0),
    "half frozen": half_frozen,
    "5 % bright": lambda pixels: scaled(pixels, 0.05),
    "half bright": lambda pixels: scaled(pixels, 0.5),
    "left half half bright": half_lit,
    "blurred": lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 8),
}


def refused(known: Plausibility, frame: Frame) -> tuple[bool, bool]:
    """Whether the frame is refused outright, and whether it must not be called good."""
    try:
        return False, bool(known.check(frame).doubts)
    except ImplausibleError:
        return True, True


def study(subject: Set, n: int, splits: int) -> str:
    """One row of the table."""
    rng = np.random.default_rng(n)
    frames = [read(path) for path in subject.good]
    looks, defective = [appearance(frame) for frame in frames], [read(path) for path in subject.defective]
    good, bad, missed = [], [], dict.fromkeys(FAULTS, 0)
    for _ in range(splits):
        order = rng.permutation(len(frames))
        chosen = order[:n]
        known = Plausibility.learned([looks[k] for k in chosen], [frames[k].shape for k in chosen])
        good += [refused(known, frames[k]) for k in order[n:]]
        bad += [refused(known, frame) for frame in defective]
        for name, made in FAULTS.items():
            for number in rng.choice(order[n:], FRAMES):
                missed[name] += not refused(known, from_array(made(frames[number].pixels)))[1]
    of_good, of_bad = np.mean(good, axis=0), np.mean(bad, axis=0)
    unseen = ", ".join(f"{name} {count} of {FRAMES * splits}" for name, count in missed.items() if count) or "none"
    return f"| {subject.name} | {n} | {of_good[1]:.2%} of {len(good)} | {of_bad[0]:.2%} | {of_bad[1]:.2%} | {unseen} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, default=Path("nowhere"))
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--count", type=int, default=200)
    arguments = parser.parse_args()
    print("| set | n | good refused | defective refused outright | defective in doubt | faults unnoticed |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for subject in sets(arguments.real, Path(folder), arguments.count):
            for n in SIZES:
                print(study(subject, n, arguments.splits), flush=True)


if __name__ == "__main__":
    main()
