"""Every metric that the table of metrics lists, from the counts of a test set or of bootstrap samples of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.metrics import METRICS
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.figure import CALLS, CLASSES, MASKS, PIXELS, SCORES, Figure, ScoreCounts, Settings
from surfedge.metrics.counting.pixel_scores import PixelLevels
from surfedge.metrics.test_set.record import ImageRow

Array = npt.NDArray[np.float64]


def figures_of(settings: Settings | None = None) -> tuple[Figure, ...]:
    """The figures of all METRICS, in the order of the table.

    >>> [figure.name for figure in figures_of() if figure.name.startswith("au_pro")]
    ['au_pro_0.30', 'au_pro_0.05']
    """
    found: list[Figure] = []
    for place in METRICS.values():
        figures = import_module(place.partition(":")[0]).FIGURES
        found += figures(settings or Settings()) if callable(figures) else figures
    return tuple(found)


def counts_of(scores: ScoreCounts, pixels: PixelLevels, calls: Calls) -> dict[str, Any]:
    """What metrics need, by its name; None for the calls when there was no limit."""
    if not pixels.merged.size:
        nothing = np.zeros((*pixels.counts.shape[:-1], 1))
        pixels = replace(pixels, counts=nothing, merged=np.zeros(1, np.bool_))
    return {SCORES: scores, PIXELS: pixels, MASKS: calls, CALLS: calls if calls.is_limited else None, CLASSES: calls}


def values_of(figures: Sequence[Figure], counts: Mapping[str, Any]) -> dict[str, Array]:
    """The metrics that `counts` has what they need for, name -> (B,); NaN where it is known to be missing."""
    nothing = np.full(len(counts[MASKS].weights), np.nan)
    return {
        figure.name: nothing if counts[figure.needs] is None else figure.of(counts[figure.needs])
        for figure in figures
        if figure.needs in counts
    }


def slack_of(figures: Sequence[Figure], pixels: PixelLevels) -> dict[str, float]:
    """Largest possible error of the metrics of pixels, for levels that merge scores."""
    return {figure.name: float(figure.slack(pixels)) for figure in figures if figure.slack is not None}


def support_of(figures: Sequence[Figure], rows: Sequence[ImageRow]) -> dict[str, tuple[int, int]]:
    """How many good and how many defective images each metric comes from."""
    support = {}
    for figure in figures:
        chosen = [row.is_defect for row in rows if figure.over(row)]
        support[figure.name] = (chosen.count(False), chosen.count(True))
    return support
