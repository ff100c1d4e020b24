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

FOLDS = 4  # of methods that cannot unlearn one image: each fold is judged by what the others taught


def crosswise(
    method: Method, take: Callable[[Iterable[int], str], Iterator[Frame]], count: int, marks: Sequence[Mark] = ()
) -> tuple[Method, Callable[[int], Method]]:
    """What all of `count` good images teach `method`, and for the number of an image the method that others taught.

    take : gives the images of some numbers, in their order. Methods whose `learn` returns a Lesson are asked for what
    all others taught; those with `fit` alone are fitted to all images but each of four folds. marks : of defects, from
    which both learn; no score comes from them. Raises ArgumentError for a method that cannot.
    """
    lesson = _lesson(method, take(range(count), "learning"), marks)
    if lesson is not None:
        return lesson.all(), lesson.without
    learned = method.fit(take(range(count), "learning"))
    if learned is method:
        return method, lambda number: method
    judges = [method.fit(take([n for n in range(count) if n % FOLDS != fold], "learning")) for fold in range(FOLDS)]
    return learned, lambda number: judges[number % FOLDS]


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
