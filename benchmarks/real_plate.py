"""How an uncalibrated detector fares on a photograph of a real, worn patterned plate with defects drawn on it.

    python benchmarks/real_plate.py ../shared/data/diamond_plate_photo/quarter.jpg --half right --count 200

Square crops of one half of the photograph, as wide as the half, at full size and at 1/2, 1/4, 1/8 of it. Clean ones
say how often a good plate is called. On crops drawn by seed one defect each is drawn, see surfedge.synthesis.drawn, of
a stated size and contrast; it is found where the image is called and a region touches it, and seen where the map's
largest value lies on it; and so are scratches twice as strong as the plate's own, see deep_scratches.py. Settings are
chosen on the left half.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from deep_scratches import OWN_PX, deep_scratch

from surfedge.detector import Detector, default_bundle
from surfedge.images import read, to_grey_u8
from surfedge.metrics.image_auroc import image_auroc
from surfedge.synthesis.drawn import DRAWN, draw_defect

SCALES = (1, 2, 4, 8)
SIZES_PX = {
    "scratch": (120, 360),
    "dent": (50, 120),
    "stain": (80, 200),
    "hole": (16, 64),
    "pit": (16, 40),
}  # full size
CONTRASTS = (0.4, 1.0)
CLEAN = 9  # crops along the half
DEEP = 2.0  # times the plate's own: strength of the scratches that are drawn besides
MARGIN_PX = 40  # of a crop, where no defect has its centre


def main() -> None:
    """Print a table a method and scale, then recall by kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photograph", type=Path)
    parser.add_argument("--half", choices=("left", "right"), default="left")
    parser.add_argument("--methods", nargs="+", default=["statistics", "pattern"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--scales", nargs="+", type=int, default=SCALES)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    plate = to_grey_u8(read(arguments.photograph))
    middle = plate.shape[1] // 2
    half = plate[:, :middle] if arguments.half == "left" else plate[:, middle:]
    print(
        f"| half | method | 1/scale | clean called | found | seen | image AUROC | {' | '.join(DRAWN)} "
        "| deep scratch: found, seen, image AUROC | limit / clean |"
    )
    print(f"|{' --- |' * (9 + len(DRAWN))}")
    for name in arguments.methods:
        detector = Detector(default_bundle(name))
        for scale in arguments.scales:
            print(f"| {arguments.half} | {name} | {_row(detector, half, scale, arguments)} |", flush=True)


def _row(detector: Detector, half: np.ndarray, scale: int, arguments: argparse.Namespace) -> str:
    side = half.shape[1]
    tops = np.linspace(0, half.shape[0] - side, CLEAN).round().astype(int)
    clean = [detector(_smaller(half[top : top + side], scale)) for top in tops]
    found, seen, scores = defaultdict(list), [], []
    for number in range(arguments.count):
        rng, kind = np.random.default_rng([arguments.seed, number]), tuple(DRAWN)[number % len(DRAWN)]
        crop, size, centre = _place(half, rng, kind)
        made = draw_defect(crop, kind, rng, size_px=size, contrast=float(rng.uniform(*CONTRASTS)), centre_px=centre)
        is_found, is_seen, score = _judged(detector, made.image, made.mask, scale)
        found[kind].append(is_found)
        seen.append(is_seen)
        scores.append(score)
    deep = []
    for number in range(arguments.count // len(DRAWN)):
        rng = np.random.default_rng([arguments.seed, number, 1])
        crop, size, centre = _place(half, rng, "scratch")
        image, mask = deep_scratch(crop, rng, DEEP * OWN_PX[arguments.half], centre, size)
        deep.append(_judged(detector, image, mask, scale))
    good = [result.score for result in clean]
    called = f"{sum(result.is_defective for result in clean)} of {len(clean)}"
    every = np.mean([one for kind in found.values() for one in kind])
    kinds = " | ".join(f"{np.mean(found[kind]):.2f}" for kind in DRAWN)
    deeply = f"{np.mean([one[0] for one in deep]):.2f}, {np.mean([one[1] for one in deep]):.2f}, "
    deeply += f"{_auroc(good, [one[2] for one in deep]):.2f}"
    limits = [result.threshold for result in clean]
    limit = f"{min(limits):.1f}-{max(limits):.1f} / {min(good):.1f}-{max(good):.1f}"
    auroc = _auroc(good, scores)
    return f"{scale} | {called} | {every:.2f} | {np.mean(seen):.2f} | {auroc:.3f} | {kinds} | {deeply} | {limit}"


def _place(half: np.ndarray, rng: np.random.Generator, kind: str) -> tuple[np.ndarray, float, tuple[float, float]]:
    """A crop, and size and centre of what is drawn on it."""
    side = half.shape[1]
    crop = half[(top := int(rng.integers(half.shape[0] - side + 1))) : top + side]
    size = float(np.exp(rng.uniform(*np.log(SIZES_PX[kind]))))
    x, y = (float(v) for v in rng.uniform(MARGIN_PX, side - MARGIN_PX, 2))
    return crop, size, (x, y)


def _judged(detector: Detector, image: np.ndarray, mask: np.ndarray, scale: int) -> tuple[bool, bool, float]:
    """Whether the defect is found and seen, and the score."""
    result = detector(_smaller(image, scale))
    near = _smaller(cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) * 255, scale) > 32
    is_found = result.is_defective and bool((result.mask & near).any())
    return is_found, bool(near.flat[int(result.anomaly_map.argmax())]), result.score


def _auroc(good: list[float], defective: list[float]) -> float:
    return float(image_auroc([False] * len(good) + [True] * len(defective), [*good, *defective]))


def _smaller(image: np.ndarray, scale: int) -> np.ndarray:
    if scale == 1:
        return image
    size = image.shape[1] // scale, image.shape[0] // scale
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    main()
