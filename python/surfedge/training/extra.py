"""Whether the training extra is there, and what to say where it is not."""

from __future__ import annotations


def require_torch() -> None:
    """Raises EngineError, saying what to install, where training software is missing."""
    from importlib.util import find_spec

    from surfedge.errors import EngineError

    missing = [name for name in ("torch", "lightning") if find_spec(name) is None]
    if missing:
        raise EngineError(
            "training",
            found=f"no {' and no '.join(missing)}",
            expected="the training extra",
            remedy="pip install 'surfedge[train]' (inspection itself needs neither)",
        )
