"""Data sets on disk: which images a folder, glob or list names, and what its sub-folders mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.datasets.class_folders import class_set
    from surfedge.datasets.content import SUFFIXES, has_image_suffix, kind_of
    from surfedge.datasets.description import Description, Unreadable, describe_all
    from surfedge.datasets.dividing import balanced, divide, drawn, groups_of
    from surfedge.datasets.duplicates import Pair, find_duplicates
    from surfedge.datasets.finding import Found, find, find_images
    from surfedge.datasets.folder_names import GOOD, UNLABELLED, Meaning, is_role, meaning_of
    from surfedge.datasets.good_folders import GoodSet, good_images, good_set
    from surfedge.datasets.hygiene import folders, odd_ones
    from surfedge.datasets.labelled_folders import LabelledSet, labelled_images, labelled_set, training_set
    from surfedge.datasets.marked_folders import MarkedImage, MarkedSet, marked_set
    from surfedge.datasets.moves import Move, carry_out, copy_whole, planned, undo
    from surfedge.datasets.sample import Sample, half_of
    from surfedge.datasets.splits import fingerprint_of, fingerprint_of_samples, split
    from surfedge.datasets.understood import LeftOut, Understood, printable
    from surfedge.datasets.voc_boxes import Box, read_boxes
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "class_folders": ("class_set",),
            "content": ("SUFFIXES", "has_image_suffix", "kind_of"),
            "description": ("Description", "Unreadable", "describe_all"),
            "dividing": ("balanced", "divide", "drawn", "groups_of"),
            "duplicates": ("Pair", "find_duplicates"),
            "finding": ("Found", "find", "find_images"),
            "folder_names": ("GOOD", "UNLABELLED", "Meaning", "is_role", "meaning_of"),
            "good_folders": ("GoodSet", "good_images", "good_set"),
            "hygiene": ("folders", "odd_ones"),
            "labelled_folders": ("LabelledSet", "labelled_images", "labelled_set", "training_set"),
            "marked_folders": ("MarkedImage", "MarkedSet", "marked_set"),
            "moves": ("Move", "carry_out", "copy_whole", "planned", "undo"),
            "sample": ("Sample", "half_of"),
            "splits": ("fingerprint_of", "fingerprint_of_samples", "split"),
            "understood": ("LeftOut", "Understood", "printable"),
            "voc_boxes": ("Box", "read_boxes"),
        },
    )
