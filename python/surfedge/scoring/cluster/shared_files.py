"""Files that a worker has to find where the client has them: known by one digest of all their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from surfedge.errors import SurfedgeError
from surfedge.scoring.fingerprint import fingerprint


class NotTheSameError(Exception):
    """A file is not there, or holds other bytes than the client's."""


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 over the SHA-256 of each file, in this order, hexadecimal; raises ImageError for one that cannot be read.

    >>> digest_of([])[:8]
    'e3b0c442'
    """
    digest = hashlib.sha256()
    for path in paths:
        digest.update(fingerprint(path).content)
    return digest.hexdigest()


def check_same(paths: Sequence[Path], digest: str) -> None:
    """Raises NotTheSameError, naming the file where one is missing, unless `digest_of` gives `digest`."""
    try:
        found = digest_of(paths)
    except SurfedgeError as error:
        raise NotTheSameError(str(error)) from error
    if found != digest:
        folder = paths[0].parent if paths else ""
        raise NotTheSameError(f"{folder} and the folders beside it hold other bytes than at the client")
