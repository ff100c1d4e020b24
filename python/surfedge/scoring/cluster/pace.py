"""How many images go into a task: two seconds of a worker's time, fewer towards the end, so that all end together."""

from __future__ import annotations

TASK_S = 2.0  # a killed client or worker loses this much of each thread's work, twice
LEAST_S = 0.25  # below it what a task costs besides its images would be felt
FIRST, MOST = 4, 5000
MAX_BYTES = 8 << 20  # of images in one task where they travel with it; one image may be larger


class Pace:
    """total : images of the run, 0 where nobody knows.

    >>> pace = Pace(1000)
    >>> pace.size(threads=2)
    4
    >>> pace.note(images=4, seconds=0.04)
    >>> pace.size(threads=2)
    200
    """

    def __init__(self, total: int = 0) -> None:
        self._total, self._taken = total, 0
        self._image_s = 0.0

    def took(self, images: int) -> None:
        """`images` need no task any more."""
        self._taken += images

    def note(self, images: int, seconds: float) -> None:
        """A task with that many images took a worker so long."""
        if images:
            image_s = max(seconds / images, 1e-6)
            weight = 0.3 if self._image_s else 1.0
            self._image_s += weight * (image_s - self._image_s)

    def size(self, threads: int, waiting: int = 0) -> int:
        """Images of the next task, where `threads` images are inspected at once.

        waiting : how many there are to share out when nobody knows whether more will come; 0 to wait for a full task.
        """
        if not self._image_s:
            return FIRST
        most = min(MOST, max(1, round(TASK_S / self._image_s)))
        if not self._total:
            return min(most, -(-waiting // max(1, threads))) if waiting else most
        share = -(-(self._total - self._taken) // (2 * max(1, threads)))
        least = min(most, max(1, round(LEAST_S / self._image_s)))
        return min(most, max(least, share))
