"""Files of several pages: one input for each, and how a detector gets one page alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from surfedge.errors import ArgumentError
from surfedge.images import count_pages, read
from surfedge.result import Result
from surfedge.scoring.ledger.outcome import Item
from surfedge.scoring.output.names import Names

PAGES = ("first", "all")


class Detection(Protocol):
    """How an input is inspected; `data` are its file's bytes, where they were read already."""

    def __call__(self, item: Item, data: bytes | None = None) -> Result: ...


def check_pages(pages: str) -> None:
    """Raises ArgumentError unless `pages` is one of PAGES."""
    if pages not in PAGES:
        raise ArgumentError("pages", found=repr(pages), expected=" or ".join(PAGES))


def items_of(paths: Sequence[Path], names: Names, pages: str) -> Iterator[Item]:
    """The inputs that `paths` stand for: with pages "all", one for each page of a file that has several."""
    position = 0
    for path in paths:
        count = count_pages(path) if pages == "all" else 1
        for page in range(1, count + 1):
            name = names.of(path)
            yield Item(position, path, f"{name}#{page}", page) if count > 1 else Item(position, path, name)
            position += 1


def count_items(paths: Sequence[Path], pages: str) -> int:
    """How many inputs `items_of` gives."""
    return sum(map(count_pages, paths)) if pages == "all" else len(paths)


def detection_of(detector: Callable[[Any], Result]) -> Detection:
    """`detector` for inputs: it gets a file's path, and of a page the Frame, read as the detector reads files. A
    Detector gets the Frame of any file whose bytes are there already."""
    preparation = getattr(detector, "preparation", None)
    options = {name: getattr(preparation, name) for name in ("value_range", "bit_depth") if preparation is not None}

    def detect(item: Item, data: bytes | None = None) -> Result:
        if item.page or (data is not None and preparation is not None):
            return detector(read(item.path, page=item.page, data=data, **options))
        return detector(item.path)

    return detect
