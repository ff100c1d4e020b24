"""Image files that arrive in a folder, each handed on once it is complete."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from surfedge.datasets import LeftOut, has_image_suffix, kind_of
from surfedge.errors import DatasetError, ImageError
from surfedge.images import check

Stamp = tuple[int, int]


@dataclass
class _Seen:
    """stamp : size and time of change. since : when it was first seen so. look_at : when to look into it next.
    is_other : no image by content, so far.
    """

    stamp: Stamp
    since: float
    look_at: float
    is_taken: bool = False
    is_other: bool = False


class Arrivals:
    """Watches `folder` and all below it, but for what lies in `leave_out` and hidden files.

    An image is what its name's ending says, or else its content; what is none is counted in `left_out`.

    A file is complete when its size and time of change stay for `settle_s` seconds and its structure says so; one
    whose structure is broken is handed on after `give_up_s` seconds, so that it is reported and not waited for.
    A file that changes afterwards has arrived anew. Memory grows with the files in the folder alone.

    Raises DatasetError when there is no such folder, or no longer: nothing would ever arrive, without a reason given.
    """

    def __init__(
        self, folder: Path, leave_out: tuple[Path, ...] = (), settle_s: float = 1.0, give_up_s: float = 30.0
    ) -> None:
        self.folder, self.settle_s, self.give_up_s = folder, settle_s, give_up_s
        self._check_folder()
        self._leave_out = {os.path.realpath(place) for place in leave_out}
        self._seen: dict[str, _Seen] = {}

    @property
    def waiting(self) -> int:
        """Files that are there and not complete so far."""
        return sum(not seen.is_taken and not seen.is_other for seen in self._seen.values())

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What lies there and is no image."""
        endings = Counter(os.path.splitext(path)[1].lower() for path, seen in self._seen.items() if seen.is_other)
        return tuple(
            LeftOut(count, "file", f"ending in {ending}, no image" if ending else "without ending, no image")
            for ending, count in sorted(endings.items())
        )

    def stamp(self, path: Path) -> Stamp | None:
        """Size and time of change that `path` had when it was handed on last; None where it changed since."""
        seen = self._seen.get(str(path))
        return seen.stamp if seen is not None and seen.is_taken and _stamp(str(path)) == seen.stamp else None

    def poll(self) -> Iterator[Path]:
        """The files that became complete since the last call, oldest name first."""
        now, there = time.monotonic(), dict(self._stamps())
        if not there:
            self._check_folder()
        self._seen = {path: seen for path, seen in self._seen.items() if path in there}
        for path, stamp in there.items():
            seen = self._seen.get(path)
            if seen is None or seen.stamp != stamp:
                self._seen[path] = _Seen(stamp, now, now + self.settle_s)
            elif not seen.is_taken and now >= seen.look_at:
                if seen.is_other or not _is_image(path):
                    seen.is_other, seen.look_at = True, float("inf")  # until it changes
                    continue
                seen.is_taken = now - seen.since >= self.give_up_s or _is_whole(path)
                seen.look_at = now + max(self.settle_s, (now - seen.since) / 2)
                if seen.is_taken:
                    yield Path(path)

    def _check_folder(self) -> None:
        if not self.folder.is_dir():
            raise DatasetError(self.folder, found="no folder", expected="the folder to watch", remedy="check the path")

    def _stamps(self) -> Iterator[tuple[str, Stamp]]:
        for place, folders, names in os.walk(self.folder):
            folders[:] = sorted(f for f in folders if os.path.realpath(os.path.join(place, f)) not in self._leave_out)
            for name in sorted(names):
                path = os.path.join(place, name)
                if not name.startswith(".") and (stamp := _stamp(path)) is not None:
                    yield path, stamp


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None  # gone again
    return status.st_size, status.st_mtime_ns


def _is_image(path: str) -> bool:
    return has_image_suffix(path) or kind_of(path) == "image"


def _is_whole(path: str) -> bool:
    try:
        check(path)
    except ImageError:
        return False
    return True
