"""Good images where there are none: crops of the clean parts of defective images, as the leather study (2022) made its
second material, and the defective images in the same crop, so that size and sharpness do not tell the two apart.

python experiments/leather_crops.py DATA FOLDER [--crop 96] [--size 256] [--seed 0]

DATA holds test/<class>/*.png and ground_truth/<class>/*_mask.png. Writes FOLDER/train/good, FOLDER/test/<class> and
FOLDER/ground_truth/<class>; an image gives crops to one side alone. Prints how well sharpness and mean grey tell the
defective crops from the good ones: 0.5 is fair.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import Sample, labelled_images
from surfedge.metrics.image_auroc import image_auroc

LEARNED = 0.6  # of the images, whose good crops teach
GROWN_PX = 12  # a mask's surroundings are not clean
TRIES, CROPS = 200, 3  # places tried in an image, good crops kept


def main() -> None:
    """Cut, write, and say what the crops alone give away."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crop", type=int, default=96, help="side of a crop in pixels")
    parser.add_argument("--size", type=int, default=256, help="what it is enlarged to")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    samples = [sample for sample in labelled_images(given.data) if sample.is_defective]
    rng = np.random.default_rng(given.seed)
    learned = set(rng.permutation(len(samples))[: round(LEARNED * len(samples))].tolist())
    for number, sample in enumerate(samples):
        image, mask = cv2.imread(str(sample.path)), _mask(sample)
        good = list(_clean(image, mask, given.crop, rng))
        for place, crop in enumerate(good[:CROPS]):
            part = "train" if number in learned else "test"
            _write(given.folder / part / "good" / f"{sample.path.stem}_{place}.png", crop, given.size)
        if number not in learned and good and mask.any():
            box = _around(mask, given.crop)
            _write(given.folder / "test" / sample.label / sample.path.name, image[box], given.size)
            name = f"{sample.path.stem}_mask.png"
            _write(given.folder / "ground_truth" / sample.label / name, mask[box], given.size, cv2.INTER_NEAREST)
    _control(given.folder)


def _mask(sample: Sample) -> np.ndarray:
    found = cv2.imread(str(sample.mask_path), cv2.IMREAD_GRAYSCALE)
    return np.where(found > 0, np.uint8(255), np.uint8(0))


def _clean(image: np.ndarray, mask: np.ndarray, side: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Crops that no grown mask touches and that overlap each other by less than half."""
    grown = cv2.dilate(mask, np.ones((2 * GROWN_PX + 1,) * 2, np.uint8))
    taken: list[tuple[int, int]] = []
    for _ in range(TRIES):
        y, x = (int(rng.integers(0, length - side + 1)) for length in mask.shape)
        near = any(max(abs(y - other_y), abs(x - other_x)) < side // 2 for other_y, other_x in taken)
        if not near and not grown[y : y + side, x : x + side].any():
            taken.append((y, x))
            yield image[y : y + side, x : x + side]


def _around(mask: np.ndarray, side: int) -> tuple[slice, slice]:
    """The window with the most of the mask."""
    sums = cv2.boxFilter(mask.astype(np.float32), -1, (side, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    inside = sums[: mask.shape[0] - side + 1, : mask.shape[1] - side + 1]
    y, x = np.unravel_index(int(inside.argmax()), inside.shape)
    return slice(int(y), int(y) + side), slice(int(x), int(x) + side)


def _write(path: Path, pixels: np.ndarray, size: int, how: int = cv2.INTER_CUBIC) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), cv2.resize(pixels, (size, size), interpolation=how)):
        raise OSError(f"{path}: not written")


def _control(folder: Path) -> None:
    samples = labelled_images(folder)
    truth = [sample.is_defective for sample in samples]
    grey = [cv2.imread(str(sample.path), cv2.IMREAD_GRAYSCALE) for sample in samples]
    cues = {"sharpness": lambda image: cv2.Laplacian(image, cv2.CV_32F).std(), "mean grey": np.mean}
    learned = len(list((folder / "train" / "good").glob("*.png")))
    print(f"{learned} good crops to learn from, {truth.count(False)} and {truth.count(True)} defective to judge by")
    for name, cue in cues.items():
        print(f"image AUROC by {name} alone: {image_auroc(truth, [float(cue(image)) for image in grey]):.3f}")


if __name__ == "__main__":
    main()
