"""The images to check first, drawn: image, map, overlay and truth, pixel beside pixel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.drawing import draw_image, draw_map, draw_overlay, write_text
from surfedge.metrics import EvaluationRecord
from surfedge.report import draw_truth
from surfedge.result import Result

WORST = 12
_TEXT_PX, _STRIP_PX, _GAP_PX = 14, 24, 4
_DARK, _LIGHT, _SOFT = (18, 20, 26), (240, 242, 246), (160, 170, 182)


def write_worst(record: EvaluationRecord, detector: Detector, by_path: Mapping[str, Sample], folder: Path) -> None:
    """Pictures of the images that `record` ranks worst, in place of those in `folder`; they are inspected once more."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for rank, row in enumerate(record.worst(WORST), start=1):
        sample = by_path[row.path]
        picture = worst_case_picture(detector(sample.path), sample)
        _, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        (folder / f"{rank:02}_{sample.label}_{sample.path.stem}.png").write_bytes(encoded.tobytes())


def worst_case_picture(result: Result, sample: Sample, side_px: int = 512) -> np.ndarray:
    """Image, map, overlay and truth beside each other under a line of text, uint8 (H, W, 3) RGB.

    All four show the same pixels at the same places; `side_px` bounds the longest side of each.
    """
    panels = {
        "image": draw_image(result, limit_px=side_px),
        "map": draw_map(result, limit_px=side_px),
        "overlay": draw_overlay(result, limit_px=side_px, caption=False),
        "truth": draw_truth(result, sample.mask(result.shape), limit_px=side_px),
    }
    titled = [_titled(name, panel) for name, panel in panels.items()]
    gap = np.full((titled[0].shape[0], _GAP_PX, 3), _DARK, np.uint8)
    row = np.hstack([part for panel in titled for part in (gap, panel)][1:])
    verdict = "called defective" if result.is_defective else "called good"
    is_right = result.is_defective == sample.is_defective
    head = f"{sample.label}/{sample.path.name}   {verdict}{'' if is_right else ' - WRONG'}   score {result.score:.4g}"
    return np.vstack([_strip(f"{head}, limit {result.threshold:.4g}", row.shape[1], _LIGHT), row])


def _titled(name: str, panel: np.ndarray) -> np.ndarray:
    return np.vstack([_strip(name, panel.shape[1], _SOFT), panel])


def _strip(text: str, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    strip = np.full((_STRIP_PX, width, 3), _DARK, np.uint8)
    write_text(strip, text, (6, 0), _STRIP_PX, _TEXT_PX, colour)
    return strip
