"""Sides of a split, samples and balanced sets: drawn by a seed, what belongs together on one side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surfedge.errors import ArgumentError

Classes = Mapping[str, Sequence[Path]]


@dataclass(frozen=True)
class Divided:
    """sides : class to paths, by the side's name. left_out : what a cap left over, by class."""

    sides: dict[str, dict[str, list[Path]]]
    left_out: dict[str, list[Path]]

    def count(self, side: str) -> int:
        """Images on a side."""
        return sum(map(len, self.sides[side].values()))


def groups_of(paths: Sequence[Path], item: str = "", pairs: Iterable[tuple[Path, Path]] = ()) -> list[list[Path]]:
    """Paths that must not be parted: images of one item, and pairs that show the same; each path in one group.

    item : regular expression sought in the file's name; what it finds (its first group, if it has one) names the item.
    Images whose names it is not found in stand alone. Raises ArgumentError for an expression that is none.

    >>> groups = groups_of([Path("kos01_a.png"), Path("kos02_a.png"), Path("kos01_b.png")], r"kos\\d+")
    >>> [[path.name for path in group] for group in groups]
    [['kos01_a.png', 'kos01_b.png'], ['kos02_a.png']]
    """
    try:
        expression = re.compile(item)
    except re.error as error:
        raise ArgumentError("--item", found=f"{item!r}: {error}", expected="a regular expression") from error
    leader = {path: path for path in paths}

    def lead(path: Path) -> Path:
        while leader[path] != path:
            leader[path] = leader[leader[path]]
            path = leader[path]
        return path

    first: dict[str, Path] = {}
    for path in paths if item else ():
        if found := expression.search(path.name):
            leader[lead(path)] = lead(first.setdefault(found[expression.groups > 0], path))
    for one, other in pairs:
        if one in leader and other in leader:
            leader[lead(other)] = lead(one)
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        groups.setdefault(lead(path), []).append(path)
    return list(groups.values())


def divide(
    classes: Classes, shares: Mapping[str, float], groups: Sequence[Sequence[Path]], seed: int, cap: int = 0
) -> Divided:
    """Each class shared among sides as nearly as whole groups allow.

    shares : of the sides by name, together 1. groups : as from `groups_of`. cap : at most so many images of a class,
    0 for all; the others are left out. The same seed gives the same sides. Raises ArgumentError for shares that are not
    above 0 or not 1 together, or a cap below 0.
    """
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ArgumentError("--share", found=list(shares.values()), expected="parts above 0 that make 1 together")
    class_of = {path: name for name, paths in classes.items() for path in paths}
    kept, left = _capped(classes, groups, class_of, seed, cap)
    totals = Counter(class_of[path] for group in kept for path in group)
    missing = {(side, name): share * total for side, share in shares.items() for name, total in totals.items()}
    sides: dict[str, dict[str, list[Path]]] = {side: {name: [] for name in classes} for side in shares}
    for group in sorted(kept, key=len, reverse=True):
        held = Counter(class_of[path] for path in group)
        side = max(shares, key=lambda each: sum(missing[each, name] * n / totals[name] for name, n in held.items()))
        for path in group:
            sides[side][class_of[path]].append(path)
            missing[side, class_of[path]] -= 1
    for by_class in sides.values():
        for paths in by_class.values():
            paths.sort()
    return Divided(sides, left)


def _capped(
    classes: Classes, groups: Sequence[Sequence[Path]], class_of: Mapping[Path, str], seed: int, cap: int
) -> tuple[list[Sequence[Path]], dict[str, list[Path]]]:
    """The groups in the order drawn, as far as no class gets more than `cap` images; and what is left."""
    if cap < 0:
        raise ArgumentError("--cap", found=cap, expected="0 for all, or more")
    counts: Counter[str] = Counter()
    left: dict[str, list[Path]] = {name: [] for name in classes}
    kept: list[Sequence[Path]] = []
    for place in np.random.default_rng([seed, 2]).permutation(len(groups)):
        group = [path for path in groups[place] if path in class_of]
        held = Counter(class_of[path] for path in group)
        if cap and any(counts[name] + count > cap for name, count in held.items()):
            for path in group:
                left[class_of[path]].append(path)
        elif group:
            kept.append(group)
            counts += held
    return kept, {name: sorted(paths) for name, paths in left.items() if paths}


def drawn(classes: Classes, share: float, cap: int, seed: int) -> dict[str, list[Path]]:
    """A fraction of each class, at least one and at most `cap` images (0: no cap), drawn by the seed, in order.

    >>> found = drawn({"good": [Path(f"{n}.png") for n in range(10)]}, 0.3, 0, seed=1)
    >>> len(found["good"]), found == drawn({"good": [Path(f"{n}.png") for n in range(10)]}, 0.3, 0, seed=1)
    (3, True)
    """
    if not 0 < share <= 1:
        raise ArgumentError("--share", found=share, expected="above 0, at most 1")
    if cap < 0:
        raise ArgumentError("--cap", found=cap, expected="0 for all, or more")
    found = {}
    for number, (name, paths) in enumerate(classes.items()):
        count = min(len(paths), max(1, round(share * len(paths))), cap or len(paths))
        places = np.random.default_rng([seed, 3, number]).permutation(len(paths))[:count]
        found[name] = [paths[place] for place in sorted(places.tolist())]
    return found


def balanced(classes: Classes, target: int, seed: int) -> dict[str, list[tuple[Path, int]]]:
    """`target` images of each class: some of them where there are more, each again in turn where there are fewer.

    Gives (path, which time): 0 for the image itself, 1 for its first repetition. Raises ArgumentError for a target
    below 1.

    >>> balanced({"few": [Path("a"), Path("b")]}, 5, seed=0)["few"][2:]
    [(PosixPath('a'), 1), (PosixPath('b'), 1), (PosixPath('a'), 2)]
    """
    if target < 1:
        raise ArgumentError("--target", found=target, expected="1 or more")
    chosen = drawn(classes, 1.0, target, seed)
    return {name: [(paths[n % len(paths)], n // len(paths)) for n in range(target)] for name, paths in chosen.items()}
