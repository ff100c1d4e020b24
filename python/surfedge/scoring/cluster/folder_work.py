"""What a folder run does on workers: looks up what the ledger holds already, keeps what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from surfedge.scoring.cluster.batches import inspect_batch
from surfedge.scoring.cluster.messages import Answer, Report
from surfedge.scoring.cluster.wanted import Wanted
from surfedge.scoring.fingerprint import fingerprint, page_content
from surfedge.scoring.inspection import Inspection, failed
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.output.whole_file import OutputError


class FolderWork:
    """An Inspection whose images are inspected elsewhere."""

    task = staticmethod(inspect_batch)

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection

    def looked_up(self, item: Item) -> Outcome | Wanted:
        """The outcome, where the ledger has it or the file cannot be read."""
        content = b""
        try:
            found = fingerprint(item.path)
            content = page_content(found.content, item.page)
            if verdict := self._inspection.done_before(item, content):
                return Outcome(item, content, verdict)
            return Wanted(item, found.content, content, found.stamp[2])
        except OutputError:
            raise
        except Exception as error:
            return failed(item, content, error)

    def given(self, wanted: Sequence[Wanted]) -> Any:
        """What is saved of each image."""
        return list(self._inspection.kinds)

    def took(self, report: Report) -> None:
        """Nothing adds up."""

    def outcome(self, wanted: Wanted, answer: Answer) -> Outcome:
        """The answer as an outcome here, its files written."""
        outcome = replace(answer.outcome, item=wanted.item, content=wanted.content)
        return self._inspection.kept(outcome, answer.files) if outcome.verdict else outcome

    def left_out(self, wanted: Wanted, reason: str, *, is_foreign_fault: bool) -> Outcome:
        """An image that no worker could inspect."""
        return Outcome(wanted.item, wanted.content, reason=reason, is_foreign_fault=is_foreign_fault)
