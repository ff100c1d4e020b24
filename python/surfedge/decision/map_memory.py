"""Memory of large maps, used again once nobody holds the map: fresh pages cost as much time as the map itself."""

from __future__ import annotations

import sys
import threading

import numpy as np

LEAST_BYTES, MOST_BYTES = 8 << 20, 128 << 20  # of a map that is kept; the second of all of them together

_lock = threading.Lock()
_pieces: list[np.ndarray] = []


def map_memory(shape: tuple[int, int]) -> np.ndarray:
    """float32 array of `shape` (H, W), its values anything; the memory of an earlier one that is gone, where it is.

    Whatever looks into an array's memory, slices and tensors among them, refers to the piece behind it. Pieces are told
    to be unused by their references, which Python counts exactly only while it holds its lock.

    >>> map_memory((4, 6)).shape
    (4, 6)
    """
    size = shape[0] * shape[1]
    if not LEAST_BYTES <= 4 * size <= MOST_BYTES or not _counts_exactly():
        return np.empty(shape, np.float32)
    with _lock:
        for piece, count in zip(_pieces, _references(_pieces), strict=True):
            if piece.size == size and count <= _UNUSED:
                return piece.reshape(shape)
        _pieces.append(np.empty(size, np.float32))
        while sum(piece.nbytes for piece in _pieces) > MOST_BYTES:
            del _pieces[0]  # its memory stays as long as a map needs it
        return _pieces[-1].reshape(shape)


def _references(pieces: list[np.ndarray]) -> list[int]:
    """How many references there are to each piece, the list's own and those of counting among them."""
    return [sys.getrefcount(piece) for piece in pieces]


_UNUSED = _references([np.empty(0, np.float32)])[0]  # versions of Python differ in how many counting takes


def _counts_exactly() -> bool:
    return sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
