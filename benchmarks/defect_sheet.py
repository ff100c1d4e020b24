"""A contact sheet of rendered defects, one row a kind, with real ones to the right where a folder of them is given.

    python benchmarks/defect_sheet.py sheet.png --surface strip --beside labelled_images/

It judges nothing: it is for the eye.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import find_images
from surfedge.images import read, to_grey_u8
from surfedge.synthesis import DEFECTS, render

SIDE_PX = 192
EACH = 5


def main() -> None:
    """Render, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--surface", default="strip")
    parser.add_argument("--kinds", default=",".join(DEFECTS))
    parser.add_argument("--severity", type=float, default=0.9)
    parser.add_argument("--beside", type=Path, help="real images; a sub-folder named as a kind goes to its row")
    given = parser.parse_args()
    rows = []
    for kind in given.kinds.split(","):
        row = [_rendered(given.surface, kind, given.severity, seed) for seed in range(EACH)]
        rows.append(np.hstack([*row, *(_real(given.beside, kind) if given.beside else [])]))
    cv2.imwrite(str(given.out), np.vstack(rows))


def _rendered(surface: str, kind: str, severity: float, seed: int) -> np.ndarray:
    image = render(surface, (SIDE_PX, SIDE_PX), defects=(kind,), seed=seed, severity=severity).image
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image


def _real(folder: Path, kind: str) -> list[np.ndarray]:
    paths = find_images([folder / kind if (folder / kind).is_dir() else folder])
    chosen = np.random.default_rng(len(kind)).choice(len(paths), EACH, replace=len(paths) < EACH)
    images = [to_grey_u8(read(paths[k])) for k in chosen]
    return [cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) for image in images]


if __name__ == "__main__":
    main()
