"""Data sets on disk: which images a folder, glob or list names, and which layout it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.datasets.finding import SUFFIXES, find_images
    from surfedge.datasets.layouts import GOOD, Sample, good_images, half_of, labelled_images
    from surfedge.datasets.splits import fingerprint_of, split
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "finding": ("SUFFIXES", "find_images"),
            "layouts": ("GOOD", "Sample", "good_images", "half_of", "labelled_images"),
            "splits": ("fingerprint_of", "split"),
        },
    )
