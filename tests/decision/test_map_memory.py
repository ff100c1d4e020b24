"""Memory of large maps is used again, and never while anybody can still see it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from surfedge.decision import map_memory as memory
from surfedge.decision.map_memory import MOST_BYTES, map_memory
from surfedge.decision.raw_map import RawMap
from surfedge.decision.upsampling import stretch

SHAPE = (1500, 2000)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_pieces", [])


def place(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_that_nobody_holds_is_used_again() -> None:
    first = map_memory(SHAPE)
    where = place(first)
    del first
    again = map_memory(SHAPE[::-1])
    assert place(again) == where and again.shape == SHAPE[::-1] and again.flags.c_contiguous
    assert place(map_memory(SHAPE)) != where


@pytest.mark.parametrize(
    "look",
    [
        lambda a: a,
        lambda a: a[5:, ::2],
        lambda a: a.T,
        lambda a: memoryview(a),
        lambda a: a.view(np.uint8),
        lambda a: a.flat,
    ],
    ids=["itself", "slice", "turned", "memoryview", "bytes", "iterator"],
)
def test_whatever_looks_into_a_map_keeps_it(look: Callable[[np.ndarray], object]) -> None:
    first = map_memory(SHAPE)
    where = place(first)
    held = look(first)
    del first
    assert place(map_memory(SHAPE)) != where
    del held
    assert place(map_memory(SHAPE)) == where


def test_a_map_stays_what_it_was_while_others_are_made() -> None:
    maps = [RawMap(np.full((3, 4), value, np.float32), cell_px=None) for value in range(9)]

    def look(number: int) -> bool:
        first = stretch(maps[number], SHAPE)
        row = first[700]
        del first
        others = [stretch(maps[(number + step) % 9], SHAPE) for step in (1, 2)]
        return bool((row == number).all()) and all(
            (o == (number + s) % 9).all() for s, o in zip((1, 2), others, strict=True)
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(look, range(9)))


def test_small_and_huge_maps_are_not_kept() -> None:
    for shape in ((100, 100), (1, MOST_BYTES // 4 + 1)):
        map_memory(shape)
    assert not memory._pieces
    held = [map_memory((1000, 8000)) for _ in range(6)]
    assert sum(piece.nbytes for piece in memory._pieces) <= MOST_BYTES and len({place(each) for each in held}) == 6


def test_a_map_that_hangs_over_is_cut_and_its_own() -> None:
    rng = np.random.default_rng(0)
    raw_map = RawMap(rng.random((300, 400), np.float32), cell_px=7)
    found = stretch(raw_map, (2095, 2794))
    assert found.shape == (2095, 2794) and found.flags.c_contiguous
    small = RawMap(raw_map.map[:5, :6].copy(), cell_px=7)
    np.testing.assert_array_equal(stretch(small, (33, 40))[:20, :20], found[:20, :20])


def test_references_count_only_where_python_counts_them_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.sys, "_is_gil_enabled", lambda: True, raising=False)
    assert memory._counts_exactly()
    monkeypatch.setattr(memory.sys, "_is_gil_enabled", lambda: False)
    assert not memory._counts_exactly()
    monkeypatch.setattr(memory.sys, "_is_gil_enabled", lambda: True)
    monkeypatch.setattr(memory.sys.implementation, "name", "pypy")
    assert not memory._counts_exactly()
    map_memory(SHAPE)
    assert not memory._pieces
