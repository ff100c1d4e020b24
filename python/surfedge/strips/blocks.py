"""Blocks of lines, and where they come from: images, a folder of numbered ones, a raw file, an iterator, a camera."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from surfedge.datasets import LeftOut, find, find_images
from surfedge.errors import ArgumentError, DatasetError, ImageError
from surfedge.images import count_pages, from_array, read

MAX_COLUMNS = 16384
RAW_BLOCK_BYTES = 1 << 22
RAW_SUFFIXES = (".raw", ".bin", ".dat")
RAW_TYPES: dict[int, Any] = {8: np.uint8, 16: "<u2"}


@dataclass(frozen=True)
class Block:
    """Some lines of a strip, in the order in which the camera took them.

    pixels : uint8 or uint16 (lines, columns), or (lines, columns, 3) RGB; None for lines that are lost.
    lines : how many; only needed where `pixels` is None, 0 then means as many as the block before (or after) has.
    first_line : number of the first line as the camera counts them, from 0; None for the one that is due.
    position_m : float64 (lines,), where the encoder stood at each line, in metres from the head; None for none.
    reason : why lines are lost. source : for messages.
    """

    pixels: np.ndarray | None = field(repr=False)
    lines: int = 0
    first_line: int | None = None
    position_m: np.ndarray | None = field(default=None, repr=False)
    reason: str = "lost"
    source: str = "block"

    def __len__(self) -> int:
        return self.lines if self.pixels is None else len(self.pixels)


@runtime_checkable
class LineSource(Protocol):
    """A source that makes its own blocks. identity : what tells it from others, "" if it cannot be read again."""

    @property
    def identity(self) -> str: ...

    def blocks(self, *, width: int | None = None, bits: int = 8) -> Iterator[Block]:
        """The blocks from the head on; width and bits as `blocks_of` takes them."""


def blocks_of(source: Any, *, width: int | None = None, bits: int = 8) -> Iterator[Block]:
    """The blocks of any source of lines.

    source : a path of an image, a folder of images (numbered ones in the order of their numbers, a missing number is a
        lost block), a raw file; an iterable of Blocks or arrays (lines, columns); or an object that is read like
        cv2.VideoCapture, whose frames are BGR; or a LineSource, such as
        cameras `SideBySide`.
    width : columns of a raw file, needed for one. bits : 8 or 16 (little endian) per sample of a raw file.

    Raises ArgumentError or DatasetError for what gives no lines; a file that cannot be read is a lost block.

    >>> [len(block) for block in blocks_of([np.zeros((3, 8), np.uint8), np.zeros((5, 8), np.uint8)])]
    [3, 5]
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.suffix.lower() in RAW_SUFFIXES and path.is_file():
            return _raw_blocks(path, width, bits)
        return _file_blocks(find_images([path]), path)
    if isinstance(source, LineSource):
        return source.blocks(width=width, bits=bits)
    if isinstance(source, np.ndarray):
        raise ArgumentError(
            "source", found="a single array", expected="blocks of lines", remedy="put a single block into a list"
        )
    if hasattr(source, "read") and not hasattr(source, "__iter__"):
        return _frame_blocks(source)
    if hasattr(source, "__iter__"):
        return _iterated(source)
    found = type(source).__name__
    raise ArgumentError("source", found=found, expected="a path, blocks of lines, or a cv2.VideoCapture")


def beside_lines(source: Any) -> tuple[LeftOut, ...]:
    """What lies in a folder of images of lines and is none of them, counted by kind; nothing beside other sources."""
    if not isinstance(source, (str, os.PathLike)) or not Path(source).is_dir():
        return ()
    return find([Path(source)]).left_out(Path(source))


def source_name(source: Any) -> str:
    """What tells a source that can be read again from others, "" for one that cannot."""
    if isinstance(source, (str, os.PathLike)):
        return str(Path(source).resolve())
    return source.identity if isinstance(source, LineSource) else ""


def _iterated(source: Iterable[Any]) -> Iterator[Block]:
    for number, item in enumerate(source):
        yield item if isinstance(item, Block) else Block(item, source=f"block {number}")


def _frame_blocks(capture: Any) -> Iterator[Block]:
    number = 0
    while True:
        is_there, frame = capture.read()
        if not is_there:
            return
        yield Block(frame[..., ::-1] if frame.ndim == 3 else frame, source=f"frame {number}")
        number += 1


def _raw_blocks(path: Path, width: int | None, bits: int) -> Iterator[Block]:
    if width is None or not 1 <= width <= MAX_COLUMNS:
        raise ArgumentError(
            "width", found=width, expected=f"1 to {MAX_COLUMNS} columns of {path}", remedy="a raw file does not say it"
        )
    if bits not in RAW_TYPES:
        raise ArgumentError("bits", found=bits, expected="8 or 16")
    kind = np.dtype(RAW_TYPES[bits])
    line_bytes = width * kind.itemsize
    size = path.stat().st_size
    if size % line_bytes:
        raise DatasetError(
            path,
            found=f"{size:,} bytes, {size / line_bytes:.3f} lines",
            expected=f"whole lines of {line_bytes:,} bytes",
            remedy="correct the width or the bits per sample",
        )
    return _read_raw(path, width, kind)


def _read_raw(path: Path, width: int, kind: np.dtype) -> Iterator[Block]:
    lines = max(1, RAW_BLOCK_BYTES // (width * kind.itemsize))
    with open(path, "rb") as file:
        while data := file.read(lines * width * kind.itemsize):
            yield Block(np.frombuffer(data, kind).reshape(-1, width), source=path.name)


def _file_blocks(paths: list[Path], folder: Path) -> Iterator[Block]:
    if not paths:
        raise DatasetError(folder, found="no image", expected="images of lines", remedy="check the path")
    return _read_images(*_in_order(paths))


def _read_images(paths: list[Path], numbers: list[int] | None) -> Iterator[Block]:
    last = None
    for place, path in enumerate(paths):
        if numbers is not None and last is not None:
            for missing in range(last + 1, numbers[place]):
                yield Block(None, reason=f"image number {missing} is missing", source=path.name)
        last = None if numbers is None else numbers[place]
        try:
            pages = count_pages(path)
            for page in range(1, pages + 1):  # frames behind each other
                yield Block(read(path, page=page if pages > 1 else 0).pixels, source=path.name)
        except ImageError as error:
            yield Block(None, reason=error.reason, source=path.name)


def _in_order(paths: list[Path]) -> tuple[list[Path], list[int] | None]:
    """Images by the last number in their names where all have a different one, else as they are."""
    found = [re.findall(r"\d+", path.stem) for path in paths]
    if not all(found):
        return paths, None
    numbers = [int(each[-1]) for each in found]
    words = {path.stem[: path.stem.rfind(each[-1])] for path, each in zip(paths, found, strict=True)}
    if len(set(numbers)) < len(numbers) or len(words) > 1:
        return paths, None
    order = sorted(range(len(paths)), key=numbers.__getitem__)
    numbers = [numbers[place] for place in order]
    if numbers[-1] - numbers[0] >= 2 * len(numbers) + 8:  # times or sizes rather than a count
        return [paths[place] for place in order], None
    return [paths[place] for place in order], numbers


def checked_pixels(block: Block) -> np.ndarray:
    """The block's pixels, (lines, columns) or (lines, columns, 3).

    Raises ImageError for what is no uint8 or uint16 picture of 1 to 16,384 columns.
    """
    pixels = np.asarray(block.pixels)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        found = f"{pixels.dtype} of shape {pixels.shape}"
        raise ImageError(block.source, found=found, expected="uint8 or uint16 (lines, columns)")
    if not 1 <= pixels.shape[1] <= MAX_COLUMNS:
        raise ImageError(block.source, found=f"{pixels.shape[1]:,} columns", expected=f"1 to {MAX_COLUMNS:,}")
    return from_array(pixels, source=block.source).pixels if len(pixels) else pixels
