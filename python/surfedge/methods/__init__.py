"""Methods: an image in, a raw anomaly map out. One file each; a new one is a file, a line here and a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.methods.classes import Classes
    from surfedge.methods.feature_classes import FeatureClasses
    from surfedge.methods.feature_network import FeatureNetwork
    from surfedge.methods.features import Features
    from surfedge.methods.forms import first_form, forms_of
    from surfedge.methods.lesson import Lesson
    from surfedge.methods.linear_classes import LinearClasses
    from surfedge.methods.marked_cells import Mark
    from surfedge.methods.marked_method import MarkedMethod
    from surfedge.methods.method import Method
    from surfedge.methods.network import Network
    from surfedge.methods.networked import Networked
    from surfedge.methods.pattern import Pattern
    from surfedge.methods.reconstruction import Reconstruction
    from surfedge.methods.region_kinds import described, learn_kinds, left_out
    from surfedge.methods.residuals import RESIDUALS
    from surfedge.methods.screen import fit_screen, from_section, to_section
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "classes": ("Classes",),
            "feature_network": ("FeatureNetwork",),
            "features": ("Features",),
            "forms": ("forms_of", "first_form"),
            "feature_classes": ("FeatureClasses",),
            "lesson": ("Lesson",),
            "linear_classes": ("LinearClasses",),
            "marked_cells": ("Mark",),
            "marked_method": ("MarkedMethod",),
            "method": ("Method",),
            "network": ("Network",),
            "networked": ("Networked",),
            "pattern": ("Pattern",),
            "reconstruction": ("Reconstruction",),
            "region_kinds": ("described", "learn_kinds", "left_out"),
            "residuals": ("RESIDUALS",),
            "screen": ("fit_screen", "from_section", "to_section"),
        },
    )

METHODS = {
    "bank": "surfedge.methods.bank:Bank",
    "classes": "surfedge.methods.classes:Classes",
    "dzl": "surfedge.methods.dzl:DZL",
    "features": "surfedge.methods.features:Features",
    "feature_classes": "surfedge.methods.feature_classes:FeatureClasses",
    "network": "surfedge.methods.network:Network",
    "pattern": "surfedge.methods.pattern:Pattern",
    "pixel_zscore": "surfedge.methods.pixel_zscore:PixelZScore",
    "reconstruction": "surfedge.methods.reconstruction:Reconstruction",
    "statistics": "surfedge.methods.statistics:Statistics",
    "statistics_classes": "surfedge.methods.statistics_classes:StatisticsClasses",
}
WITHOUT_NETWORK = ("statistics", "bank", "pattern", "dzl", "pixel_zscore")
VIEWS = ("tiles", "whole")  # of an image, by a network: overlapping tiles, or the image resized to its input
# Methods that can stand in front of a network, with their settings there.
SCREENS: dict[str, dict[str, Any]] = {
    "statistics": {"cell_px": 16, "patch_cells": (1, 3), "use_colour": False},
    "dzl": {"patch_px": 16},
}
