"""Methods: an image in, a raw anomaly map out. One file each; a new one is a file, a line here and a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.methods.method import Method, name_of
    from surfedge.methods.network import Network
    from surfedge.methods.networked import Networked
    from surfedge.methods.pattern import Pattern
    from surfedge.methods.reconstruction import Reconstruction
    from surfedge.methods.residuals import RESIDUALS
    from surfedge.methods.screen import fit_screen, from_section, to_section
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "method": ("Method", "name_of"),
            "network": ("Network",),
            "networked": ("Networked",),
            "pattern": ("Pattern",),
            "reconstruction": ("Reconstruction",),
            "residuals": ("RESIDUALS",),
            "screen": ("fit_screen", "from_section", "to_section"),
        },
    )

METHODS = {
    "dzl": "surfedge.methods.dzl:DZL",
    "network": "surfedge.methods.network:Network",
    "pattern": "surfedge.methods.pattern:Pattern",
    "pixel_zscore": "surfedge.methods.pixel_zscore:PixelZScore",
    "reconstruction": "surfedge.methods.reconstruction:Reconstruction",
    "statistics": "surfedge.methods.statistics:Statistics",
}
WITHOUT_NETWORK = ("statistics", "pattern", "dzl", "pixel_zscore")
