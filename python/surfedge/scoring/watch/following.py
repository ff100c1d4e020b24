"""Files that were moved on after their verdict and are written to all the same: judged again where they lie."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from surfedge.scoring.ledger.outcome import Item
from surfedge.scoring.watch.arrivals import Stamp

MIN_FOLLOWED_S, SETTLES_FOLLOWED = 60.0, 20.0


@dataclass
class _Moved:
    """judged : stamp with which the file was judged. seen : its stamp now, `since` when. until : followed so long."""

    item: Item
    judged: Stamp
    seen: Stamp
    since: float
    until: float


class Following:
    """Follows moved files for a minute, or 20 settle times where that is longer.

    A program that set a file's full size aside and fills it with pauses goes on writing to it after the move: a bitmap
    without a checksum looked whole before. A file that changed and then stays as it is for `settle_s` is handed out
    again, under its name and place in the list.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._followed_s = max(MIN_FOLLOWED_S, SETTLES_FOLLOWED * settle_s)
        self._moved: dict[int, _Moved] = {}
        self._look_at = 0.0

    @property
    def waiting(self) -> int:
        """Files that changed and are not handed out so far."""
        return sum(moved.seen != moved.judged for moved in self._moved.values())

    def add(self, item: Item, judged: Stamp) -> None:
        """Follows `item`, which lies where it was moved to."""
        now = time.monotonic()
        self._moved[item.position] = _Moved(item, judged, judged, now, now + self._followed_s)

    def moved(self, position: int, place: Path) -> None:
        """Notes that a followed file lies at another place now."""
        if position in self._moved:
            self._moved[position].item = replace(self._moved[position].item, path=place)

    def poll(self) -> Iterator[Item]:
        """The files that changed since they were judged, and are at rest again."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + self._settle_s
        for position, moved in list(self._moved.items()):
            try:
                status = os.stat(moved.item.path)
            except OSError:
                del self._moved[position]  # somebody took it away
                continue
            stamp = status.st_size, status.st_mtime_ns
            if stamp != moved.seen:
                moved.seen, moved.since, moved.until = stamp, now, now + self._followed_s
            elif stamp != moved.judged and now - moved.since >= self._settle_s:
                moved.judged = stamp
                yield moved.item
            elif now >= moved.until:
                del self._moved[position]
