"""Marks of a roll that stay under the limit, found on the map: each lane's signal, added up turn by turn.

Synchronous addition at every pitch: marks add up at one phase, all else averages out. Before, a lane is freed of what
changes slowly along it and replaced by its normal scores (B. L. van der Waerden, 1952), so that a sum over turns is a
standard normal deviate whatever the map is like, where nothing returns with the roll.

>>> cells = np.random.default_rng(0).integers(40, 60, (5000, 4)).astype(np.uint8)
>>> cells[17::103, 2] += 12
>>> [(round(found.pitch_m, 2), found.y_mm) for found in find_faint(LaneSignal(0, cells))]
[(2.06, 40.0)]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, log, pi
from statistics import NormalDist

import cv2
import numpy as np

from surfedge.strips.folding import strongest
from surfedge.strips.lane_signal import BIN_M, LANE_MM, LaneSignal
from surfedge.strips.rolls import Roll, suspects
from surfedge.strips.series import PeriodicDefect, PeriodicSearch

WINDOWS = (5000, 1250)  # bins of 20 mm: long ones for faint marks, short ones for an encoder that slips
LEAST_TURNS = 8  # in a window
SLOW_BINS = 25  # what changes over more bins is no mark
COARSE_FROM_M = 1.6  # pitch from which cells of twice the length are as good
HARMONICS = 8  # series of one lane whose pitches are so simple multiples are one
SAME_PITCH = 0.01


def find_faint(
    signal: LaneSignal, rolls: Sequence[Roll] = (), search: PeriodicSearch | None = None
) -> list[PeriodicDefect]:
    """Series in the signal, least likely by chance first; `hits` are turns that stand out from the lane by themselves.

    The chance is after Bonferroni over pitches, phases, lanes and windows. Marks above the limit count no more than
    others, so series of the list show here too.
    """
    search = search or PeriodicSearch()
    cells = signal.cells
    found: list[PeriodicDefect] = []
    if not cells.any():
        return []
    looks = [look for length in WINDOWS for look in _windows(len(cells), length)]
    for first, below in looks:
        for coarse in (1, 2):
            found += _in_window(_coarser(cells[first:below], coarse), coarse, signal.first + first, len(looks), search)
    merged = _merged(sorted(found, key=lambda each: each.p))
    return [replace(each, suspects=suspects(rolls, each.pitch_m)) for each in merged]


def _windows(bins: int, length: int) -> Iterator[tuple[int, int]]:
    """Halves overlap, so that no series is cut by every window; none where a longer window shows no more."""
    last = max(0, bins - length)
    if length < WINDOWS[0] and not last:
        return
    for first in sorted({*range(0, last, length // 2), last}):
        yield first, min(bins, first + length)


def _coarser(cells: np.ndarray, coarse: int) -> np.ndarray:
    """The higher of so many bins each."""
    bins = len(cells) // coarse * coarse
    return cells[:bins].reshape(-1, coarse, cells.shape[1]).max(axis=1)


def _in_window(
    cells: np.ndarray, coarse: int, first: int, windows: int, search: PeriodicSearch
) -> Iterator[PeriodicDefect]:
    """The strongest series of each lane, where chance alone would hardly make it. first : the window's first bin."""
    bin_m = coarse * BIN_M
    ends = (search.min_pitch_m, COARSE_FROM_M) if coarse == 1 else (COARSE_FROM_M, search.max_pitch_m)
    shortest = max(4, int(max(ends[0], search.min_pitch_m) / bin_m))
    longest = min(int(min(ends[1], search.max_pitch_m) / bin_m), len(cells) // LEAST_TURNS)
    scores = _normal_scores(cells)
    lanes = np.flatnonzero(scores.any(axis=0))
    if longest < shortest or not lanes.size:
        return
    best, pitch, phase, looks = strongest(scores[:, lanes], shortest, longest)
    tests = log(2 * looks * len(lanes) * windows)  # twice: fine and coarse bins
    for k, lane in enumerate(lanes.tolist()):
        log_p = _log_tail(float(best[k])) + tests
        if log_p < log(search.alarm_p):
            yield _series(scores[:, lane], float(pitch[k]), int(phase[k]), log_p, first / coarse, lane, bin_m)


def _normal_scores(cells: np.ndarray) -> np.ndarray:
    """float32 (bins, lanes): mean 0, deviation 1 in each lane, 0 where nothing was judged or a lane was mostly not.

    Each bin is seen with the next one: a mark that lies on the border of two is one mark.
    """
    both = cells.astype(np.float32)
    both[:-1] += cells[1:]
    judged = cells > 0
    slow = cv2.blur(both, (1, SLOW_BINS), borderType=cv2.BORDER_REFLECT)
    scores = np.zeros(cells.shape, np.float32)
    for lane in np.flatnonzero(judged.mean(axis=0) >= 0.5):
        known = np.flatnonzero(judged[:, lane])
        order = np.argsort(both[known, lane] - slow[known, lane], kind="stable")
        scores[known[order], lane] = _deviates(len(known))
    return scores


_DEVIATES: dict[int, np.ndarray] = {}


def _deviates(count: int) -> np.ndarray:
    """The normal deviates of `count` ranks."""
    if count not in _DEVIATES:
        if len(_DEVIATES) > 64:
            _DEVIATES.clear()
        normal = NormalDist()
        _DEVIATES[count] = np.array([normal.inv_cdf((rank + 0.5) / count) for rank in range(count)])
    return _DEVIATES[count]


def _log_tail(deviation: float) -> float:
    """Natural logarithm of the chance for a standard normal deviate to be larger: an upper bound (J. Mills, 1926)."""
    return -0.5 * deviation**2 - log(max(deviation, 1.0) * (2 * pi) ** 0.5)


def _series(
    scores: np.ndarray, pitch: float, phase: int, log_p: float, first: float, lane: int, bin_m: float
) -> PeriodicDefect:
    """What is reported of a window's series: from the first to the last turn that stands out."""
    places = np.arange(phase, len(scores), pitch)
    stands = np.flatnonzero(scores[places.astype(int)] > 1.0)
    begin, end = (int(stands[0]), int(stands[-1])) if len(stands) else (0, len(places) - 1)
    at = (places[[begin, end]] + first + 1.0) * bin_m
    return PeriodicDefect(
        pitch_m=pitch * bin_m,
        y_mm=LANE_MM * (lane + 0.5),
        drift_mm_per_100_m=0.0,
        from_m=float(at[0]),
        to_m=float(at[1]),
        hits=len(stands),
        expected=end - begin + 1,
        p=exp(max(log_p, -690.0)),
        coherence=0.0,
        diameter_mm=1e3 * pitch * bin_m / pi,
        is_faint=True,
    )


def _merged(found: Sequence[PeriodicDefect]) -> list[PeriodicDefect]:
    """One series for windows and neighbouring lanes that show the same; the least likely first."""
    kept: list[PeriodicDefect] = []
    for each in found:
        same = next((k for k, one in enumerate(kept) if _is_same(each, one)), None)
        if same is None:
            kept.append(each)
            continue
        one = kept[same]
        begin, end = min(one.from_m, each.from_m), max(one.to_m, each.to_m)
        expected = round((end - begin) / one.pitch_m) + 1
        hits = min(expected, max(one.hits, round(one.hits / one.expected * expected)))
        kept[same] = replace(one, from_m=begin, to_m=end, expected=expected, hits=hits)
    return kept


def _is_same(each: PeriodicDefect, one: PeriodicDefect) -> bool:
    ratio = max(each.pitch_m, one.pitch_m) / min(each.pitch_m, one.pitch_m)
    whole = round(ratio)
    near = abs(each.y_mm - one.y_mm) <= 2 * LANE_MM
    return near and whole <= HARMONICS and abs(ratio / whole - 1) < SAME_PITCH
