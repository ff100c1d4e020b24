"""Exported equals trained: the same images through torch and through the runtime, compared map by map.

Both paths share the runtime's own preparation, tiling, residual and decision; only the network differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from surfedge.decision import Decision
from surfedge.detector import Preparation
from surfedge.errors import TrainingError
from surfedge.methods import Reconstruction
from surfedge.precision import Differences, certification_frames, differences
from surfedge.training.reconstruction_network import ReconstructionNetwork

# Largest difference of the raw map (a share of its largest value where that is above 1), of the score (as a share of
# the scores' spread), and verdicts that may flip.
LIMITS = {"f32": (2e-3, 0.01, 0), "bf16": (0.2, 0.25, 1)}


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
    twin = _Trained(
        b"",
        b"",
        method.stride_px,
        method.residual,
        method.window_px,
        method.gaussian,
        method.view,
        method.mean,
        method.prediction,
        method.whitener,
        network=network.cpu().eval(),
    )
    frames = certification_frames(preparation, paths)
    found = differences(frames, (twin, decision), (method, decision))
    return _certificate(method.options.precision, found)


def _certificate(precision: str, found: Differences) -> dict[str, Any]:
    of_map, of_score, spread = (found.largest_map_difference, found.largest_score_difference, found.score_deviation)
    map_limit, score_limit, flips_limit = LIMITS[precision]
    if not (
        of_map <= map_limit * max(1.0, found.largest_map_value)
        and found.score_per_deviation <= score_limit
        and found.flipped_verdicts <= flips_limit
    ):
        raise TrainingError(
            "parity",
            found=f"map {of_map:.3g}, score {of_score:.3g} of a deviation of {spread:.3g}, "
            f"{found.flipped_verdicts} flipped verdicts",
            expected=f"at most {map_limit}, {score_limit} of the deviation, {flips_limit}",
            remedy="no bundle was written; use precision f32, or report the network",
        )
    return {
        "precision": precision,
        **asdict(found),
        "limits": {"map": map_limit, "score_per_deviation": score_limit, "flipped_verdicts": flips_limit},
    }
