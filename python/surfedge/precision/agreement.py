"""How far two forms of one detector differ: the same images through both, maps and verdicts compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surfedge.decision import Decision, RawMap
from surfedge.detector import Preparation
from surfedge.images import Frame, from_array
from surfedge.methods import Method

IMAGES = 16


@dataclass(frozen=True)
class Differences:
    """Between a first and a second form: largest_map_difference of raw maps, or of the probabilities of classes, beside
    largest_map_value of the first; largest_score_difference, beside score_deviation, the spread of the first's scores;
    flipped_verdicts of images.
    """

    images: int
    largest_map_difference: float
    largest_map_value: float
    largest_score_difference: float
    score_deviation: float
    flipped_verdicts: int

    @property
    def score_per_deviation(self) -> float:
        """The largest difference of a score as a fraction of the scores' spread."""
        return self.largest_score_difference / max(self.score_deviation, 1e-9)

    @property
    def map_per_largest(self) -> float:
        """The largest difference of a map as a fraction of the largest value."""
        return self.largest_map_difference / max(self.largest_map_value, 1e-9)


def differences(
    frames: Iterable[Frame], first: tuple[Method, Decision], second: tuple[Method, Decision]
) -> Differences:
    """Judge `frames`, one or more, by both forms, each with its own decision."""
    of_map, largest, scores, flipped = 0.0, 0.0, [], 0
    for frame in frames:
        seen = [method.inspect(frame) for method, _ in (first, second)]
        first_values, second_values = map(_values, seen)
        of_map = max(of_map, float(np.abs(first_values - second_values).max()))
        largest = max(largest, float(np.abs(first_values).max()))
        one, other = (
            decision.judge(raw_map, frame.shape) for raw_map, (_, decision) in zip(seen, (first, second), strict=True)
        )
        scores.append((one.score, other.score))
        flipped += one.is_defective != other.is_defective
    table = np.array(scores)
    of_score = float(np.abs(table[:, 0] - table[:, 1]).max())
    return Differences(len(table), of_map, largest, of_score, float(table[:, 0].std()), flipped)


def _values(raw_map: RawMap) -> np.ndarray:
    """The raw map, or the probabilities of a method that only classifies."""
    return raw_map.map if raw_map.classes is None else np.array(list(raw_map.classes.values()))


def certification_frames(preparation: Preparation, paths: Sequence[Path]) -> Iterator[Frame]:
    """16 of the images, every second with a disturbed square, so that verdicts of both kinds occur."""
    for number in range(IMAGES):
        frame = preparation.filter(preparation.read(paths[number % len(paths)]))
        yield _disturbed(frame, number) if number % 2 else frame


def _disturbed(frame: Frame, number: int) -> Frame:
    """The image with a square of a quarter of its shorter side inverted."""
    pixels = frame.pixels.copy()
    side = max(1, min(frame.shape) // 4)
    rng = np.random.default_rng(number)
    y, x = (int(rng.integers(size - side + 1)) for size in frame.shape)
    square = pixels[y : y + side, x : x + side]
    square[...] = (1.0 - square) if pixels.dtype == np.float32 else frame.white - square
    if pixels.dtype == np.float32:
        return from_array(pixels)
    return from_array(pixels, bit_depth=frame.white.bit_length() if pixels.dtype == np.uint16 else None)
