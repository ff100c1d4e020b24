"""Kinds of defects that nobody marked: how often a region of one is called unknown, and of a known one wrongly so.

    python benchmarks/unknown_kinds.py NEU_DET [--marks 4,10,25] [--seeds 5] [--leave 2]
    python benchmarks/unknown_kinds.py X_SDD
    python benchmarks/unknown_kinds.py leather/test --marks 4,10

The folder has a sub-folder a kind (also below images/), with boxes beside (annotations/), masks (ground_truth/) or
nothing: then the square of 80 px that departs most from its image is the region. Kinds are learned as `calibrate
--classes` learns them, on the features of `statistics`, from so many images of each kind but those that are left out,
drawn by seed; all other images are judged.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import GOOD, find_images
from surfedge.detector import Detector, default_bundle
from surfedge.images import read, to_grey_u8
from surfedge.methods import described, learn_kinds
from surfedge.methods.region_kinds import RegionKinds
from surfedge.methods.statistics import Statistics

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "experiments"))
SHOWN = ("right", "known called unknown", "unknown called unknown")


def main() -> None:
    """A line for each number of marked images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--marks", default="4,10,25")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--leave", type=int, default=2, help="kinds that are left out")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    regions, labels = looked_at(given.folder)
    print(f"{len(labels)} regions of {len(set(labels.tolist()))} kinds, {given.leave} of them left out")
    for count in map(int, given.marks.split(",")):
        rows = np.array([judged(regions, labels, count, given.leave, seed) for seed in range(given.seeds)])
        mean, spread = rows.mean(axis=0), rows.std(axis=0, ddof=1)
        figures = (f"{name} {m:.2f} ± {s:.2f}" for name, m, s in zip(SHOWN, mean, spread, strict=True))
        print(f"{count:3} a kind:", ", ".join(figures), flush=True)


def looked_at(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """What a region is described by, float32 (N, F), and the kind of each."""
    method = Detector(default_bundle("statistics"), device="CPU").method
    assert isinstance(method, Statistics)
    regions, labels = [], []
    place = folder / "images" if (folder / "images").is_dir() else folder
    for path in find_images([place]):
        if path.parent.name == GOOD:
            continue
        frame = read(path)
        features = method.features(frame, False)
        cells = features - np.float32(method.own_share) * features.mean(axis=(1, 2), keepdims=True)
        mask = _mask(folder, path, to_grey_u8(frame)).astype(np.float32)
        regions.append(described(cells, cv2.resize(mask, cells.shape[:0:-1], interpolation=cv2.INTER_AREA)))
        labels.append(path.parent.name)
    return np.stack(regions), np.array(labels)


def _mask(folder: Path, path: Path, image: np.ndarray) -> np.ndarray:
    """The defect of an image: one region, the largest."""
    mask = np.zeros(image.shape, np.uint8)
    boxes = folder / "annotations" / path.parent.name / f"{path.stem}.xml"
    drawn = folder.parent / "ground_truth" / path.parent.name / f"{path.stem}_mask.png"
    if boxes.is_file():
        found = [
            [int(box.findtext(key, "0")) for key in ("xmin", "ymin", "xmax", "ymax")]
            for box in ElementTree.parse(boxes).getroot().iter("bndbox")  # the set's own files
        ]
        x, y, right, bottom = max(found, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        mask[y:bottom, x:right] = 1
    elif drawn.is_file():
        whole = (to_grey_u8(read(drawn)) > 0).astype(np.uint8)
        _, region_of, figures, _ = cv2.connectedComponentsWithStats(whole)
        mask = (region_of == 1 + int(figures[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    else:
        from transfer_steel import SIDE_PX, squares

        corners, strengths = squares(image)
        y, x = corners[int(np.argmax(strengths))]
        mask[y : y + SIDE_PX, x : x + SIDE_PX] = 1
    return mask


def judged(regions: np.ndarray, labels: np.ndarray, count: int, leave: int, seed: int) -> tuple[float, float, float]:
    """SHOWN, of one draw; right: nearest to their own kind, called unknown or not."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.unique(labels))
    known = names[leave:]
    chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == name))[:count] for name in known])
    kinds = learn_kinds(regions[chosen], labels[chosen].tolist())
    new = np.setdiff1d(np.flatnonzero(np.isin(labels, known)), chosen)
    right, known_lost = _called(kinds, regions[new], labels[new])
    strange = np.flatnonzero(~np.isin(labels, known))
    return right, known_lost, _called(kinds, regions[strange], labels[strange])[1]


def _called(kinds: RegionKinds, regions: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """How many are nearest to their own kind, and how many are UNKNOWN."""
    strangeness = kinds.strangeness(regions)
    nearest = np.array(kinds.names)[strangeness.argmin(axis=1)]
    return float(np.mean(nearest == labels)), float(np.mean(strangeness.min(axis=1) > kinds.reach))


if __name__ == "__main__":
    main()
