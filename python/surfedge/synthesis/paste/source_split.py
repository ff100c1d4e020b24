"""Which source may be used for training and which for judging: no defect on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surfedge.errors import ArgumentError


def split_sources(
    sources: Mapping[str, Sequence[str]], judge_share: float, rng: np.random.Generator
) -> tuple[frozenset[str], frozenset[str]]:
    """Two sets of source images, to train with and to judge by; together all of them, and none in both.

    sources : class name -> names of its source images; an image may show defects of several classes.
    judge_share : of each class, above 0 and below 1; at least one image of each class falls on either side.

    Raises ArgumentError for a class that has too few images to stand on both sides.

    >>> one, other = split_sources({"scratch": ["a", "b", "c", "d"]}, 0.25, np.random.default_rng(0))
    >>> len(one), len(other), sorted(one | other)
    (3, 1, ['a', 'b', 'c', 'd'])
    """
    if not 0 < judge_share < 1:
        raise ArgumentError("judge_share", found=judge_share, expected="above 0 and below 1")
    side: dict[str, bool] = {}  # True: to judge by
    # Rarest classes first: their images are the ones that must not all fall on one side.
    for class_name in sorted(sources, key=lambda name: (len(set(sources[name])), name)):
        names = sorted(set(sources[class_name]))
        free = [names[k] for k in rng.permutation(len(names)) if names[k] not in side]
        judging = sum(side.get(name, False) for name in names)
        wanted = min(max(1, round(judge_share * len(names))), len(names) - 1)
        for name in free:
            side[name] = judging < wanted
            judging += side[name]
        if len({side[name] for name in names}) < 2:
            raise ArgumentError(
                f"class {class_name}",
                found=f"{len(names)} source images on one side",
                expected="some to train with and others to judge by",
                remedy="add images or leave the class out",
            )
    judge = frozenset(name for name, judges in side.items() if judges)
    return frozenset(side) - judge, judge
