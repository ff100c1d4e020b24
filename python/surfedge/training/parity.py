"""Exported equals trained: the same images through torch and through the runtime, compared map by map.

Both paths share the runtime's own preparation, tiling, residual and decision; only the network differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from surfedge.decision import Decision
from surfedge.errors import TrainingError
from surfedge.images import Frame, from_array
from surfedge.methods.reconstruction import Reconstruction
from surfedge.preparation import Preparation
from surfedge.training.reconstruction_network import ReconstructionNetwork

IMAGES = 16
# Largest difference of the raw map, of the score (as a share of the scores' spread), and verdicts that may flip.
LIMITS = {"f32": (2e-3, 0.01, 0), "bf16": (0.2, 0.25, 1), "f16": (0.2, 0.25, 1)}


@dataclass(frozen=True)
class _Trained(Reconstruction):
    """A Reconstruction whose network is still torch's."""

    network: Any = field(default=None, kw_only=True, metadata={"stored": False})

    def input_size(self) -> tuple[int, int, int]:
        """(C, h, w) of the network's input."""
        return self.network.channels, self.network.input_px, self.network.input_px

    def warm_up(self) -> None:
        """Nothing is slow once."""

    @torch.no_grad()
    def feed_each(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """What torch answers."""
        for tiles in batches:
            yield [self.network(torch.from_numpy(np.ascontiguousarray(tiles))).numpy()]


def certify(
    network: ReconstructionNetwork,
    method: Reconstruction,
    decision: Decision,
    preparation: Preparation,
    paths: Sequence[Path],
) -> dict[str, Any]:
    """Compare on 16 of the images `paths`, every second with a disturbed square so that verdicts of both kinds occur.

    Returns what stands in the bundle: images, precision, largest differences of map and score, scores' spread,
    flipped verdicts, limits. Raises TrainingError beyond the limits.
    """
    precision = method.options.precision
    twin = _Trained(
        b"", b"", method.stride_px, method.residual, method.window_px, method.gaussian, method.view,
        network=network.cpu().eval(),
    )  # fmt: skip
    of_map, scores, flipped = 0.0, [], 0
    for number in range(IMAGES):
        frame = preparation.filter(preparation.read(paths[number % len(paths)]))
        if number % 2:
            frame = _disturbed(frame, number)
        maps = [each.anomaly_map(frame) for each in (twin, method)]
        of_map = max(of_map, float(np.abs(maps[0] - maps[1]).max()))
        trained, exported = (decision.judge(one, frame.shape) for one in maps)
        scores.append((trained.score, exported.score))
        flipped += trained.is_defective != exported.is_defective
    return _certificate(precision, of_map, np.array(scores), flipped)


def _certificate(precision: str, of_map: float, scores: np.ndarray, flipped: int) -> dict[str, Any]:
    spread = float(scores[:, 0].std())
    of_score = float(np.abs(scores[:, 0] - scores[:, 1]).max())
    map_limit, score_limit, flips_limit = LIMITS[precision]
    certificate = {
        "images": len(scores), "precision": precision, "largest_map_difference": of_map,
        "largest_score_difference": of_score, "score_deviation": spread, "flipped_verdicts": flipped,
        "limits": {"map": map_limit, "score_per_deviation": score_limit, "flipped_verdicts": flips_limit},
    }  # fmt: skip
    if not (of_map <= map_limit and of_score <= score_limit * max(spread, 1e-9) and flipped <= flips_limit):
        raise TrainingError(
            "parity",
            found=f"map {of_map:.3g}, score {of_score:.3g} of a deviation of {spread:.3g}, {flipped} flipped verdicts",
            expected=f"at most {map_limit}, {score_limit} of the deviation, {flips_limit}",
            remedy="no bundle was written; use precision f32, or report the network")  # fmt: skip
    return certificate


def _disturbed(frame: Frame, number: int) -> Frame:
    """The image with a square of a quarter of its shorter side inverted."""
    pixels = frame.pixels.copy()
    side = max(1, min(frame.shape) // 4)
    chance = np.random.default_rng(number)
    y, x = (int(chance.integers(size - side + 1)) for size in frame.shape)
    square = pixels[y : y + side, x : x + side]
    square[...] = (1.0 - square) if pixels.dtype == np.float32 else frame.white - square
    if pixels.dtype == np.float32:
        return from_array(pixels)
    return from_array(pixels, bit_depth=frame.white.bit_length() if pixels.dtype == np.uint16 else None)
