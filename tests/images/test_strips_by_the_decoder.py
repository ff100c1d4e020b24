"""Strips that are too large to be counted in Python: the decoder tells whole ones from short ones, as counting does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from surfedge.errors import ImageError
from surfedge.images.headers import tiff_probe
from surfedge.images.headers.tiff_pages import read_page
from surfedge.images.headers.tiff_pieces import Pieces
from surfedge.images.headers.tiff_probe import Packing, check_held
from surfedge.images.headers.tiff_strips import packbits_size

PACKBITS = 32773
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def packed(size: int) -> bytes:
    """`size` bytes as PackBits holds them that never repeat: runs of up to 100 bytes as they are."""
    values = bytes(7 * n % 251 for n in range(size))
    runs = [values[first : first + 100] for first in range(0, size, 100)]
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


def verdict(sizes: Sequence[int], needed: Sequence[int], chosen: Sequence[int] | None = None, order: int = 1) -> str:
    """What is said of strips that hold `sizes` bytes where `needed` are, behind 5 bytes of something else."""
    strips = [packed(size) for size in sizes]
    counts = np.array([len(strip) for strip in strips])
    data = b"other" + b"".join(strips)
    data = data.translate(REVERSED) if order == 2 else data
    offsets = 5 + np.concatenate([[0], np.cumsum(counts)[:-1]])
    pieces = Pieces(offsets, counts, np.array(needed), 1, 1, 1, 1, (1, 1))
    numbers = np.arange(len(sizes)) if chosen is None else np.array(chosen)
    try:
        check_held(data, pieces, numbers, Packing(packbits_size, PACKBITS, order), "a.tif")
    except ImageError as error:
        return error.found
    return ""


@pytest.fixture(params=["small", "wide", "many", "bytes"])
def by_decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is counted; pictures of one row or of several, one strip in each or as many as there are."""
    monkeypatch.setattr(tiff_probe, "COUNTED_BYTES", 0)
    name, value = {
        "small": ("_SIDE", 1 << 19),
        "wide": ("_SIDE", 8),
        "many": ("_MAX_ROWS", 4),
        "bytes": ("_MAX_BYTES", 300),
    }[request.param]
    monkeypatch.setattr(tiff_probe, name, value)


@pytest.mark.usefixtures("by_decoder")
@pytest.mark.parametrize("order", [1, 2])
def test_the_decoder_tells_whole_strips_from_short_ones(order: int) -> None:
    for needed in (2, 3, 16, 17, 32, 100, 201, 400):
        whole = [needed] * 7
        assert verdict(whole, whole, order=order) == "", needed
        for short in (0, 3, 6):
            sizes = [size - (2 if n == short else 0) for n, size in enumerate(whole)]
            found = f"a TIFF of which a strip or tile holds fewer than {needed:,} bytes of pixels"
            assert verdict(sizes, whole, order=order) == found, (needed, short)


@pytest.mark.usefixtures("by_decoder")
def test_strips_of_several_sizes() -> None:
    """Those of one size are looked at together, and only those that are asked for."""
    needed = [100, 40, 100, 40, 1, 0]
    assert verdict(needed, needed) == ""
    assert "fewer than 40 bytes" in verdict([100, 40, 100, 36, 1, 0], needed)
    assert "fewer than 100 bytes" in verdict([100, 40, 90, 40, 1, 0], needed)
    assert verdict([100, 40, 90, 40, 1, 0], needed, chosen=[0, 1, 3, 4, 5]) == ""
    assert verdict([100, 40, 100, 40, 0, 0], needed) == ""  # one byte is no sample of 16 bits


def test_few_bytes_are_counted_and_many_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting names the strip and what it holds; up to the limit of packed bytes, of strips that are asked for."""
    size = len(packed(40))
    for limit, counted in ((3 * size, True), (3 * size - 1, False)):
        monkeypatch.setattr(tiff_probe, "COUNTED_BYTES", limit)
        said = verdict([40, 40, 40], [40, 41, 40])
        assert said == ("a TIFF whose strip or tile 1 holds 40 of 41 bytes of pixels" if counted else "")
        assert "strip or tile 1 holds 40 of 42 bytes" in verdict([40, 40, 40], [40, 42, 40], chosen=[1])
    assert "fewer than 42 bytes" in verdict([40], [42], order=2)


@pytest.mark.parametrize(
    ("needed", "rows", "size", "together"),
    [(100, 1000, 1000, [7]), (100, 3, 1000, [3, 3, 1]), (100, 1000, 399, [3, 3, 1]), (100, 1000, 99, [1] * 7)],
)
def test_how_many_strips_are_decoded_together(
    needed: int, rows: int, size: int, together: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most as many rows as a picture may have, and bytes as memory is given; one at least."""
    heights: list[int] = []
    monkeypatch.setattr(tiff_probe, "COUNTED_BYTES", 0)
    monkeypatch.setattr(tiff_probe, "_MAX_ROWS", rows)
    monkeypatch.setattr(tiff_probe, "_MAX_BYTES", size)
    monkeypatch.setattr(tiff_probe, "decode_bytes", lambda data: heights.append(read_page(data, "a").one(257)) or 1)
    assert verdict([needed] * 7, [needed] * 7) == "" and heights == together
