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

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

MODES = ("ratio", "paste", "poisson")

if TYPE_CHECKING:
    from surfedge.synthesis.paste.defect_patch import DefectPatch, cut_out
    from surfedge.synthesis.paste.pasting import Pasted, Placement, paste_defects
    from surfedge.synthesis.paste.source_split import split_sources
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "defect_patch": ("DefectPatch", "cut_out"),
            "pasting": ("Pasted", "Placement", "paste_defects"),
            "source_split": ("split_sources",),
        },
    )
