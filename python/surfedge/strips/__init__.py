"""Plates and coils: images that are longer than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.strips.pattern_stream import StripTile, strip_tiles
else:
    __getattr__, __dir__ = lazy_exports(__name__, {"pattern_stream": ("StripTile", "strip_tiles")})
