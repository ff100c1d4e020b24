"""Reports that people open: one HTML file that works offline, and the pictures in it."""

from __future__ import annotations

from surfedge.report.html import write_report
from surfedge.report.pictures import Pictures, draw_pictures
from surfedge.report.rows import ReportRow, ReportSummary
from surfedge.report.selection import PictureChoice, PictureShelf, select_pictures

__all__ = [
    "PictureChoice",
    "PictureShelf",
    "Pictures",
    "ReportRow",
    "ReportSummary",
    "draw_pictures",
    "select_pictures",
    "write_report",
]
