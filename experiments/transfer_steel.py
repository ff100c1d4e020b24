"""Folders for a defect transfer out of X-SDD or NEU-DET: squares that show the defect most, and squares that show none.

    python experiments/transfer_steel.py X_SDD/images steel --rendered 60
    python experiments/transfer_steel.py NEU_DET/images steel --classes inclusion,patches,pitted_surface,scratches
    surfedge generate transfer steel/fit --onto steel/good --model steel/model --out steel/made
    surfedge generate judge steel/judge steel/made/test --weights resnet18.npz --out steel/judged

The set names a class for each image and no place. The square with the largest deviation from its image's median,
smoothed, is taken for the defect; of all images the squares with the smallest one, for good. Every second image goes to
`judge`, defect and good square, and the transfer never sees it. `--rendered` adds good strip from `surfedge synth`'s
renderer to what the transfer learns from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import find_images
from surfedge.images import read, to_grey_u8
from surfedge.synthesis import render

CLASSES = ("iron_sheet_ash", "oxide_scale_of_plate_system", "slag_inclusion", "surface_scratch")
SIDE_PX, STEP_PX, MOST = 80, 8, 120
GOOD_SHARE = 0.2  # of the images of each half, those with the quietest square


def main() -> None:
    """Cut and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder with a folder for each class")
    parser.add_argument("out", type=Path)
    parser.add_argument("--rendered", type=int, default=60, help="rendered good strips beside the quiet squares")
    parser.add_argument("--classes", default=",".join(CLASSES))
    given = parser.parse_args()
    quiet: dict[str, list[tuple[float, np.ndarray]]] = {"fit": [], "judge": []}
    for name in given.classes.split(","):
        paths = find_images([given.images / name])[:MOST]
        for number, path in enumerate(paths):
            image = to_grey_u8(read(path))
            places, strengths = squares(image)
            most, least = int(np.argmax(strengths)), int(np.argmin(strengths))
            part = "judge" if number % 2 else "fit"
            _write(given.out / part / name / f"{number:03d}.png", _cut(image, places[most]))
            quiet[part].append((float(strengths[least]), _cut(image, places[least])))
    for part, folder in (("fit", given.out / "good"), ("judge", given.out / "judge" / "good")):
        quiet[part].sort(key=lambda pair: pair[0])
        for number, (_, pixels) in enumerate(quiet[part][: round(GOOD_SHARE * len(quiet[part]))]):
            _write(folder / f"quiet_{number:03d}.png", pixels)
    seen = [pixels for _, pixels in quiet["fit"]]
    level, deviation = (float(np.median([measure(pixels) for pixels in seen])) for measure in (np.mean, np.std))
    for seed in range(given.rendered):
        pixels = to_level(render("strip", (SIDE_PX, SIDE_PX), seed=seed).image, level, deviation)
        _write(given.out / "good" / f"rendered_{seed:03d}.png", pixels)


def squares(image: np.ndarray) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Corners (y, x) of all squares, and how far each departs from the image's median at most, in grey levels."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.5)
    away = np.abs(smooth - np.median(smooth))
    corners = [
        (y, x)
        for y in range(0, image.shape[0] - SIDE_PX + 1, STEP_PX)
        for x in range(0, image.shape[1] - SIDE_PX + 1, STEP_PX)
    ]
    middle = slice(SIDE_PX // 8, -SIDE_PX // 8)
    strengths = [
        np.quantile(away[y : y + SIDE_PX, x : x + SIDE_PX][middle, middle], 0.99)
        + 0.5 * float(away[y : y + SIDE_PX, x : x + SIDE_PX].max())
        for y, x in corners
    ]
    return corners, np.array(strengths)


def to_level(image: np.ndarray, level: float, deviation: float) -> np.ndarray:
    """A rendered image with the mean and the standard deviation of the real ones, uint8."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    changed = (grey.astype(np.float32) - grey.mean()) * (deviation / max(float(grey.std()), 1e-3)) + level
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def _cut(image: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    y, x = corner
    return image[y : y + SIDE_PX, x : x + SIDE_PX]


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


if __name__ == "__main__":
    main()
