"""An input that needs a worker, and the request for it, by path or with its bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from surfedge.errors import SurfedgeError
from surfedge.scoring.cluster.messages import Answer, Request
from surfedge.scoring.fingerprint import check_unchanged, fingerprint
from surfedge.scoring.ledger.outcome import Item


@dataclass(frozen=True)
class Wanted:
    """digest : SHA-256 of the item's file, 32 bytes. content : as of Outcome. size : bytes of all its files.

    mask : path and SHA-256 of the file that marks its defects, where the task needs one.
    """

    item: Item
    digest: bytes
    content: bytes
    size: int
    mask: tuple[Path, bytes] | None = None

    def request(self, *, by_bytes: bool) -> Request:
        """What a worker is asked; a file that cannot be read any more is sent empty, which the worker notices."""
        mask = None
        if self.mask is not None:
            path, digest = self.mask
            mask = Request(os.path.abspath(path), 0, digest, _bytes(path) if by_bytes else None)
        data = _bytes(self.item.path) if by_bytes else None
        return Request(os.path.abspath(self.item.path), self.item.page, self.digest, data, mask)

    def change(self, answer: Answer) -> str:
        """Why the image that was sent is not the one that was looked up."""
        try:
            found = fingerprint(self.item.path)
            check_unchanged(self.item.path, found.stamp)
        except SurfedgeError as error:
            return error.reason
        if found.content != self.digest:
            return "found a file that changed while being read, expected a finished one; run again once it is written"
        return answer.unreadable


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
