"""Small rendered surfaces in folders: what the tests of calibration and of the command line learn from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from surfedge.synthesis import render


def save(path: Path, image: np.ndarray) -> Path:
    """Write an RGB or grey picture as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))
    return path


def good_folder(
    folder: Path, surface: str = "strip", count: int = 24, shape: tuple[int, int] = (96, 128), seed: int = 0
) -> list[Path]:
    """Rendered good pictures 00.png, 01.png, ..."""
    return [
        save(folder / f"{number:02}.png", render(surface, shape=shape, seed=seed + number).image)
        for number in range(count)
    ]


def with_hole(image: np.ndarray, box: tuple[int, int, int, int] = (60, 30, 20, 16)) -> np.ndarray:
    """A copy with a dark rectangle (x, y, width, height)."""
    x, y, width, height = box
    holed = image.copy()
    holed[y : y + height, x : x + width] //= 4
    return holed
