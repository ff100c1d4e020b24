"""Rendered surfaces with known truth: plate, strip, leather, cloth, a part in its holder, and their defects; coils.

A surface is a height map with a reflectance; defects change one or both; an oblique light and a camera make
the image. `SURFACES` and `DEFECTS` list what there is; a new one is a new file and a new line here.

>>> from surfedge.synthesis import render
>>> shot = render("plate-diamond", shape=(128, 160), defects=("scratch",), seed=7)
>>> shot.image.shape, shot.image.dtype, bool(shot.mask.any()), shot.classes
((128, 160), dtype('uint8'), True, ('scratch',))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

SURFACES = {
    "plate-diamond": "surfedge.synthesis.surfaces.plate:plate_diamond",
    "plate-teardrop": "surfedge.synthesis.surfaces.plate:plate_teardrop",
    "plate-flattened": "surfedge.synthesis.surfaces.plate:plate_flattened",
    "strip": "surfedge.synthesis.surfaces.strip:strip",
    "strip-galvanised": "surfedge.synthesis.surfaces.galvanised:strip_galvanised",
    "leather": "surfedge.synthesis.surfaces.leather:leather",
    "part": "surfedge.synthesis.surfaces.part:part",
    "cloth-plain": "surfedge.synthesis.surfaces.cloth:cloth_plain",
    "cloth-twill": "surfedge.synthesis.surfaces.cloth:cloth_twill",
    "cloth-selvedge": "surfedge.synthesis.surfaces.cloth:cloth_selvedge",
}

# Short names, for a command line: "plate" is the usual one of its family.
ALIASES = {"plate": "plate-diamond", "cloth": "cloth-twill"}

DEFECTS = {
    "scratch": "surfedge.synthesis.defects.scratch:scratch",
    "hole": "surfedge.synthesis.defects.hole:hole",
    "dent": "surfedge.synthesis.defects.dent:dent",
    "stain": "surfedge.synthesis.defects.stain:stain",
    "pit": "surfedge.synthesis.defects.pit:pit",
    "roll_mark": "surfedge.synthesis.defects.roll_mark:roll_mark",
    "crack": "surfedge.synthesis.defects.crack:crack",
    "blister": "surfedge.synthesis.defects.blister:blister",
    "pinhole": "surfedge.synthesis.defects.pinhole:pinhole",
    "lamination": "surfedge.synthesis.defects.lamination:lamination",
    "edge_crack": "surfedge.synthesis.defects.edge_crack:edge_crack",
    "waviness": "surfedge.synthesis.defects.waviness:waviness",
}
# What a set shows unless it is told otherwise; a kind that is added must not change what a seed gives.
USUAL_DEFECTS = ("scratch", "hole", "dent", "stain", "pit", "roll_mark")

LAYOUTS = ("mvtec", "plain")
TRUTH = "truth.csv"  # of a set, beside its images

if TYPE_CHECKING:
    from surfedge.synthesis.coil import RenderedCoil, write_coil
    from surfedge.synthesis.coil_marks import RollMarks
    from surfedge.synthesis.dataset import Summary, remove_unnamed, write_dataset
    from surfedge.synthesis.record import Defect, Instance, Rendering
    from surfedge.synthesis.rendering import render
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "coil": ("RenderedCoil", "write_coil"),
            "coil_marks": ("RollMarks",),
            "dataset": ("Summary", "remove_unnamed", "write_dataset"),
            "record": ("Defect", "Instance", "Rendering"),
            "rendering": ("render",),
        },
    )
