"""What a worker does with one input: look it up, inspect it, draw and save what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable

from surfedge.errors import EngineError, ImplausibleError, SurfedgeError
from surfedge.result import Result
from surfedge.scoring.fingerprint import check_unchanged, fingerprint, page_content
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome, Verdict
from surfedge.scoring.output.gallery import Gallery, drawn
from surfedge.scoring.output.saving import Saver
from surfedge.scoring.output.whole_file import OutputError


class Inspection:
    """The job of the pipeline: an Item in, its Outcome out. Any number of threads may call it.

    Whatever is wrong with an image makes it skipped, with the reason, or implausible where it was refused for what it
    shows; OutputError, which is wrong with the output folder, passes through.
    """

    def __init__(self, detect: Callable[[Item], Result], ledger: Ledger, gallery: Gallery, saver: Saver) -> None:
        self._detect, self._ledger, self._gallery, self._saver = detect, ledger, gallery, saver

    def __call__(self, item: Item) -> Outcome:
        """Look up or inspect `item`."""
        content = b""
        try:
            found = fingerprint(item.path)
            content = page_content(found.content, item.page)
            if verdict := self._done_before(item, content):
                return Outcome(item, content, verdict)
            result = self._detect(item)
            check_unchanged(item.path, found.stamp)
            return self._kept(item, content, result)
        except OutputError:
            raise
        except ImplausibleError as error:
            return Outcome(item, content, reason=error.reason, is_implausible=True)
        except SurfedgeError as error:
            is_foreign = isinstance(error, EngineError)
            return Outcome(item, content, reason=error.reason, is_foreign_fault=is_foreign)
        except MemoryError:
            return Outcome(item, content, reason="not enough memory; inspect it with fewer threads")
        except Exception as error:  # one odd image must not end the run: it is reported like any skipped one
            reason = f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return Outcome(item, content, reason=reason, is_foreign_fault=True)

    def _done_before(self, item: Item, content: bytes) -> Verdict | None:
        """The verdict in the ledger, unless a file that belongs to it is missing."""
        verdict = self._ledger.known(content)
        if verdict is None or not self._saver.kinds:
            return verdict
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
        pictures = drawn(result) if self._gallery.draws_now(content, verdict, result) else None
        return Outcome(item, content, verdict, "", result.regions, pictures, saved, is_fresh=True)
