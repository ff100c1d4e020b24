"""Which kinds of TIFF are read: each combination of samples, bits and layout against a table; what is kept of each."""

from __future__ import annotations

import itertools
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import pillow, texture
from images.reading import resized
from images.test_counting_packed_bytes import with_all
from images.test_one_off import one_strip
from surfedge.errors import ImageError
from surfedge.images import check, read
from surfedge.images.headers.tiff import read_header
from surfedge.images.headers.tiff_pages import read_page

# (photometric, samples): bits and sample format (1 unsigned, 3 float) that are read, chunky.
READ = {
    (0, 1): {(1, 1), (8, 1), (16, 1)},  # white is zero
    (1, 1): {(1, 1), (8, 1), (10, 1), (12, 1), (14, 1), (16, 1), (32, 3), (64, 3)},
    (1, 2): {(8, 1)},  # with alpha
    (2, 3): {(8, 1), (16, 1), (32, 3), (64, 3)},
    (2, 4): {(8, 1), (16, 1), (32, 3), (64, 3)},
    (3, 1): {(1, 1), (4, 1), (8, 1)},
    (5, 4): {(8, 1)},
}
DTYPES = {(16, 1): "uint16", (10, 1): "uint16", (12, 1): "uint16", (14, 1): "uint16", (32, 3): "float32"}
DTYPES |= {(64, 3): "float64"}


def header_of(photometric: int, samples: int, bits: int, form: int, planar: int = 1) -> bytes:
    tags = {256: (8,), 257: (1,), 258: (bits,) * samples, 259: (1,), 262: (photometric,), 277: (samples,), 278: (1,)}
    tags |= {284: (planar,), 339: (form,)}
    if photometric == 3 and bits <= 8:
        tags[320] = tuple(range(3 << bits))
    return one_strip(tags, bytes(8))


@pytest.mark.parametrize("photometric", [0, 1, 2, 3, 4, 5, 6, 8])
def test_every_kind(photometric: int) -> None:
    for samples, bits, form, planar in itertools.product(
        range(1, 6), (1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32, 64), (1, 2, 3, 4, 5), (1, 2)
    ):
        kind = (bits, 1 if form == 4 else form)  # 4: undefined, which is taken for unsigned
        is_read = kind in READ.get((photometric, samples), set()) and (planar == 1 or samples == 1 or bits == 8)
        try:
            header = read_header(header_of(photometric, samples, bits, form, planar), "a.tif")
        except ImageError:
            assert not is_read, (samples, bits, form, planar)
            continue
        assert is_read, (samples, bits, form, planar)
        dtype = DTYPES.get(kind, "uint8")
        assert header.dtype == dtype and header.channels == (3 if photometric in (2, 3, 5) else 1)
        held = samples if dtype != "uint8" else 1 if samples == 1 and photometric != 3 else 4
        assert header.samples == held
        assert header.bit_depth == (bits if bits in (10, 12, 14) else 0)
        assert header.inverted == (photometric == 0 and bits == 16)
        assert ("alpha channel dropped" in header.notes) == ((photometric, samples) in ((1, 2), (2, 4)))
        assert ("CMYK converted to RGB without colour profile" in header.notes) == (photometric == 5)
        assert (f"{bits}-bit samples" in header.notes) == (bits in (10, 12, 14))


@pytest.mark.parametrize(
    ("bits", "form", "name"),
    [
        (32, 1, "32-bit unsigned integer"),
        (16, 2, "16-bit signed integer"),
        (16, 3, "16-bit float"),
        (8, 5, "8-bit other"),
    ],
)
def test_samples_that_are_not_read_are_named(bits: int, form: int, name: str) -> None:
    with pytest.raises(ImageError, match=f"found a TIFF of {name} samples"):
        read_header(header_of(1, 1, bits, form), "a.tif")


def test_what_is_said_of_a_kind_without_photometric() -> None:
    tags = {256: (8,), 257: (1,), 258: (8,), 277: (1,), 278: (1,)}
    with pytest.raises(ImageError, match="photometric -1 with 1 samples"):
        read_header(one_strip(tags, bytes(8)), "a.tif")
    with pytest.raises(ImageError, match="photometric 5 with 9 samples per pixel"):
        read_header(header_of(5, 9, 8, 1), "a.tif")


def test_what_is_said_of_bits_that_differ() -> None:
    """Eight of them; of CMYK without a depth the one that is meant."""
    tags = {256: (8,), 257: (1,), 258: (8, 8, 8, 8, 8, 8, 8, 16, 16), 262: (1,), 277: (1,), 278: (1,)}
    with pytest.raises(ImageError, match=r"bits \[8, 8, 8, 8, 8, 8, 8, 16\], photometric 1, planes 1"):
        read_header(one_strip(tags, bytes(8)), "a.tif")
    del tags[258]
    with pytest.raises(ImageError, match=r"of 4 samples, bits \[1\], photometric 5, planes 2"):
        read_header(one_strip(tags | {262: (5,), 277: (4,), 284: (2,)}, bytes(8)), "a.tif")


@pytest.mark.parametrize("turn", range(11))
def test_turns_of_tiff(turn: int) -> None:
    tags = {256: (8,), 257: (1,), 258: (8,), 262: (1,), 274: (turn,), 277: (1,), 278: (1,)}
    for data in (one_strip(tags, bytes(range(8))), with_all(tags)):
        header = read_header(data, "a.tif")
        assert header.notes == ((f"TIFF orientation {turn} ignored",) if 2 <= turn <= 8 else ())
        assert len(header.patches) == (turn != 1)
        for offset, patch in header.patches:
            data = resized(data, offset, patch)
        assert read_page(data, "a.tif").one(274) == 1


@pytest.mark.parametrize("alpha", [0, 1, 2])
def test_alpha_is_not_multiplied_with(alpha: int) -> None:
    """2, unassociated: the decoder would; so the tag is overwritten in a copy."""
    tags = {256: (2,), 257: (1,), 258: (8,) * 4, 262: (2,), 277: (4,), 278: (1,), 338: (alpha,)}
    data = one_strip(tags, bytes([200, 100, 50, 128, 9, 8, 7, 0]))
    patches = read_header(data, "a.tif").patches
    assert [patch for _, patch in patches if patch == b"\0\0"] == [b"\0\0"] * (alpha == 2)
    assert read(Path("a.tif"), data=data).pixels.tolist() == [[[200, 100, 50], [9, 8, 7]]]


@pytest.mark.parametrize("kind", [0, 1, 2, 4, 5])
def test_a_first_page_that_is_a_thumbnail(kind: int) -> None:
    """Bit 0 of tag 254; a mask or a page of several are none."""
    tags = {254: (kind,), 256: (8,), 257: (1,), 258: (8,), 262: (1,), 277: (1,), 278: (1,)}
    if kind & 1:
        with pytest.raises(ImageError, match="first page is a thumbnail"):
            read_header(one_strip(tags, bytes(8)), "a.tif")
    else:
        assert read_header(one_strip(tags, bytes(8)), "a.tif").width == 8


@pytest.mark.parametrize(("compression", "packed", "needed"), [(5, 2, 5460), (8, 10, 10320), (32946, 10, 10320)])
def test_more_than_any_packer_can_hold(compression: int, packed: int, needed: int, tmp_path: Path) -> None:
    """An LZW code of 12 bits stands for 4,095 bytes at most, 2,730 a byte; deflate makes 1,032 of one."""
    for width in (needed, needed + 1):
        tags = {256: (width,), 257: (1,), 258: (8,), 259: (compression,), 262: (1,), 277: (1,), 278: (1,)}
        (tmp_path / "a.tif").write_bytes(one_strip(tags, bytes(packed)))
        if compression == 5 and width == needed:
            assert check(tmp_path / "a.tif").width == width
            continue
        held = packed if width > needed else 0  # a stream that is none inflates to nothing
        with pytest.raises(ImageError, match=f"holds {held} of {width:,} bytes"):
            check(tmp_path / "a.tif")


@pytest.mark.parametrize("needed", [256, 257])
def test_packbits_of_repeats_alone(needed: int, tmp_path: Path) -> None:
    """128 bytes of two: the most there is."""
    tags = {256: (needed,), 257: (1,), 258: (8,), 259: (32773,), 262: (1,), 277: (1,), 278: (1,)}
    (tmp_path / "a.tif").write_bytes(one_strip(tags, bytes([129, 7, 129, 9])))
    if needed == 256:
        assert read(tmp_path / "a.tif").pixels.tolist() == [[7] * 128 + [9] * 128]
    else:
        with pytest.raises(ImageError, match="holds 4 of 257 bytes"):
            check(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["white is zero", "CMYK", "alpha", "grey alpha", "16 bits"])
def test_short_strips_of_rarer_kinds(kind: str, tmp_path: Path) -> None:
    """LZW that runs out in a strip: what the decoder leaves empty looks otherwise in each."""
    grey, colour = texture(1, 60, 40), texture(3, 60, 40)
    grey[-1, -1] = 0  # as nothing shows, where black is zero
    image = {
        "white is zero": Image.fromarray(grey),
        "CMYK": Image.fromarray(colour).convert("CMYK"),
        "alpha": Image.fromarray(texture(4, 60, 40)),
        "grey alpha": Image.fromarray(texture(2, 60, 40)),
        "16 bits": Image.fromarray(grey.astype(np.uint16)),
    }[kind]
    data = pillow(image, "TIFF", compression="tiff_lzw")
    if kind == "white is zero":
        data = resized(data, read_page(data, "a.tif").fields[262].place, b"\0\0")
    assert read(tmp_path / "a.tif", data=data).shape == (60, 40)
    page = read_page(data, "a.tif")
    field, counts = page.fields[279], page.many(279)
    width = field.dtype.itemsize
    for strip in range(len(counts)):
        for share in (0.3, 0.9):
            size = int(counts[strip] * share).to_bytes(width, "little")
            with pytest.raises(ImageError):
                read(tmp_path / "a.tif", data=resized(data, field.place + width * strip, size))


def test_a_deflated_strip_with_more_than_it_needs(tmp_path: Path) -> None:
    """Longer than its pixels is whole; one byte less is not, nor is one without its end."""
    tags = {256: (8,), 257: (2,), 258: (8,), 259: (8,), 262: (1,), 277: (1,), 278: (2,)}
    for size, cut, whole in ((16, 0, True), (17, 0, True), (9000, 0, True), (15, 0, False), (16, 1, False)):
        packed = zlib.compress(bytes(range(16)).ljust(size, b"\0")[:size])
        data = one_strip(tags, packed[: len(packed) - cut])
        (tmp_path / "a.tif").write_bytes(data)
        if whole:
            assert read(tmp_path / "a.tif").pixels.ravel().tolist() == list(range(16))
        else:
            with pytest.raises(ImageError, match=f"holds {15 if size == 15 else 0} of 16 bytes"):
                read(tmp_path / "a.tif")
