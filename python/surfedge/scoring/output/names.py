"""Names of inputs below the inspected root: what the report shows and where saved pictures go."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

_LONGEST_BYTES = 200
_LIKE_SAVED = re.compile(r"\.(tiff|png|jpg|part)_*$", re.IGNORECASE)


class Names:
    """Names relative to the folder that all inputs share, with "/" between the parts, each name once.

    The root follows from the inputs, not from what is found in them, so that files which come and go do not
    rename the others.

    >>> paths = [Path("plates/north/1.png"), Path("plates/south/1.png")]
    >>> Names(["plates/*/1.png"], paths).of(paths[0])
    'north/1.png'
    """

    def __init__(self, inputs: Iterable[str | Path], paths: Sequence[Path]) -> None:
        given = [os.path.abspath(item) for item in inputs]
        folders = {item for item in given if os.path.isdir(item)}
        if len(folders) < len(given) or not given:
            folders |= {os.path.dirname(os.path.abspath(path)) for path in paths}
        try:
            self.root = os.path.commonpath(sorted(folders)) if folders else os.getcwd()
        except ValueError:  # several drives
            self.root = ""
        self._below_root = os.path.join(self.root, "") if self.root else ""

    def of(self, path: Path) -> str:
        """The name of `path`; its full path as a relative one when it lies outside the root."""
        full = os.path.abspath(path)
        if self._below_root and full.startswith(self._below_root):
            return full[len(self._below_root) :].replace(os.sep, "/")
        drive, rest = os.path.splitdrive(full)
        return PurePath(drive.replace(":", "").strip("\\/"), rest.strip("\\/")).as_posix()


def file_name(name: str, suffix: str) -> str:
    """Where the picture of the input `name` is saved: same folders, same name, `suffix` added.

    Different names give different files: ``a.png`` and ``a.jpg`` do, folders that look like a saved file get
    ``_`` added, and parts too long for a file system end in a digest.

    >>> file_name("north/1.png", ".tiff"), file_name("odd.tiff/1.png", ".tiff")
    ('north/1.png.tiff', 'odd.tiff_/1.png.tiff')
    """
    *folders, last = name.split("/")
    folders = [folder + "_" if _LIKE_SAVED.search(folder) else folder for folder in folders]
    return "/".join([*folders, _shortened(last) + suffix])


def _shortened(part: str) -> str:
    encoded = os.fsencode(part)
    if len(encoded) <= _LONGEST_BYTES:
        return part
    kept = encoded[:_LONGEST_BYTES].decode("utf-8", "ignore")
    return f"{kept}~{hashlib.sha256(encoded).hexdigest()[:16]}"
