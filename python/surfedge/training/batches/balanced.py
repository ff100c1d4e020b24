"""Which images an epoch shows: so many of each kind, each image of a kind as often as another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surfedge.errors import require


def places_of(classes: Sequence[str]) -> dict[str, list[int]]:
    """The places of each class in a list of images' classes.

    >>> places_of(["good", "pit", "good"])
    {'good': [0, 2], 'pit': [1]}
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(classes):
        places.setdefault(name, []).append(place)
    return places


def balanced_order(
    places: Mapping[str, Sequence[int]], counts: Mapping[str, int], rng: np.random.Generator
) -> list[int]:
    """`counts` places of each kind in an order drawn by `rng`; a kind's places come all once before one comes again.

    >>> balanced_order({"good": [0, 1, 2, 3], "pit": [4, 5]}, {"good": 4, "pit": 4}, np.random.default_rng(0))
    [5, 5, 0, 1, 2, 3, 4, 4]

    Raises ArgumentError for images asked for of a kind that has none.
    """
    drawn: list[int] = []
    for kind, count in counts.items():
        own = list(places.get(kind, ()))
        require("sampling", f"no image of {kind}", count == 0 or bool(own), "one or more")
        while count > 0:
            drawn += [own[k] for k in rng.permutation(len(own))[:count]]
            count -= min(count, len(own))
    return [drawn[k] for k in rng.permutation(len(drawn))]
