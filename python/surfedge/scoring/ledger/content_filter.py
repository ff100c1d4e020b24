"""Which contents are surely not in the ledger: most images of a run are new, and are not looked up."""

from __future__ import annotations

BITS = 20  # of a place: a filter of 128 KiB, which tells nearly all of 100,000 contents apart


class ContentFilter:
    """Remembers contents in a fixed room; of a new one it may say that it was there, never the reverse.

    B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970, with two places for each content;
    a SHA-256 needs no hashing of its own. Any thread may ask while another adds.

    >>> contents = ContentFilter()
    >>> contents.add(bytes(32))
    >>> contents.may_hold(bytes(32)), contents.may_hold(bytes(range(32)))
    (True, False)
    """

    def __init__(self) -> None:
        self._bits = bytearray(1 << BITS >> 3)

    def add(self, content: bytes) -> None:
        """Remembers `content`, 32 bytes."""
        for place in _places(content):
            self._bits[place >> 3] |= 1 << (place & 7)

    def may_hold(self, content: bytes) -> bool:
        """False for what was never added."""
        return all(self._bits[place >> 3] >> (place & 7) & 1 for place in _places(content))


def _places(content: bytes) -> tuple[int, int]:
    number = int.from_bytes(content[:5], "little")
    return number & (1 << BITS) - 1, number >> BITS
