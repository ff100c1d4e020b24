"""Plates and coils: images that are longer than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.strips.alarms import Alarm
    from surfedge.strips.blocks import Block, blocks_of
    from surfedge.strips.coil_page import write_both
    from surfedge.strips.conclusion import dry_run
    from surfedge.strips.edges import StripEdges
    from surfedge.strips.findings import InDoubt, NotInspected, StripDefect
    from surfedge.strips.flat_field import FlatField
    from surfedge.strips.grading import Grade, Rule, grade, read_rules
    from surfedge.strips.inspection import CoilSummary, strip
    from surfedge.strips.line_rate import as_strip
    from surfedge.strips.line_scan import LineScan
    from surfedge.strips.patches import CutPatches, write_patches
    from surfedge.strips.pattern_stream import StripTile, strip_tiles
    from surfedge.strips.periodic import find_periodic
    from surfedge.strips.rolls import Roll, read_rolls
    from surfedge.strips.series import PeriodicDefect, PeriodicSearch
    from surfedge.strips.side_by_side import SideBySide, found_overlap
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "alarms": ("Alarm",),
            "blocks": ("Block", "blocks_of"),
            "coil_page": ("write_both",),
            "conclusion": ("dry_run",),
            "edges": ("StripEdges",),
            "findings": ("InDoubt", "NotInspected", "StripDefect"),
            "flat_field": ("FlatField",),
            "grading": ("Grade", "Rule", "grade", "read_rules"),
            "inspection": ("CoilSummary", "strip"),
            "line_rate": ("as_strip",),
            "line_scan": ("LineScan",),
            "patches": ("CutPatches", "write_patches"),
            "pattern_stream": ("StripTile", "strip_tiles"),
            "periodic": ("find_periodic",),
            "rolls": ("Roll", "read_rolls"),
            "series": ("PeriodicDefect", "PeriodicSearch"),
            "side_by_side": ("SideBySide", "found_overlap"),
        },
    )
