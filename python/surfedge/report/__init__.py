"""Reports that people open: one HTML file that works offline, and the pictures in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.report.curves import write_curves
    from surfedge.report.html import write_report
    from surfedge.report.pairs import write_pairs
    from surfedge.report.pictures import Pictures, draw_pictures, draw_truth
    from surfedge.report.rows import ReportRow, ReportSummary
    from surfedge.report.selection import PictureChoice, PictureShelf, select_pictures
    from surfedge.report.verdict import SAID_BY_THE_VERDICT, images_text, refused_text
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "curves": ("write_curves",),
            "html": ("write_report",),
            "pairs": ("write_pairs",),
            "pictures": ("Pictures", "draw_pictures", "draw_truth"),
            "rows": ("ReportRow", "ReportSummary"),
            "selection": ("PictureChoice", "PictureShelf", "select_pictures"),
            "verdict": ("SAID_BY_THE_VERDICT", "images_text", "refused_text"),
        },
    )
