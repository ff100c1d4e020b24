"""What a decision makes of one raw map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from surfedge.errors import EngineError
from surfedge.lazy_field import Lazy
from surfedge.result import Region


@dataclass(frozen=True)
class Judgement:
    """What a decision makes of one raw map: the fields that a Result shares with it.

    threshold : the limit that the score was compared with.
    anomaly_map : float32 (H, W), or how it is made; None in score-only mode and for classes alone.
    label : the class shown, "" without classes. probabilities : of each class, by name.
    """

    score: float
    threshold: float
    is_defective: bool
    anomaly_map: np.ndarray | Lazy[np.ndarray] | None = None
    mask: np.ndarray | None = None
    regions: tuple[Region, ...] = ()
    ignored_share: float = 0.0
    label: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)


def finite_score(score: float) -> float:
    """The score itself; raises EngineError where it is no finite number: such an image is not judged."""
    if not math.isfinite(score):
        raise EngineError(
            "anomaly map",
            found=f"the score {score}",
            expected="finite values",
            remedy="check the network and its precision",
        )
    return score
