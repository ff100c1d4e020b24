"""Decoding, inspection and decision of several images at once, in bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from surfedge.cores import checked_count, usable_cores

MAX_PENDING_PER_WORKER, RESULTS_PER_WAKE = (
    24,
    4,
)  # per worker: items taken ahead of the results, results that wake the caller
_NO_MORE = object()
In = TypeVar("In")
Out = TypeVar("Out")


class Pipeline(Generic[In, Out]):
    """Runs `job` on items in `workers` threads; each worker has one image in memory, the results carry none.

    The kernels, the decoder and the engine let go of Python's lock, so while one worker decodes, another
    infers. Results come in the order they are ready: a large image does not hold up small ones behind it. They are
    handed over several at a time: a caller who woke for each would take the cores from the workers.

    >>> with Pipeline(abs, 2) as pipeline:
    ...     sorted(result for result in pipeline.run([-3, 1, -2]) if result is not None)
    [1, 2, 3]
    """

    def __init__(self, job: Callable[[In], Out], workers: int = 0) -> None:
        self.workers = checked_count("workers", workers) or usable_cores()
        self._job = job
        self._ready: deque[Out | BaseException] = deque()
        self._lock, self._enough, self._under_way = threading.Lock(), threading.Event(), 0
        self._items: SimpleQueue[Any] = SimpleQueue()  # leaner than an executor's futures, which nobody asks here
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Pipeline[In, Out]:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def run(self, items: Iterable[In | None], idle_s: float = 0.25) -> Iterator[Out | None]:
        """Results as they are ready; None when `idle_s` seconds pass without one, so that the caller can act.

        items : None says that there is no item just now; then the results under way are waited for, and None given.
        An exception of a job comes out here. At most ``MAX_PENDING_PER_WORKER * workers`` items are taken
        ahead of the results.
        """
        waiting = 0
        for item in items:
            if item is not None:
                with self._lock:
                    self._under_way += 1
                self._give(item)
                waiting += 1
            while waiting >= MAX_PENDING_PER_WORKER * self.workers or (item is None and waiting):
                result = self._next(idle_s)
                waiting -= result is not None
                yield result
            if item is None:
                yield None
        while waiting:
            result = self._next(idle_s)
            waiting -= result is not None
            yield result

    def stop(self) -> list[Out]:
        """Lets the jobs that began end, drops the rest; returns the results that nobody took yet."""
        self._end()
        return [result for result in self._ready if not isinstance(result, BaseException)]

    def _give(self, item: In) -> None:
        self._items.put(item)
        if len(self._threads) < self.workers:
            name = f"surfedge-score_{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._work_on, name=name))
            self._threads[-1].start()

    def _end(self) -> None:
        """Drops the items that nobody began, and waits for the threads."""
        with suppress(Empty):
            while True:
                self._items.get_nowait()
        for _ in self._threads:
            self._items.put(_NO_MORE)
        while self._threads:
            self._threads[-1].join()
            self._threads.pop()

    def _work_on(self) -> None:
        while (item := self._items.get()) is not _NO_MORE:
            self._work(item)
            del item  # while this thread waits for the next, nothing holds it

    def _work(self, item: In) -> None:
        try:
            result: Out | BaseException = self._job(item)
        except BaseException as error:  # the caller's thread raises it again
            result = error
        with self._lock:
            self._ready.append(result)
            self._under_way -= 1
            is_last = self._under_way == 0
        if is_last or isinstance(result, BaseException) or len(self._ready) >= RESULTS_PER_WAKE * self.workers:
            self._enough.set()

    def _next(self, idle_s: float) -> Out | None:
        if not self._ready:
            self._enough.wait(idle_s)
            self._enough.clear()
        if not self._ready:
            return None
        result = self._ready.popleft()
        if isinstance(result, BaseException):
            raise result
        return result
