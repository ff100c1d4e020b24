"""Images in: read, check, convert. One definition for files and arrays, used by every method.

A file is read as bytes, its header and structure are checked before a decoder sees it, and what was left out
is noted: alpha is dropped, an EXIF turn is ignored, the first of several pages is taken. A truncated, foreign
or damaged file raises ImageError with the reason; it is never partly returned.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images.arrays import check_depth, check_options, constant_end, depth_hint, shaped, turned, unit_range
from surfedge.images.headers.file_bytes import FileBytes, display_name
from surfedge.images.headers.format import Format, Header, check_size, identify, whole_file
from surfedge.images.pages import select_page

PIXEL_LIMIT = 512 * 2**20


@dataclass(frozen=True)
class Frame:
    """One image, as stored: never turned, never changed.

    pixels : read-only, C-contiguous, (H, W) grey or (H, W, 3) RGB; uint8, uint16, or float32 in [0, 1].
    white : the value that means 1.0: 255, 2**bit_depth - 1, or 1.
    notes : what was dropped, ignored or converted.
    source : path or "array".
    """

    pixels: np.ndarray = field(repr=False)
    white: int
    notes: tuple[str, ...] = ()
    source: str = "array"

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def read(
    path: str | os.PathLike[str],
    *,
    pixel_limit: int = PIXEL_LIMIT,
    value_range: tuple[float, float] | None = None,
    bit_depth: int | None = None,
    page: int = 0,
    data: bytes | None = None,
) -> Frame:
    """Read an image file: PNG, JPEG, BMP, TIFF or WebP, recognised by content.

    pixel_limit : largest image in pixels, compared with the header before anything is decoded.
    value_range : (low, high) of float files, mapped to [0, 1]; without it they must lie in [0, 1].
    bit_depth : significant bits of 16-bit files, 8 to 16; by default what the file says, else 16.
    page : of a TIFF with several, see `count_pages`, counted from 1; 0 is the first, with a note that there are more.
    data : the file's bytes, for whoever has read them already.

    value_range and bit_depth speak of one kind of file each; other files are not touched by them.
    Raises ImageError (missing, foreign, truncated, damaged, too large, out of range) and ArgumentError.

    >>> import tempfile, cv2
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = cv2.imwrite(f"{folder}/plate.png", np.full((4, 6), 7, np.uint8))
    ...     frame = read(f"{folder}/plate.png")
    >>> frame.shape, frame.pixels.dtype.name, frame.white, frame.notes
    ((4, 6), 'uint8', 255, ())
    """
    from surfedge.images.headers.opencv import decode, decode_bytes

    if data is None:
        name, data = _bytes_of(path, pixel_limit)
    else:
        name = display_name(path)
    if page:
        data = select_page(data, page, name)
    file_format, header = _check(data, name, pixel_limit)
    pixels = decode(data, header, name)
    if file_format.check_pixels is not None:
        file_format.check_pixels(data, header, pixels, decode_bytes, name)
    depth = bit_depth if bit_depth is not None else header.bit_depth or None
    frame = from_array(pixels, value_range=value_range, bit_depth=depth, source=name)
    notes = header.notes + frame.notes
    if not header.end_is_checked:
        notes += constant_end(frame.pixels, at_top=header.last_rows_first)
    return replace(frame, notes=notes) if notes else frame


def check(path: str | os.PathLike[str], *, pixel_limit: int = PIXEL_LIMIT) -> Header:
    """Everything that `read` checks before decoding: format, size, completeness. Raises ImageError.

    Fast: for sorting a folder. Damage that only decoding shows is not found here.
    """
    name, data = _bytes_of(path, pixel_limit)
    return _check(data, name, pixel_limit)[1]


def from_array(
    array: np.ndarray,
    *,
    value_range: tuple[float, float] | None = None,
    bit_depth: int | None = None,
    color_order: str = "rgb",
    source: str = "array",
) -> Frame:
    """A Frame from an array, which is never changed; shared without a copy where it fits as it is.

    array : (H, W), (H, W, 1), (H, W, 3), or (H, W, 4) whose alpha is dropped; bool, uint8, uint16, float16,
        float32 or float64.
    value_range, bit_depth : as for `read`. color_order : "rgb" or "bgr".

    Raises ImageError (another shape or type, empty, NaN or infinity, values out of range) and ArgumentError.

    >>> frame = from_array(np.array([[0.0, 20.0], [10.0, 5.0]]), value_range=(0.0, 20.0))
    >>> to_grey_f32(frame).tolist()
    [[0.0, 1.0], [0.5, 0.25]]
    """
    check_options(value_range, bit_depth, color_order)
    pixels, notes = shaped(np.asarray(array), source)
    if color_order == "bgr" and pixels.ndim == 3:
        pixels = turned(pixels)
    white = 1
    if pixels.dtype == np.bool_:
        pixels, white = np.multiply(pixels, np.uint8(255), dtype=np.uint8), 255
    elif pixels.dtype == np.uint8:
        white = 255
    elif pixels.dtype.kind == "u":
        pixels, white = pixels.astype(np.uint16, copy=False), (1 << (bit_depth or 16)) - 1
        check_depth(pixels, white, source)
        notes += depth_hint(pixels) if bit_depth is None else ()
    else:
        pixels = unit_range(pixels, value_range, source)
    pixels = np.ascontiguousarray(pixels).view()
    pixels.flags.writeable = False
    return Frame(pixels, white, notes, source)


def cropped(frame: Frame, y: int, x: int, side_px: int) -> Frame:
    """The square of the frame whose first pixel is (x, y); what an edge cuts off is left out."""
    pixels = np.ascontiguousarray(frame.pixels[y : y + side_px, x : x + side_px])
    return Frame(pixels, frame.white, source=frame.source)


def resized(frame: Frame, size: tuple[int, int]) -> Frame:
    """The frame at (H, W) pixels, at its own depth, by averages where it shrinks; itself where it has that size."""
    if frame.shape == size:
        return frame
    block_px = frame.shape[0] // size[0], frame.shape[1] // size[1]
    is_whole = (block_px[0] * size[0], block_px[1] * size[1]) == frame.shape
    if is_whole and frame.pixels.dtype == np.uint8 and block_px != (2, 2) and max(block_px) <= kernels.MAX_BLOCK_PX:
        return replace(frame, pixels=kernels.block_means(frame.pixels, block_px))
    import cv2

    return replace(frame, pixels=cv2.resize(frame.pixels, size[::-1], interpolation=cv2.INTER_AREA))


def to_grey_u8(frame: Frame) -> np.ndarray:
    """uint8 (H, W), 255 is white; the frame's own array, not a copy, where it is that already.

    Colour becomes luma (Rec. ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B) at the frame's own depth, rounded as
    OpenCV does; then deeper samples are scaled and rounded to the nearest.

    >>> to_grey_u8(from_array(np.uint8([[[255, 0, 0]]]))).tolist()
    [[76]]
    """
    return _to_u8(_grey(frame), frame.white)


def to_grey_f32(frame: Frame) -> np.ndarray:
    """float32 (H, W) in [0, 1]: the luma of `to_grey_u8` at the frame's own depth, divided by white."""
    return _to_f32(_grey(frame), frame.white)


def to_rgb_u8(frame: Frame) -> np.ndarray:
    """uint8 (H, W, 3), for images; grey is repeated."""
    return _rgb(_to_u8(frame.pixels, frame.white))


def to_picture(frame: Frame) -> np.ndarray:
    """What people look at: the frame's own pixels, 16-bit ones as uint8; (H, W) or (H, W, 3), uint8 or float32."""
    return _to_u8(frame.pixels, frame.white) if frame.pixels.dtype == np.uint16 else frame.pixels


def to_rgb_f32(frame: Frame) -> np.ndarray:
    """float32 (H, W, 3) in [0, 1]; grey is repeated."""
    return _rgb(_to_f32(frame.pixels, frame.white))


def _check(data: bytes, name: str, pixel_limit: int) -> tuple[Format, Header]:
    file_format = identify(data, name)
    header = file_format.read_header(data, name)
    check_size(header, pixel_limit, name)
    notes = header.notes + file_format.check_complete(data, header, name)
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in file_format.suffixes:
        notes += (f"named {suffix or 'without extension'}, content is {file_format.name}",)
    return file_format, replace(header, notes=notes) if notes != header.notes else header


def _bytes_of(path: str | os.PathLike[str], pixel_limit: int) -> tuple[str, bytes]:
    with FileBytes(path, _byte_limit(pixel_limit)) as file:
        return file.name, whole_file(file, pixel_limit)


def _byte_limit(pixel_limit: int) -> int:
    if not isinstance(pixel_limit, int) or pixel_limit < 1:
        raise ArgumentError("pixel_limit", found=repr(pixel_limit), expected="a whole number of 1 or more")
    return 16 * pixel_limit + 2**26  # float32 with alpha, and room for metadata


def _grey(frame: Frame) -> np.ndarray:
    if frame.pixels.ndim == 2:
        return frame.pixels
    import cv2

    grey = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    return np.minimum(grey, 1.0, out=grey) if grey.dtype == np.float32 else grey  # not 1 + 6e-8


def _rgb(pixels: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else pixels


def _to_u8(pixels: np.ndarray, white: int) -> np.ndarray:
    import cv2

    return pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels, alpha=255 / white)


def _to_f32(pixels: np.ndarray, white: int) -> np.ndarray:
    return pixels if pixels.dtype == np.float32 else np.divide(pixels, np.float32(white), dtype=np.float32)
