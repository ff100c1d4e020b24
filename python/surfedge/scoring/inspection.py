"""What a worker does with one input: look it up, inspect it, draw and save what was asked for."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

from surfedge.errors import EngineError, SurfedgeError
from surfedge.report import PictureChoice, Pictures, PictureShelf, draw_pictures
from surfedge.result import Result
from surfedge.scoring.fingerprint import check_unchanged, fingerprint
from surfedge.scoring.ledger import Ledger
from surfedge.scoring.outcome import Item, Outcome, Verdict
from surfedge.scoring.output import OutputError
from surfedge.scoring.saving import Saver

Stored = dict[str, tuple[bytes, float, float]]


class Gallery:
    """Which images get pictures in the report, decided while the run goes on; any thread may ask.

    stored : content, score and threshold by name of the pictures that the ledger holds already.
    """

    def __init__(self, choice: PictureChoice | None, stored: Stored) -> None:
        self._lock = threading.Lock()
        self._shelf = PictureShelf(choice)
        self._stored = {name: content for name, (content, _, _) in stored.items()}
        for name, (_, score, threshold) in stored.items():
            self._shelf.offer(name, score, threshold, Pictures)

    def lacks(self, item: Item, content: bytes, verdict: Verdict) -> bool:
        """True when the report would show this image and the ledger has no pictures of it."""
        with self._lock:
            is_wanted = self._shelf.wants(item.name, verdict.score, verdict.threshold)
        return is_wanted and self._stored.get(item.name) != content

    def add(self, outcome: Outcome) -> set[str]:
        """Takes note of a finished image; the names whose pictures it pushes out."""
        verdict, name = outcome.verdict, outcome.item.name
        if verdict is None or self._stored.get(name) == outcome.content:
            return set()
        with self._lock:
            before = self._shelf.order().keys()
            self._shelf.offer(name, verdict.score, verdict.threshold, Pictures)
            return (before | {name}) - self._shelf.order().keys()


class Inspection:
    """The job of the pipeline: an Item in, its Outcome out. Any number of threads may call it.

    Whatever is wrong with an image makes it skipped, with the reason; OutputError, which is wrong with the
    output folder, passes through.
    """

    def __init__(
        self, detect: Callable[[Any], Result], ledger: Ledger, gallery: Gallery, saver: Saver
    ) -> None:
        self._detect, self._ledger, self._gallery, self._saver = detect, ledger, gallery, saver

    def __call__(self, item: Item) -> Outcome:
        """Look up or inspect `item`."""
        content = b""
        try:
            found = fingerprint(item.path)
            content = found.content
            if verdict := self._done_before(item, content):
                return Outcome(item, content, verdict)
            result = self._detect(item.path)
            check_unchanged(item.path, found.stamp)
            return self._kept(item, content, result)
        except OutputError:
            raise
        except SurfedgeError as error:
            is_foreign = isinstance(error, EngineError)
            return Outcome(item, content, reason=error.reason, is_foreign_fault=is_foreign)
        except MemoryError:
            return Outcome(item, content, reason="not enough memory; inspect it with fewer threads")
        except Exception as error:  # one odd image must not end the run: it is reported like any skipped one
            reason = f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return Outcome(item, content, reason=reason, is_foreign_fault=True)

    def _done_before(self, item: Item, content: bytes) -> Verdict | None:
        """The verdict in the ledger, unless a file or picture that belongs to it is missing."""
        verdict = self._ledger.known(content)
        if verdict is None or self._gallery.lacks(item, content, verdict):
            return None
        files = self._saver.on_disk(item.name)
        if files is None or not all(self._ledger.holds_saved(file, content) for file in files):
            return None
        return verdict

    def _kept(self, item: Item, content: bytes, result: Result) -> Outcome:
        """The outcome of a result, its files written, its pictures drawn; the arrays stay behind."""
        verdict = Verdict.of(result)
        if not math.isfinite(verdict.score):
            reason = f"found the score {verdict.score}, expected a finite one"
            return Outcome(item, content, reason=reason)
        saved = self._saver.write(item.name, result)
        pictures = None
        if result.image is not None and self._gallery.lacks(item, content, verdict):
            pictures = draw_pictures(result)
        return Outcome(item, content, verdict, "", result.regions, pictures, saved, is_fresh=True)
