"""What good images teach a method, and for each of them a method that it did not teach.

A limit holds on new images only if the scores it comes from are those of images that were never seen (R. Barber,
E. Candès, A. Ramdas, R. Tibshirani, "Predictive inference with the jackknife+", 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from surfedge.errors import ArgumentError
from surfedge.images import Frame
from surfedge.methods import Lesson, Mark, MarkedMethod, Method

FEWEST_FOLDS = 4  # of methods that cannot unlearn one image: each fold is judged by what the others taught
PASSES = 160  # images learned from again: few good images get more folds, for a quarter less teaches much less


def crosswise(
    method: Method, take: Callable[[Iterable[int], str], Iterator[Frame]], count: int, marks: Sequence[Mark] = ()
) -> tuple[Method, Callable[[int], Method]]:
    """What all of `count` good images teach `method`, and for the number of an image the method that others taught.

    take : gives the images of some numbers, in their order. Methods whose `learn` returns a Lesson are asked for what
    all others taught; those with `fit` alone are fitted to all images but each fold. marks : of defects, from
    which both learn; no score comes from them. Raises ArgumentError for a method that cannot.
    """
    lesson = _lesson(method, take(range(count), "learning"), marks)
    if lesson is not None:
        return lesson.all(), lesson.without
    learned = method.fit(take(range(count), "learning"))
    if learned is method:
        return method, lambda number: method
    folds = fold_count(count)
    judges = [method.fit(take([n for n in range(count) if n % folds != fold], "learning")) for fold in range(folds)]
    return learned, lambda number: judges[number % folds]


def fold_count(count: int) -> int:
    """How many folds `count` good images are parted into.

    >>> [fold_count(count) for count in (3, 20, 40, 100, 1000)]
    [3, 8, 4, 4, 4]
    """
    return min(count, max(FEWEST_FOLDS, PASSES // count))


def _lesson(method: Method, frames: Iterable[Frame], marks: Sequence[Mark]) -> Lesson[Any] | None:
    if not marks:
        return method.learn(frames)
    if not isinstance(method, MarkedMethod):
        raise ArgumentError(
            "marked defects",
            found=f"the method {method.name}",
            expected="statistics, or a bundle of features",
            remedy="leave them out, or use one of these",
        )
    return method.learn_marked(frames, marks)
