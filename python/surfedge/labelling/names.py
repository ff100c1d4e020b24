"""Names in the marked set: flat, harmless, and no two alike but for their ending."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import PurePosixPath

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_FOREIGN = re.compile(r"[^A-Za-z0-9_.-]+")


_SPEAKS = re.compile("mask|gt|truth|label|seg|annot", re.IGNORECASE)


def stem_of(name: str) -> str:
    """What a name shares with that of its mask, in small letters."""
    return (name.rpartition(".")[0] or name).casefold()


def free_name(image: str, stems: Collection[str]) -> str:
    """The name of an image, its path below the folder given; its mask's is then none of those of `stems`.

    Folders go: their names ("good", "masks") would speak of classes. Where the plain name is not free, or could be
    taken for something else, some letters of the path's SHA-256 follow it.

    >>> free_name("7.png", []), free_name("cam 2/7.png", ["7"])
    ('7.png', '7-8158af4d.png')
    """
    path = PurePosixPath(image)
    ending = _FOREIGN.sub("", path.suffix)[:10]
    is_plain = bool(_PLAIN.fullmatch(path.name)) and path.suffix == ending != ""
    if is_plain and not _SPEAKS.search(path.stem) and stem_of(path.name) not in stems:
        return path.name
    stem = (_FOREIGN.sub("_", path.stem).strip("_.-") or "image")[:80]
    digest = hashlib.sha256(image.encode("utf-8", "surrogateescape")).hexdigest()
    length = next(n for n in range(8, 65, 8) if f"{stem}-{digest[:n]}".casefold() not in stems)
    return f"{stem}-{digest[:length]}{ending}"
