"""Where a PNG ends, to the byte, and what its header says: chunks, samples, methods."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from images.encoders import chunk, png, texture
from surfedge.errors import ImageError
from surfedge.images import check
from surfedge.images.headers.png import read_header

WHOLE = png(texture(1, 4, 4), 8, 0)
SIZE = len(WHOLE)


def notes_of(data: bytes, folder: Path) -> tuple[str, ...]:
    (folder / "a.png").write_bytes(data)
    return check(folder / "a.png").notes


def test_the_shortest_header() -> None:
    """8 bytes of signature, a chunk of 13."""
    assert read_header(WHOLE[:33], "a.png").width == 4
    with pytest.raises(ImageError, match="without a whole IHDR chunk"):
        read_header(WHOLE[:32], "a.png")


@pytest.mark.parametrize(
    ("cut", "found"),
    [
        (1, f"a truncated PNG ({SIZE - 1} bytes, chunk IEND ends at {SIZE})"),
        (4, f"a truncated PNG ({SIZE - 4} bytes, chunk IEND ends at {SIZE})"),
        (5, "a truncated PNG (no IEND chunk)"),  # a byte less than a chunk's size and name
        (12, "a truncated PNG (no IEND chunk)"),
        (13, f"a truncated PNG ({SIZE - 13} bytes, chunk IDAT ends at {SIZE - 12})"),
    ],
)
def test_where_it_was_cut(cut: int, found: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        notes_of(WHOLE[:-cut], tmp_path)
    assert caught.value.found == found


def test_what_follows_the_end_is_counted(tmp_path: Path) -> None:
    """Whatever it is: it is not looked at."""
    assert notes_of(WHOLE, tmp_path) == () == notes_of(WHOLE[:-12] + chunk(b"IEND", b"abc"), tmp_path)
    for rest in (b"abc", chunk(b"ABCD", b"")):
        assert notes_of(WHOLE + rest, tmp_path) == (f"{len(rest)} bytes after the end of the image ignored",)


def test_an_animation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="an animated PNG"):
        notes_of(png(texture(1, 4, 4), 8, 0, before=chunk(b"acTL", bytes(8))), tmp_path)


@pytest.mark.parametrize(("colour", "samples"), [(0, 1), (2, 3), (3, 3), (4, 4), (6, 4)])
def test_samples_that_the_decoder_holds(colour: int, samples: int) -> None:
    """Palettes become colours, grey with alpha becomes colours with alpha, as any picture with a transparent value."""
    pixels = np.zeros((4, 4, {2: 3, 4: 2, 6: 4}.get(colour, 1)), np.uint8)
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    for more, held in ((b"", samples), (chunk(b"tRNS", bytes(2)), 4)):
        read = read_header(png(pixels, 8, colour, before=palette + more), "a.png")
        assert (read.samples, read.decoded_bytes) == (held, 16 * held)
        assert read.notes == ("alpha channel dropped",) * (held == 4)


@pytest.mark.parametrize("methods", [(0, 0, 0), (0, 0, 1), (1, 0, 0), (0, 1, 0), (0, 0, 2)])
def test_methods_of_packing_filtering_and_interlacing(methods: tuple[int, int, int]) -> None:
    """One of each, and interlacing or none (PNG, third edition, section 11.2.1)."""
    header = struct.pack(">IIBBBBB", 4, 4, 8, 0, *methods)
    data = WHOLE[:8] + chunk(b"IHDR", header) + WHOLE[33:]
    if methods[:2] == (0, 0) and methods[2] < 2:
        assert read_header(data, "a.png").width == 4
        return
    with pytest.raises(ImageError, match="PNG colour type 0, depth 8, methods {}/{}/{}".format(*methods)):
        read_header(data, "a.png")
