"""Splits, samples and balanced sets: by the seed alone, what belongs together on one side."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from surfedge.datasets.dividing import balanced, divide, drawn, groups_of
from surfedge.errors import ArgumentError

CLASSES = {
    name: [Path(f"{name}/coil{item:02}_{shot}.png") for item in range(20) for shot in range(count)]
    for name, count in (("good", 4), ("scratch", 2))
}
PATHS = [path for paths in CLASSES.values() for path in paths]


def item(path: Path) -> str:
    return path.name[:6]


@pytest.mark.parametrize("seed", range(5))
def test_an_item_stays_on_one_side(seed: int) -> None:
    """Coils are in both classes: a coil's good parts and its scratches go together."""
    groups = groups_of(PATHS, r"coil\d+")
    divided = divide(CLASSES, {"train": 0.7, "validation": 0.1, "test": 0.2}, groups, seed)
    side_of = {path: side for side, held in divided.sides.items() for paths in held.values() for path in paths}
    assert len(groups) == 20 and side_of.keys() == set(PATHS) and not divided.left_out
    assert all(len({side_of[path] for path in PATHS if item(path) == name}) == 1 for name in map(item, PATHS))
    assert {side: divided.count(side) for side in divided.sides} == {"train": 84, "validation": 12, "test": 24}


def test_pairs_stay_together_and_the_class_shares_hold() -> None:
    pairs = [(PATHS[n], PATHS[n + 1]) for n in range(0, 60, 2)]
    groups = groups_of(PATHS, "", pairs)
    divided = divide(CLASSES, {"train": 0.8, "test": 0.2}, groups, 3)
    side_of = {path: side for side, held in divided.sides.items() for paths in held.values() for path in paths}
    assert all(side_of[one] == side_of[other] for one, other in pairs)
    assert [len(divided.sides["test"][name]) for name in CLASSES] == [16, 8]


def test_chains_of_items_and_pairs_are_one_group() -> None:
    paths = [Path(name) for name in ("a1.png", "a2.png", "b1.png", "c1.png")]
    (group, alone) = groups_of(paths, "^[a-z]", [(paths[1], paths[2])])
    assert group == paths[:3] and alone == paths[3:]
    assert groups_of(paths, r"^([a-z])\d") == [paths[:2], paths[2:3], paths[3:]]
    assert len(groups_of(paths, "nothing")) == 4
    with pytest.raises(ArgumentError, match="a regular expression"):
        groups_of(paths, "(")


def test_the_seed_decides_and_the_order_given_does_not_leak_classes() -> None:
    groups = groups_of(PATHS)
    first, again, other = (divide(CLASSES, {"train": 0.5, "test": 0.5}, groups, seed) for seed in (1, 1, 2))
    assert first == again and first != other


def test_a_cap_takes_whole_groups_and_names_the_rest() -> None:
    groups = groups_of(PATHS, r"coil\d+")
    divided = divide(CLASSES, {"train": 0.8, "test": 0.2}, groups, 0, cap=40)
    counts = Counter(name for held in divided.sides.values() for name, paths in held.items() for _ in paths)
    assert counts == {"good": 40, "scratch": 20}
    assert len(divided.left_out["good"]) == 40 and len(divided.left_out["scratch"]) == 20


@pytest.mark.parametrize("shares", [{}, {"train": 1.0, "test": 0.0}, {"train": 0.8, "test": 0.3}, {"a": -1, "b": 2}])
def test_wrong_shares(shares: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match="--share"):
        divide(CLASSES, shares, groups_of(PATHS), 0)
    with pytest.raises(ArgumentError, match="--cap"):
        divide(CLASSES, {"train": 1.0}, groups_of(PATHS), 0, cap=-1)


def test_samples() -> None:
    found = drawn(CLASSES, 0.25, 0, seed=1)
    assert [len(paths) for paths in found.values()] == [20, 10] and found["good"] == sorted(found["good"])
    assert drawn(CLASSES, 0.25, 0, seed=1) == found != drawn(CLASSES, 0.25, 0, seed=2)
    assert [len(paths) for paths in drawn(CLASSES, 1.0, 30, seed=1).values()] == [30, 30]
    assert [len(paths) for paths in drawn(CLASSES, 0.001, 0, seed=1).values()] == [1, 1]
    for share, cap in ((0, 0), (1.5, 0), (0.5, -1)):
        with pytest.raises(ArgumentError):
            drawn(CLASSES, share, cap, 0)


def test_balanced_sets() -> None:
    found = balanced(CLASSES, 60, seed=4)
    assert [len(images) for images in found.values()] == [60, 60]
    assert len({path for path, _ in found["good"]}) == 60 and all(time == 0 for _, time in found["good"])
    assert Counter(time for _, time in found["scratch"]) == {0: 40, 1: 20}
    with pytest.raises(ArgumentError, match="--target"):
        balanced(CLASSES, 0, 0)
