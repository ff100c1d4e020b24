"""Picture rows as the sources print them: input, reconstruction, map, mask, truth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.drawing import draw_image, draw_map
from surfedge.errors import ImageError
from surfedge.images import Frame
from surfedge.result import Result

SIDE_PX = 192
GAP_PX = 4


@runtime_checkable
class Paints(Protocol):
    """A method that can show what it expects."""

    def reconstruct(self, frame: Frame) -> np.ndarray:
        """float32 (C, H, W) in [0, 1]."""


def write_rows(path: Path, detector: Detector, samples: Sequence[Sample], count: int) -> None:
    """One PNG with a row for each of `count` samples, taken from all classes in turn; nothing for a count of 0. Images
    that are not inspected, which the cell counts, have no row."""
    rows = []
    for sample in chosen(samples, count):
        with suppress(ImageError):
            rows.append(row(detector, sample))
    if not rows:
        return
    width = max(picture.shape[1] for picture in rows)
    padded = [
        cv2.copyMakeBorder(r, 0, GAP_PX, 0, width - r.shape[1], cv2.BORDER_CONSTANT, value=(255,) * 3) for r in rows
    ]
    _, encoded = cv2.imencode(".png", cv2.cvtColor(np.vstack(padded), cv2.COLOR_RGB2BGR))
    path.write_bytes(encoded.tobytes())


def chosen(samples: Sequence[Sample], count: int) -> list[Sample]:
    """`count` samples, one of each class in turn, defects first."""
    labels = sorted({sample.label for sample in samples}, key=lambda label: (label == "good", label))
    queues = [[sample for sample in samples if sample.label == label] for label in labels]
    turns = max((len(queue) for queue in queues), default=0)
    return [queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)][:count]


def row(detector: Detector, sample: Sample) -> np.ndarray:
    """Input, reconstruction, map, mask, truth beside each other, uint8 (H, W, 3) RGB; no reconstruction without one."""
    result = detector(sample.path)
    truth = sample.mask(result.shape)
    panels = [draw_image(result, limit_px=SIDE_PX)]
    size = panels[0].shape[1::-1]
    if isinstance(detector.method, Paints):
        panels.append(_reconstruction(detector, sample.path, detector.method))
    panels += [draw_map(result, limit_px=SIDE_PX), _binary(_mask(result)), _binary(truth)]
    framed = [
        cv2.copyMakeBorder(
            cv2.resize(p, size, interpolation=cv2.INTER_AREA), 0, 0, 0, GAP_PX, cv2.BORDER_CONSTANT, value=(255,) * 3
        )
        for p in panels
    ]
    return np.hstack(framed)


def _reconstruction(detector: Detector, path: Path, method: Paints) -> np.ndarray:
    frame = detector.preparation.filter(detector.preparation.read(path))
    painted = np.rint(255.0 * np.clip(method.reconstruct(frame), 0.0, 1.0)).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(painted if len(painted) == 3 else np.repeat(painted, 3, axis=0), 0, -1))


def _mask(result: Result) -> np.ndarray:
    """The mask of the regions that were called."""
    assert result.mask is not None
    return result.mask if result.is_defective else np.zeros_like(result.mask)


def _binary(mask: np.ndarray | None) -> np.ndarray:
    if mask is None:
        return np.full((8, 8, 3), 128, np.uint8)  # the truth is not known
    return np.repeat((mask.astype(np.uint8) * 255)[..., None], 3, axis=2)
