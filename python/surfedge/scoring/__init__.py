"""Folder runs fit for a night shift: bounded memory, a ledger that survives, tables, a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.scoring.folder import score_folder
    from surfedge.scoring.ledger.outcome import Outcome, Row
    from surfedge.scoring.output.summary import Summary
    from surfedge.scoring.output.whole_file import OutputError
    from surfedge.scoring.watch.watch import watch_folder
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "folder": ("score_folder",),
            "ledger.outcome": ("Outcome", "Row"),
            "output.summary": ("Summary",),
            "output.whole_file": ("OutputError",),
            "watch.watch": ("watch_folder",),
        },
    )
