"""Arrays as images: which shapes, types and values are taken, and what is said about the others."""

from __future__ import annotations

import numpy as np

from surfedge.errors import ArgumentError, ImageError

DEPTH_NOTE = "declare bit_depth="  # part of the note on uint16 pixels that use fewer bits
_LEAST_BAND_PX = 8


def check_options(value_range: tuple[float, float] | None, bit_depth: int | None, color_order: str) -> None:
    """Raises ArgumentError for options of `surfedge.images.from_array` that mean nothing."""
    if value_range is not None:
        low, high = value_range if np.shape(value_range) == (2,) else (1.0, 0.0)
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            expected = "(low, high), finite, low < high"
            raise ArgumentError("value_range", found=repr(value_range), expected=expected)
    if bit_depth is not None and (not isinstance(bit_depth, int) or not 8 <= bit_depth <= 16):
        raise ArgumentError("bit_depth", found=repr(bit_depth), expected="a whole number from 8 to 16")
    if color_order not in ("rgb", "bgr"):
        raise ArgumentError("color_order", found=repr(color_order), expected="'rgb' or 'bgr'")


def turned(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) with its first and last channel exchanged, C-contiguous, of its own dtype."""
    if pixels.dtype.name not in ("uint8", "uint16", "float32"):
        return np.ascontiguousarray(pixels[..., ::-1])
    import cv2

    return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_BGR2RGB)  # some ten times as fast


def shaped(array: np.ndarray, source: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """(H, W) or (H, W, 3) view of an accepted dtype, and what was dropped for it."""
    if array.dtype.kind not in "buf" or array.dtype.itemsize > (2 if array.dtype.kind == "u" else 8):
        found, expected = f"dtype {array.dtype}", "bool, uint8, uint16, float16, float32 or float64"
        raise ImageError(source, found=found, expected=expected, remedy="convert with astype")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        remedy = "move the channels last: array.transpose(1, 2, 0)" if array.ndim == 3 else "pass one image"
        expected = "(H, W), (H, W, 3) or (H, W, 4)"
        raise ImageError(source, found=f"shape {array.shape}", expected=expected, remedy=remedy)
    if array.size == 0:
        raise ImageError(source, found=f"an empty array {array.shape}", expected="at least 1 x 1 px")
    if array.ndim == 3 and array.shape[2] == 4:
        return array[..., :3], ("alpha channel dropped",)
    return array.squeeze(2) if array.ndim == 3 and array.shape[2] == 1 else array, ()


def check_depth(pixels: np.ndarray, white: int, source: str) -> None:
    """Raises ImageError for a sample of uint16 `pixels` that is above `white`."""
    if white < 65535 and (largest := int(pixels.max())) > white:
        found, remedy = f"a value of {largest:,}", f"pass bit_depth={largest.bit_length()} or more"
        raise ImageError(source, found=found, expected=f"at most {white:,}", remedy=remedy)


def depth_hint(pixels: np.ndarray) -> tuple[str, ...]:
    """A note where uint16 `pixels` use fewer bits than 16, as those of cameras of 10, 12 or 14 bits do.

    >>> depth_hint(np.array([[0, 4000]], np.uint16))
    ('no value above 4,000 of 65,535: declare bit_depth=12 if that is what the camera has',)
    """
    largest = int(pixels.max())
    depth = next((bits for bits in (8, 10, 12, 14) if largest < 1 << bits), 16)
    if depth == 16 or largest == 0:
        return ()
    return (f"no value above {largest:,} of 65,535: {DEPTH_NOTE}{depth} if that is what the camera has",)


def constant_end(pixels: np.ndarray, *, at_top: bool) -> tuple[str, ...]:
    """A note where the rows that the file ends with all have one colour: lost, or as the camera saw them.

    >>> pixels = np.arange(400, dtype=np.uint16).reshape(20, 20)
    >>> pixels[11:] = 0
    >>> constant_end(pixels, at_top=False)
    ('the last 9 rows have one value: lost with the end of the file?',)
    """
    rows = pixels if at_top else pixels[::-1]
    band = _LEAST_BAND_PX
    if len(rows) <= band or not _is_constant(rows[:band]):
        return ()
    differs = (rows != rows[:1, :1]).reshape(len(rows), -1).any(axis=1)
    count = int(differs.argmax()) if differs.any() else 0
    where = "first" if at_top else "last"
    return (f"the {where} {count:,} rows have one value: lost with the end of the file?",) if count >= band else ()


def _is_constant(rows: np.ndarray) -> bool:
    return bool((rows == rows[:1, :1]).all())


def unit_range(pixels: np.ndarray, value_range: tuple[float, float] | None, source: str) -> np.ndarray:
    """float32 in [0, 1]; every value finite and inside the declared range, but for rounding (1e-6 of it)."""
    low, high = value_range or (0.0, 1.0)
    smallest, largest = float(pixels.min()), float(pixels.max())
    if not (np.isfinite(smallest) and np.isfinite(largest)):
        found = f"{pixels.size - np.count_nonzero(np.isfinite(pixels)):,} NaN or infinite values"
        raise ImageError(source, found=found, expected="finite ones", remedy="replace them before inspecting")
    margin = 1e-6 * (high - low)
    if smallest < low - margin or largest > high + margin:
        found, expected = f"float values from {smallest:g} to {largest:g}", f"{low:g} to {high:g}"
        raise ImageError(
            source,
            found=found,
            expected=expected,
            remedy="declare value_range=(low, high), or --value-range LOW,HIGH on the command line",
        )
    if (low, high) == (0.0, 1.0) and smallest >= 0 and largest <= 1:
        return pixels.astype(np.float32, copy=False)
    scaled = pixels.astype(np.float64)
    scaled -= low
    scaled /= high - low
    return np.clip(scaled, 0, 1, out=scaled).astype(np.float32)
