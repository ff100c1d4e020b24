"""What a rendered coil shows besides steel: roll marks, scratches, pits, water, dirt; the plan, and the truth of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge.synthesis.random_streams import stream

KINDS = ("roll_mark", "scratch", "pit", "water", "dirt", "weld")


@dataclass(frozen=True)
class CoilMark:
    """A mark and its truth. kind : of KINDS. x_m : metres from the head to its middle. y_mm : millimetres from the
    strip's left edge to its middle. length_mm, width_mm : along and across. gain : brightness inside, as a share.
    seed : of its shape. turn : of the roll, from 0, for roll marks; -1 for others."""

    kind: str
    x_m: float
    y_mm: float
    length_mm: float
    width_mm: float
    gain: float
    seed: int
    turn: int = -1

    @property
    def from_m(self) -> float:
        """Where it begins."""
        return self.x_m - 5e-4 * self.length_mm

    @property
    def to_m(self) -> float:
        """Where it ends."""
        return self.x_m + 5e-4 * self.length_mm


@dataclass(frozen=True)
class RollMarks:
    """Marks that a roll leaves. pitch_m : distance of the marks. y_mm : lane at the head, from the left edge. hits :
    chance of a mark at each turn. drift_mm_per_100_m : of the lane. from_m, to_m : where the roll was at fault.
    size_mm, gain : of a mark, its length and its brightness as a share of the steel's."""

    pitch_m: float
    y_mm: float
    hits: float = 1.0
    drift_mm_per_100_m: float = 0.0
    from_m: float = 0.0
    to_m: float = float("inf")
    size_mm: float = 9.0
    gain: float = 0.55


def planned(
    seed: int,
    length_m: float,
    width_mm: float,
    per_100_m: dict[str, float],
    rolls: tuple[RollMarks, ...],
    welds: tuple[float, ...],
) -> list[CoilMark]:
    """Every mark of a coil in the order of where it begins. per_100_m : marks at random by kind."""
    rng = stream(seed, "coil marks")
    marks = [mark for roll in rolls for mark in _of_roll(rng, roll, length_m)]
    for kind in ("scratch", "pit", "water", "dirt"):
        count = int(rng.poisson(per_100_m.get(kind, 0.0) * length_m / 100))
        marks += [_at_random(rng, kind, length_m, width_mm) for _ in range(count)]
    marks += [CoilMark("weld", at, width_mm / 2, 16.0, width_mm, 0.55, int(rng.integers(2**31))) for at in welds]
    return sorted(marks, key=lambda mark: (mark.from_m, mark.y_mm))


def _of_roll(rng: np.random.Generator, roll: RollMarks, length_m: float) -> list[CoilMark]:
    shape, phase = int(rng.integers(2**31)), rng.uniform(0, roll.pitch_m)
    size, gain = roll.size_mm, roll.gain
    marks = []
    for turn in range(int((min(length_m, roll.to_m) - phase) / roll.pitch_m) + 1):
        x = phase + turn * roll.pitch_m
        y = roll.y_mm + roll.drift_mm_per_100_m * x / 100 + float(rng.normal(0, 0.4))
        is_there = rng.random() < roll.hits and roll.from_m <= x < min(length_m, roll.to_m)
        if is_there:
            marks.append(CoilMark("roll_mark", x + float(rng.normal(0, 4e-4)), y, size, 0.8 * size, gain, shape, turn))
    return marks


def _at_random(rng: np.random.Generator, kind: str, length_m: float, width_mm: float) -> CoilMark:
    length, width, gain = {
        "scratch": (
            float(np.exp(rng.uniform(np.log(60), np.log(8000)))),
            rng.uniform(1.2, 3.0),
            rng.uniform(1.35, 1.7),
        ),
        "pit": (rng.uniform(3, 9), rng.uniform(3, 9), rng.uniform(0.35, 0.6)),
        "water": (rng.uniform(12, 60), rng.uniform(10, 40), rng.uniform(1.12, 1.25)),
        "dirt": (rng.uniform(8, 50), rng.uniform(6, 30), rng.uniform(0.55, 0.75)),
    }[kind]
    x, y = rng.uniform(0, length_m), rng.uniform(20, max(21, width_mm - 20))
    return CoilMark(kind, float(x), float(y), length, float(width), float(gain), int(rng.integers(2**31)))


def paint(
    levels: np.ndarray, mark: CoilMark, first_line: int, left_px: np.ndarray, pixel_mm: float, line_mm: float
) -> None:
    """Changes `levels`, float32 (lines, columns), where the mark lies. first_line : number of the first line there.
    left_px : float (lines,), column of the strip's left edge."""
    top = 1e3 * mark.from_m / line_mm - first_line
    tall = mark.length_mm / line_mm
    begin, end = max(0, int(np.floor(top)) - 2), min(len(levels), int(np.ceil(top + tall)) + 3)
    if begin >= end:
        return
    lines = np.arange(begin, end)
    along = ((lines - top) / max(tall, 1e-6) - 0.5) * 2  # -1 at the mark's beginning, 1 at its end
    middle = left_px[begin:end] + mark.y_mm / pixel_mm
    half = max(0.5 * mark.width_mm / pixel_mm, 0.6)
    if mark.kind == "scratch":
        middle = middle + 4 * np.sin(along * 2.1 + mark.seed % 7) * min(1.0, tall / 2000)
    low = max(0, int(np.floor(middle.min() - 1.5 * half - 2)))
    high = min(levels.shape[1], int(np.ceil(middle.max() + 1.5 * half + 3)))
    if low >= high:
        return
    across = (np.arange(low, high)[None] - middle[:, None]) / half
    weight = _weight(mark, along[:, None], across, max(2.0, tall), half)
    levels[begin:end, low:high] *= 1 + np.float32(mark.gain - 1) * weight.astype(np.float32)


def _weight(mark: CoilMark, along: np.ndarray, across: np.ndarray, tall: float, half: float) -> np.ndarray:
    """0 outside, 1 inside, soft over about a pixel; (lines, columns)."""
    if mark.kind in ("scratch", "weld"):
        ends = np.clip((1 - np.abs(along)) * tall / 2 + 0.5, 0, 1)
        depth = 1.0 if mark.kind == "weld" else 0.75 + 0.25 * np.sin(along * 0.011 * tall + mark.seed % 11)
        return depth * ends * np.clip((1 - np.abs(across)) * half + 0.5, 0, 1)
    turn = np.arctan2(along, across)
    rng = np.random.default_rng(mark.seed)
    edge = 1.0 + sum(rng.uniform(-0.16, 0.16) / k * np.cos(k * turn + rng.uniform(0, 6.3)) for k in (2, 3, 4, 5))
    distance = np.hypot(along, across)
    soft = 0.25 * half if mark.kind == "water" else 0.0
    body = np.clip((edge - distance) * min(half, tall / 2) / (1 + soft) + 0.5, 0, 1)
    if mark.kind == "water":  # a bright rim around a film
        return body * np.clip(0.25 + distance**4, 0, 1)
    return body


def truth_mask(
    mark: CoilMark, lines: int, columns: int, first_line: int, left_px: np.ndarray, pixel_mm: float, line_mm: float
) -> np.ndarray:
    """bool (lines, columns): pixels that a mark changes by more than a tenth of what it does at most."""
    plain = np.full((lines, columns), 100.0, np.float32)
    paint(plain, mark, first_line, left_px, pixel_mm, line_mm)
    return np.asarray(cv2.absdiff(plain, np.full_like(plain, 100.0)) > 10 * abs(mark.gain - 1))
