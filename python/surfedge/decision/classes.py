"""Verdicts of methods that classify: how probable it is that an image is of none of the good classes."""

from __future__ import annotations

from collections.abc import Mapping

from surfedge.errors import ArgumentError


def probability_of_a_defect(classes: Mapping[str, float], good_classes: tuple[str, ...] | None) -> float:
    """The image score, 0 to 1: 1 less the probabilities of the good classes; 1 where every class is a kind of defect.

    >>> probability_of_a_defect({"good": 0.75, "scratch": 0.25}, ("good",))
    0.25
    """
    check_good_classes(good_classes, tuple(classes))
    return min(max(1.0 - sum(classes[name] for name in good_classes or ()), 0.0), 1.0)


def shown_class(classes: Mapping[str, float], good_classes: tuple[str, ...] | None, is_defective: bool) -> str:
    """The most probable class on the verdict's side, so that label and verdict never contradict each other.

    >>> shown_class({"good": 0.4, "scratch": 0.35, "dent": 0.25}, ("good",), True)
    'scratch'
    """
    side = [name for name in classes if (name in (good_classes or ())) != is_defective]
    return max(side or classes, key=lambda name: classes[name])


def check_good_classes(good_classes: tuple[str, ...] | None, names: tuple[str, ...]) -> None:
    """Raises ArgumentError unless the good classes are some, but not all, of a classifier's; none without classes.

    An empty tuple says that every class is a kind of defect; None, that nobody has said which are good.
    """
    if (not good_classes and not names) or (good_classes is not None and set(good_classes) < set(names)):
        return
    raise ArgumentError(
        "decision.good_classes",
        found=", ".join(good_classes or ()) or "none",
        expected=f"some of {', '.join(names)}, but not all" if names else "none: the method does not classify",
        remedy="name the classes that are no defect, [] where each is one",
    )
