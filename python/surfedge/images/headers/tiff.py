"""TIFF 6.0 (Adobe, 1992) and BigTIFF: first page of grey, palette, RGB or CMYK in strips or tiles.

Accepted is what the decoder was shown to read exactly; the rest (fax and JPEG inside TIFF, signed or 32-bit
integers, 16-bit planes, half floats) is refused by name.
"""

from __future__ import annotations

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers.format import SAVE_AS_PNG, Decode, Format, Header, damaged
from surfedge.images.headers.tiff_pages import PAGES_NOTE, Bytes, Page, count_pages, read_page
from surfedge.images.headers.tiff_pieces import pieces_of
from surfedge.images.headers.tiff_probe import Packing, check_held
from surfedge.images.headers.tiff_strips import deflate_size, lzw_size, packbits_size

_COMPRESSIONS = {1: "none", 5: "LZW", 8: "deflate", 32946: "deflate", 32773: "PackBits"}
_DEFLATE, _PACKBITS, _LZW = (8, 32946), 32773, 5
# Bytes that one compressed byte can become: an LZW code of 12 bits up to 4,095; PackBits 128 from 2.
_MAX_RATIO = {1: 1, 5: 2730, 8: 1032, 32946: 1032, 32773: 64}
_PHOTOMETRICS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4}  # white is zero, black is zero, RGB, palette, CMYK -> samples
_DTYPES = {(1, 8): "uint8", (1, 16): "uint16", (3, 32): "float32", (3, 64): "float64"}
_PACKED_BITS = (10, 12, 14)
_DTYPES |= {(1, bits): "uint16" for bits in _PACKED_BITS}


def read_header(data: Bytes, name: str) -> Header:
    """Size, samples and layout of the first page."""
    page = read_page(data, name)
    photometric, bits = page.one(262), page.one(258)
    samples = page.one(277)
    extra = samples - _PHOTOMETRICS.get(photometric, samples)
    _check_kind(page, photometric, extra, name)
    sample_format = page.one(339)
    if sample_format == 4:  # undefined
        sample_format = 1
    packed = sample_format == samples == 1 and (bits == 1 or (bits == 4 and photometric == 3))
    dtype = "uint8" if packed else _DTYPES.get((sample_format, bits), "")
    packed_colour = bits in _PACKED_BITS and (samples > 1 or photometric != 1)
    if not dtype or packed_colour or (photometric == 3 and dtype != "uint8"):
        kind = {1: "unsigned integer", 2: "signed integer", 3: "float"}.get(sample_format, "other")
        found = f"a TIFF of {bits}-bit {kind} samples"
        expected = "unsigned 8 or 16 bits, packed 1, 10, 12 or 14 bits grey, float of 32 or 64 bits"
        raise ImageError(name, found=found, expected=expected, remedy="convert it to one of these")
    colour = photometric in (2, 5) or (photometric == 3 and not _grey_palette(page, bits, name))
    held = samples if dtype != "uint8" else 1 if samples == 1 and photometric != 3 else 4
    return Header(
        "TIFF",
        page.one(256),
        page.one(257),
        3 if colour else 1,
        dtype,
        held,
        bit_depth=bits if bits in _PACKED_BITS else 0,
        inverted=photometric == 0 and dtype == "uint16",
        notes=_notes(page, photometric, extra, bits),
        plain_at=_plain_at(page, (photometric, samples, bits)),
        end_is_checked=page.one(259) in _DEFLATE,
        patches=_patches(page, extra),
    )


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """Every strip or tile of the first page lies inside the file and can hold its pixels; pages end."""
    page = read_page(data, name)
    pieces = pieces_of(page, header, name)
    compression = page.one(259)
    pieces.check_inside(len(data), _MAX_RATIO[compression], name)
    if compression in _DEFLATE:
        for index in range(len(pieces)):
            pieces.check_held(index, deflate_size(pieces.bytes_of(data, index), int(pieces.needed[index])), name)
    if compression == _PACKBITS:
        check_held(data, pieces, np.arange(len(pieces)), Packing(packbits_size, _PACKBITS, page.one(266)), name)
    pages = count_pages(data, name)
    return (PAGES_NOTE.format(pages),) if pages > 1 else ()


def check_pixels(data: bytes, header: Header, pixels: np.ndarray, _: Decode, name: str) -> None:
    """Refuse LZW data that ran out: the decoder leaves 8-bit strips and tiles empty from there on.

    Only those are looked at whose last sample could be an empty one.
    """
    page = read_page(data, name)
    if page.one(259) != _LZW or header.dtype != "uint8":
        return  # the decoder itself refuses what is short in deeper samples
    pieces = pieces_of(page, header, name)
    empty, (y, x, plane) = _empty_sample(page), pieces.last_pixels()
    channel = np.minimum(plane, 2) if pieces.planes > 1 else np.full(len(pieces), header.channels - 1)
    last = pixels[y, x, channel] if pixels.ndim == 3 else pixels[y, x]
    suspects = np.arange(len(pieces)) if empty is None else np.flatnonzero(last == empty)
    check_held(data, pieces, suspects, Packing(lzw_size, _LZW, page.one(266)), name)


def _empty_sample(page: Page) -> int | None:
    """What the last channel shows where all stored bits are 0; None where that is not simple."""
    photometric = page.one(262)
    if photometric == 3:
        values = page.many(320)
        return int(values[2 * len(values) // 3]) >> (8 if values.max() > 255 else 0)
    return {0: 255, 1: 0, 2: 0}.get(photometric)


def _check_kind(page: Page, photometric: int, extra: int, name: str) -> None:
    compression, planar = page.one(259), page.one(284)
    bits, samples = page.many(258), page.one(277)
    if compression not in _COMPRESSIONS:
        kind = {2: "CCITT fax", 3: "fax 3", 4: "fax 4", 6: "old JPEG", 7: "JPEG", 50000: "Zstandard"}
        found = f"a TIFF with {kind.get(compression, 'unknown')} compression ({compression})"
        raise ImageError(name, found=found, expected="none, LZW, deflate or PackBits", remedy=SAVE_AS_PNG)
    if photometric not in _PHOTOMETRICS or extra not in (0, 1) or (extra and photometric not in (1, 2)):
        found = f"a TIFF of photometric {photometric} with {samples} samples per pixel"
        raise ImageError(name, found=found, expected="grey, RGB, RGBA, palette or CMYK", remedy=SAVE_AS_PNG)
    grey_alpha = extra == 1 and photometric == 1 and page.one(258) != 8
    planes = planar != 1 and samples > 1 and page.one(258) != 8
    deep_cmyk = photometric == 5 and page.one(258) != 8
    white_float = photometric == 0 and page.one(339) == 3
    if len(np.unique(bits)) > 1 or grey_alpha or planes or deep_cmyk or white_float:
        found = (
            f"a TIFF of {samples} samples, bits {bits[:8].tolist() or [1]}, photometric {photometric}, planes {planar}"
        )
        raise ImageError(name, found=found, expected="grey or interleaved RGB(A)", remedy=SAVE_AS_PNG)
    if page.one(254) & 1:
        found, remedy = "a TIFF whose first page is a thumbnail", "save the full image as the first page"
        raise ImageError(name, found=found, expected="a full image", remedy=remedy)


def _grey_palette(page: Page, bits: int, name: str) -> bool:
    values = page.many(320)
    if values.size != 3 << bits:
        raise damaged(name, f"a TIFF palette of {values.size:,} values")
    red, green, blue = values.reshape(3, -1)
    return bool((red == green).all() and (green == blue).all())


def _plain_at(page: Page, kind: tuple[int, int, int]) -> int:
    """Where 8-bit grey or RGB lies in one strip as it is shown; 0 for all else.

    The decoder reads 8 bits through libtiff's RGBA interface, which takes five bytes a pixel more for a whole strip.
    """
    is_one = page.many(273).size == 1 and 322 not in page.fields
    is_plain = kind in ((1, 1, 8), (2, 3, 8)) and page.one(259) == 1 and page.one(266) == 1
    return page.one(273) if is_one and is_plain else 0


def _notes(page: Page, photometric: int, extra: int, bits: int) -> tuple[str, ...]:
    notes = ["alpha channel dropped"] if extra else []
    if 2 <= page.one(274) <= 8:
        notes.append(f"TIFF orientation {page.one(274)} ignored")
    if photometric == 5:
        notes.append("CMYK converted to RGB without colour profile")
    if bits in _PACKED_BITS:
        notes.append(f"{bits}-bit samples")
    return tuple(notes)


def _patches(page: Page, extra: int) -> tuple[tuple[int, bytes], ...]:
    """The decoder turns by the orientation tag and multiplies colours by unassociated alpha: prevent both."""
    patches = []
    if page.one(274) != 1:
        patches.append(page.overwrite(274, 1))
    if extra and page.one(338) == 2:
        patches.append(page.overwrite(338, 0))
    return tuple(patches)


FORMAT = Format(
    "TIFF",
    (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    (".tif", ".tiff"),
    read_header,
    check_complete,
    check_pixels,
    is_scattered=True,
    count_pages=count_pages,
)
