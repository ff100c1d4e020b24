"""A detector over labelled images: its metrics, the page that shows them, what a screen costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.evaluation.evaluation import evaluate, headline
else:
    __getattr__, __dir__ = lazy_exports(__name__, {"evaluation": ("evaluate", "headline")})
