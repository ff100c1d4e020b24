"""Exported equals trained: the same images through torch and through the runtime, compared map by map.

Both paths share the runtime's own preparation, tiling, residual and decision; only the network differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from surfedge.decision import Decision
from surfedge.detector import Preparation
from surfedge.engine import Engine
from surfedge.errors import TrainingError
from surfedge.methods import Networked
from surfedge.precision import LIMITS, Differences, Limits, certification_frames, differences
from surfedge.training.network_input import input_shape

# In f32, against torch: largest difference of the raw map (a fraction of its maximum where that is above 1), of the
# score (as a fraction of the scores' spread), and verdicts that may flip. Other precisions: surfedge.precision.LIMITS.
F32 = Limits(map_per_largest=2e-3, score_per_deviation=0.01, flipped_verdicts=0)


class _TorchEngine:
    """A network that is still torch's, with what a method asks an engine for."""

    input_type = np.dtype(np.float32)
    computes_in = "f32"

    def __init__(self, network: nn.Module) -> None:
        self._network = network.cpu().eval()
        self.input_shape = (-1, *input_shape(network))

    @torch.no_grad()
    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """What torch answers, (N, C, h, w) float32."""
        answer = self._network(torch.from_numpy(np.ascontiguousarray(batch)))
        return [each.numpy() for each in (answer if isinstance(answer, tuple) else (answer,))]

    def run_each(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """What torch answers to each of `batches`."""
        return map(self.run, batches)


def in_torch(method: Networked, network: nn.Module) -> Networked:
    """`method` with torch in place of the engine: its own views, tiles and residual, and the network as trained."""
    return replace(method, shared=cast(Engine, _TorchEngine(network)))


def certify(
    network: nn.Module, method: Networked, decision: Decision, preparation: Preparation, paths: Sequence[Path]
) -> dict[str, Any]:
    """Compare on 16 of the images `paths`, every second with a disturbed square so that verdicts of both kinds occur.

    network : as it was exported, with ``channels`` and ``input_px``. Returns what stands in the bundle: images,
    precision, largest differences of map and score, scores' spread, flipped verdicts, limits. Raises TrainingError
    beyond the limits.
    """
    frames = certification_frames(preparation, paths)
    found = differences(frames, (in_torch(method, network), decision), (method, decision))
    return _certificate(method.options.precision, found)


NOTHING_LEARNED = "the scores of these images hardly differ, the network learned nothing yet: train for more epochs"


def _certificate(precision: str, found: Differences) -> dict[str, Any]:
    of_map, of_score, spread = (found.largest_map_difference, found.largest_score_difference, found.score_deviation)
    limits = LIMITS.get(precision, F32)
    if not (
        of_map <= limits.map_per_largest * max(1.0, found.largest_map_value)
        and found.score_per_deviation <= limits.score_per_deviation
        and found.flipped_verdicts <= limits.flipped_verdicts
    ):
        raise TrainingError(
            "parity",
            found=f"map {of_map:.3g}, score {of_score:.3g} of the std of the scores, {spread:.3g}, "
            f"{found.flipped_verdicts} flipped verdicts",
            expected=f"at most {limits.map_per_largest}, {limits.score_per_deviation} of that std, "
            f"{limits.flipped_verdicts}",
            remedy="no bundle was written; "
            + (NOTHING_LEARNED if spread < 1e-5 else "use precision f32, or report the network"),
        )
    return {
        "precision": precision,
        **asdict(found),
        "limits": {
            "map": limits.map_per_largest,
            "score_per_deviation": limits.score_per_deviation,
            "flipped_verdicts": limits.flipped_verdicts,
        },
    }
