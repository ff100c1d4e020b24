"""Folder runs fit for a night shift: bounded memory, a ledger that survives, tables, a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.scoring.cluster.cluster import Cluster
    from surfedge.scoring.cluster.cluster_error import ClusterError
    from surfedge.scoring.database import DatabaseFormat, guarded
    from surfedge.scoring.folder import score_folder
    from surfedge.scoring.ledger.outcome import Outcome, Row
    from surfedge.scoring.lock import claimed
    from surfedge.scoring.output.machine_tables import check_parquet, write_typed_table
    from surfedge.scoring.output.summary import Summary
    from surfedge.scoring.output.tables import text_cell
    from surfedge.scoring.output.whole_file import OutputError, make_folder, refuse, whole_file
    from surfedge.scoring.run_identity import settings_of
    from surfedge.scoring.watch.watch import watch_folder
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "cluster.cluster": ("Cluster",),
            "cluster.cluster_error": ("ClusterError",),
            "database": ("DatabaseFormat", "guarded"),
            "folder": ("score_folder",),
            "ledger.outcome": ("Outcome", "Row"),
            "lock": ("claimed",),
            "output.machine_tables": ("check_parquet", "write_typed_table"),
            "output.summary": ("Summary",),
            "output.tables": ("text_cell",),
            "output.whole_file": ("OutputError", "make_folder", "refuse", "whole_file"),
            "run_identity": ("settings_of",),
            "watch.watch": ("watch_folder",),
        },
    )
