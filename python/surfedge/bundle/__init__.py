"""The one file that travels: verified bytes in, everything a Detector needs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.bundle.bundle import Bundle, with_section
    from surfedge.bundle.serialization import deserialize, serialize
else:
    __getattr__, __dir__ = lazy_exports(
        __name__, {"bundle": ("Bundle", "with_section"), "serialization": ("deserialize", "serialize")}
    )
