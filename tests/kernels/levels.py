"""Tools of the kernel tests: each level's module, arrays at awkward places in memory, random ugly shapes."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest

from surfedge import kernels

LEVELS = kernels.available_isas()
VECTOR_LANES = (4, 8, 16, 32, 64)  # elements of a register at some level and some type

each_level = pytest.mark.parametrize("level", LEVELS)


def native(level: str) -> ModuleType:
    """The native module of a level, whatever level the process runs at."""
    return import_module(f"surfedge._native_{level}")


@contextmanager
def threads(module: ModuleType, count: int) -> Iterator[None]:
    before = module.threads()
    module.set_threads(count)
    try:
        yield
    finally:
        module.set_threads(before)


def ugly_length(rng: np.random.Generator, *, least: int = 0, most: int = 150) -> int:
    """0, 1, a register's width plus or minus 1 and its multiples, or anything."""
    kind = rng.integers(4)
    if kind == 0:
        length = int(rng.integers(0, 4))
    elif kind == 1:
        length = int(rng.choice(VECTOR_LANES) * rng.integers(1, 3) + rng.integers(-1, 2))
    else:
        length = int(rng.integers(0, most + 1))
    return min(max(length, least), most)


def misaligned(array: np.ndarray, elements: int) -> np.ndarray:
    """A copy that starts `elements` elements after an address divisible by 64."""
    room = np.empty(array.nbytes + 128 + elements * array.itemsize, np.uint8)
    start = -room.ctypes.data % 64 + elements * array.itemsize
    copy = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


class Guarded:
    """Memory between two pages that must not be touched; an array in it ends (or begins) right at one."""

    def __init__(self, most_bytes: int = 1 << 20) -> None:
        if sys.platform == "win32":
            pytest.skip("mprotect is POSIX")
        page = mmap.PAGESIZE
        self.bytes = -(-most_bytes // page) * page
        self.memory = mmap.mmap(-1, self.bytes + 2 * page)
        self.first = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for edge in (self.first, self.first + page + self.bytes):
            assert protect(edge, page, 0) == 0, ctypes.get_errno()

    def copy(self, array: np.ndarray, *, at_end: bool) -> np.ndarray:
        assert array.nbytes <= self.bytes
        start = mmap.PAGESIZE + (self.bytes - array.nbytes if at_end else 0)
        inside = np.frombuffer(self.memory, np.uint8, array.nbytes, start).view(array.dtype).reshape(array.shape)
        inside[...] = array
        return inside
