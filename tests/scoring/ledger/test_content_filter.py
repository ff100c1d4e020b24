"""Contents that were added are never denied, and few others are taken for them."""

from __future__ import annotations

import hashlib

from surfedge.scoring.ledger.content_filter import ContentFilter


def test_what_was_added_is_held_and_little_else() -> None:
    contents = ContentFilter()
    digests = [hashlib.sha256(b"%d" % number).digest() for number in range(40_000)]
    assert not any(map(contents.may_hold, digests))
    for digest in digests[:20_000]:
        contents.add(digest)
    assert all(map(contents.may_hold, digests[:20_000]))
    assert sum(map(contents.may_hold, digests[20_000:])) < 0.01 * 20_000


def test_the_first_and_last_places_are_in_it() -> None:
    contents = ContentFilter()
    for content in (bytes(32), b"\xff" * 32, b""):
        contents.add(content)
        assert contents.may_hold(content)


def test_contents_of_one_other_bit_are_told_apart() -> None:
    """The first 40 bits make two places; a SHA-256 that differs in any of them stands in another."""
    contents = ContentFilter()
    contents.add(bytes(32))
    others = [(1 << bit).to_bytes(32, "little") for bit in range(40)]
    assert not any(map(contents.may_hold, others))
