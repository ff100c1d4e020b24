"""Cut and paste: labelled defects of one surface on another, with the truth and a register of what went where.

>>> import numpy as np
>>> from surfedge.synthesis.paste import cut_out, paste_defects
>>> plain = np.full((60, 60), 100, np.uint8)
>>> plain[20:24, 10:40] = 40
>>> patch = cut_out(plain, box=(6, 16, 40, 12), class_name="scratch")
>>> made = paste_defects(np.full((128, 128), 180, np.uint8), [patch, patch], np.random.default_rng(0))
>>> [placement.class_name for placement in made.placements], bool(made.mask.any())
(['scratch', 'scratch'], True)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.synthesis.paste.defect_patch import DefectPatch as DefectPatch
    from surfedge.synthesis.paste.defect_patch import cut_out as cut_out
    from surfedge.synthesis.paste.pasting import Pasted as Pasted
    from surfedge.synthesis.paste.pasting import Placement as Placement
    from surfedge.synthesis.paste.pasting import paste_defects as paste_defects
    from surfedge.synthesis.paste.source_split import split_sources as split_sources

MODES = ("ratio", "paste", "poisson")

_LAZY = {
    "DefectPatch": "surfedge.synthesis.paste.defect_patch",
    "cut_out": "surfedge.synthesis.paste.defect_patch",
    "Pasted": "surfedge.synthesis.paste.pasting",
    "Placement": "surfedge.synthesis.paste.pasting",
    "paste_defects": "surfedge.synthesis.paste.pasting",
    "split_sources": "surfedge.synthesis.paste.source_split",
}

__all__ = ["MODES", *_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
