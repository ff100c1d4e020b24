"""LZW strips of 8 bits that run out: only their last sample shows it, in whichever plane or palette it stands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from images.test_counting_packed_bytes import with_all
from surfedge.errors import ImageError
from surfedge.images import read


def packed(values: Sequence[int]) -> bytes:
    """Codes of 9 bits, one for each byte (TIFF 6.0, section 13)."""
    bits = "".join(f"{code:09b}" for code in (256, *values, 257))
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def lzw(tags: dict[int, tuple[int, ...]], strips: Sequence[Sequence[int]]) -> bytes:
    """A file of 2 x 2 px with these LONG tags, its strips behind them."""
    data = [packed(strip) for strip in strips]
    tags = {256: (2,), 257: (2,), 259: (5,), 278: (2,), **tags, 279: tuple(map(len, data))}
    start = len(with_all({**tags, 273: (0,) * len(data)}))
    return with_all({**tags, 273: tuple(start + len(b"".join(data[:n])) for n in range(len(data)))}) + b"".join(data)


@pytest.mark.parametrize("planes", [3, 4])
@pytest.mark.parametrize("short", range(3))
def test_a_plane_that_runs_out(planes: int, short: int) -> None:
    """Each in a strip of its own; the last sample of the others is none that could be empty."""
    strips = [[10 * plane + n for n in range(1, 5)] for plane in range(planes)]
    tags = {258: (8,) * planes, 262: (2,), 277: (planes,), 284: (2,)} | ({338: (0,)} if planes == 4 else {})
    pixels = read("a.tif", data=lzw(tags, strips)).pixels
    assert pixels.reshape(4, 3).T.tolist() == strips[:3]
    strips[short] = strips[short][:2]
    with pytest.raises(ImageError, match=f"strip or tile {short} holds 2 of 4 bytes"):
        read("a.tif", data=lzw(tags, strips))


@pytest.mark.parametrize(("level", "shown"), [(255, 255), (256, 1), (65535, 255)])
def test_indices_that_run_out(level: int, shown: int) -> None:
    """In a palette of 8 or of 16 bits whose first colour is blue, the others black: what is empty shows that."""
    tags = {258: (8,), 262: (3,), 277: (1,), 320: (*(0,) * 512, level, *(0,) * 255)}
    blue, black = [0, 0, shown], [0, 0, 0]
    assert read("a.tif", data=lzw(tags, [[0, 1, 2, 0]])).pixels.tolist() == [[blue, black], [black, blue]]
    with pytest.raises(ImageError, match="strip or tile 0 holds 2 of 4 bytes"):
        read("a.tif", data=lzw(tags, [[1, 2]]))
