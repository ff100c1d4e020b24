"""Defect transfer: a network that learns what defects look like apart from the surface, and puts them on another.

settings.py    the recipe                      layers.py encoder.py generator.py discriminators.py    the networks
losses.py      a function each, one total      turn.py    one step of both sides
views.py       squares of images, in memory    levels.py  what the networks see of them
fit.py         the loop that survives kills
model.py       what makes hybrids              checks.py  mode collapse and anchor, in figures and pictures
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.training.transfer_gan.checks import check
    from surfedge.training.transfer_gan.fit import clear_transfer, fit_transfer
    from surfedge.training.transfer_gan.model import TransferModel
    from surfedge.training.transfer_gan.settings import TransferRecipe, read_transfer_recipe
    from surfedge.training.transfer_gan.views import View, read_view
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "checks": ("check",),
            "fit": ("clear_transfer", "fit_transfer"),
            "model": ("TransferModel",),
            "settings": ("TransferRecipe", "read_transfer_recipe"),
            "views": ("View", "read_view"),
        },
    )
