"""Which images of a run get pictures: the worst, those nearest the threshold, and an even sample of the rest.

The three choices depend on the rows alone, not on their order, so that a shelf filled while scoring and a
choice made from a finished table agree, and two runs over the same images show the same pictures.
"""

from __future__ import annotations

import math
import zlib
from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from surfedge.report.pictures import Pictures
from surfedge.report.rows import ReportRow


@dataclass(frozen=True)
class PictureChoice:
    """How many images get pictures: the `worst`, those `near` their threshold, and a `sample` of all."""

    worst: int = 90
    near: int = 40
    sample: int = 20


class PictureShelf:
    """Keeps the pictures of a run while it is scored, in bounded memory.

    Ask `wants` before drawing: most images of a long run are neither bad nor close, and cost nothing.

    >>> shelf = PictureShelf(PictureChoice(worst=1, near=0, sample=0))
    >>> for path, score in [("a.png", 0.2), ("b.png", 0.9), ("c.png", 0.4)]:
    ...     shelf.offer(path, score, 0.5, lambda: Pictures(overlay=b"..."))
    >>> sorted(shelf.kept())
    ['b.png']
    """

    def __init__(self, choice: PictureChoice | None = None) -> None:
        choice = choice or PictureChoice()
        self._lists = [_Shortest(limit, rank) for limit, rank in _ranks(choice)]
        self._pictures: dict[str, Pictures] = {}

    def wants(self, path: str, score: float | None, threshold: float | None) -> bool:
        """True when pictures of this image would be kept, as far as the run has gone."""
        return _scored(score) and any(each.wants(path, score or 0.0, threshold) for each in self._lists)

    def offer(self, path: str, score: float | None, threshold: float | None, draw: Callable[[], Pictures]) -> None:
        """Draws and keeps the pictures if they are wanted; those that they push out are forgotten."""
        if not self.wants(path, score, threshold):
            return
        for each in self._lists:
            each.add(path, score or 0.0, threshold)
        self._pictures[path] = draw()
        for gone in self._pictures.keys() - self.order():
            del self._pictures[gone]

    def order(self) -> dict[str, None]:
        """Paths of the kept images, most telling first: the worst, the nearest, the sample."""
        return {path: None for each in self._lists for path in each.paths()}

    def kept(self) -> dict[str, Pictures]:
        """Pictures by path, most telling first."""
        return {path: self._pictures[path] for path in self.order()}


def select_pictures(rows: Iterable[ReportRow], choice: PictureChoice | None = None) -> list[str]:
    """Paths of the images that should get pictures, most telling first; for a run that is scored already.

    Images that were not judged are left out: there is nothing to show of them.

    >>> rows = [ReportRow(f"{score}.png", "good", score=score, threshold=5.0) for score in (1, 4, 2)]
    >>> select_pictures(rows, PictureChoice(worst=1, near=1, sample=0))
    ['4.png']
    """
    lists = [_Shortest(limit, rank) for limit, rank in _ranks(choice or PictureChoice())]
    for row in rows:
        if row.is_judged and _scored(row.score):
            for each in lists:
                each.add(row.path, row.score or 0.0, row.threshold)
    return list({path: None for each in lists for path in each.paths()})


Rank = Callable[[str, float, "float | None"], float]


class _Shortest:
    """The `limit` paths of lowest rank, in order; ties by path."""

    def __init__(self, limit: int, rank: Rank) -> None:
        self._limit = limit
        self._rank = rank
        self._entries: list[tuple[float, str]] = []

    def wants(self, path: str, score: float, threshold: float | None) -> bool:
        entry = (self._rank(path, score, threshold), path)
        if not math.isfinite(entry[0]) or self._limit < 1:
            return False
        return len(self._entries) < self._limit or entry < self._entries[-1]

    def add(self, path: str, score: float, threshold: float | None) -> None:
        if self.wants(path, score, threshold):
            insort(self._entries, (self._rank(path, score, threshold), path))
            del self._entries[self._limit :]

    def paths(self) -> list[str]:
        return [path for _, path in self._entries]


def _ranks(choice: PictureChoice) -> tuple[tuple[int, Rank], ...]:
    return (
        (choice.worst, lambda path, score, threshold: -score),
        (choice.near, lambda path, score, threshold: abs(score - (math.inf if threshold is None else threshold))),
        (choice.sample, lambda path, score, threshold: zlib.crc32(path.encode("utf-8", "surrogatepass"))),
    )


def _scored(score: float | None) -> bool:
    return score is not None and math.isfinite(score)
