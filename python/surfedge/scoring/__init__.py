"""Folder runs fit for a night shift: bounded memory, a ledger that survives, tables, a report."""

from __future__ import annotations

from surfedge.scoring.folder import score_folder
from surfedge.scoring.output import OutputError
from surfedge.scoring.summary import Summary
from surfedge.scoring.watch import watch_folder

__all__ = ["OutputError", "Summary", "score_folder", "watch_folder"]
