"""The page in which a person marks images: what to ask next, what was said, and the files that come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.labelling.proposals import Proposals, near_limit
    from surfedge.labelling.server import DEFAULT_HOST, DEFAULT_PORT, require_server, serve
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "proposals": ("Proposals", "near_limit"),
            "server": ("DEFAULT_HOST", "DEFAULT_PORT", "require_server", "serve"),
        },
    )
