"""What a worker does with one input: look it up, inspect it, draw and save what was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from surfedge.errors import EngineError, ImplausibleError, SurfedgeError
from surfedge.result import Result
from surfedge.scoring.fingerprint import check_unchanged, fingerprint, page_content
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict
from surfedge.scoring.output.gallery import Gallery, drawn
from surfedge.scoring.output.saving import Saver
from surfedge.scoring.output.whole_file import OutputError
from surfedge.scoring.pages import Detection


class Inspection:
    """The job of the pipeline: an Item in, its Outcome out. Any number of threads may call it.

    Whatever is wrong with an image makes it skipped, with the reason, or implausible where it was refused for what it
    shows; OutputError, which is wrong with the output folder, passes through.
    """

    def __init__(self, detect: Detection, ledger: Ledger, gallery: Gallery, saver: Saver) -> None:
        self._detect, self._ledger, self._gallery, self._saver = detect, ledger, gallery, saver

    def __call__(self, item: Item) -> Outcome:
        """Look up or inspect `item`."""
        content = b""
        try:
            found = fingerprint(item.path, with_data=True)
            content = page_content(found.content, item.page)
            if verdict := self.done_before(item, content):
                return Outcome(item, content, verdict)
            result = self._detect(item, found.data)
            check_unchanged(item.path, found.stamp)
            return self._kept(item, content, result)
        except OutputError:
            raise
        except Exception as error:
            return failed(item, content, error)

    def done_before(self, item: Item, content: bytes) -> Verdict | None:
        """The verdict in the ledger, unless a file that belongs to it is missing."""
        verdict = self._ledger.known(content)
        if verdict is None or not self._saver.kinds:
            return verdict
        files = self._saver.on_disk(item.name)
        if files is None or not all(self._ledger.holds_saved(file, content) for file in files):
            return None
        return verdict

    def kept(self, outcome: Outcome, files: Mapping[str, bytes]) -> Outcome:
        """A judged outcome with `files`, encoded elsewhere, by kind, written to the output folder."""
        return replace(outcome, saved=self._saver.keep(outcome.item.name, files), is_fresh=True)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is saved of each result."""
        return self._saver.kinds

    def _kept(self, item: Item, content: bytes, result: Result) -> Outcome:
        """The outcome of a result, its files written, its pictures drawn; the arrays stay behind."""
        outcome = judged(item, content, result)
        verdict = outcome.verdict
        if verdict is None:
            return outcome
        saved = self._saver.write(item.name, result)
        pictures = drawn(result) if self._gallery.draws_now(content, verdict, result) else None
        return Outcome(item, content, verdict, "", result.regions, pictures, saved, is_fresh=True)


def judged(item: Item, content: bytes, result: Result) -> Outcome:
    """The outcome of a result, without files and pictures; skipped where its score is not finite."""
    verdict = Verdict.of(result)
    if not math.isfinite(verdict.score):
        return Outcome(item, content, reason=f"found the score {verdict.score}, expected a finite one")
    return Outcome(item, content, verdict, "", result.regions)


def failed(item: Item, content: bytes, error: Exception) -> Outcome:
    """What an error makes of an image: skipped or implausible, with the reason. One odd image must not end the run."""
    if isinstance(error, ImplausibleError):
        return Outcome(item, content, reason=error.reason, is_implausible=True)
    if isinstance(error, SurfedgeError):
        return Outcome(item, content, reason=error.reason, is_foreign_fault=isinstance(error, EngineError))
    if isinstance(error, MemoryError):
        return Outcome(item, content, reason="not enough memory; inspect it with fewer threads")
    reason = f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return Outcome(item, content, reason=reason, is_foreign_fault=True)
