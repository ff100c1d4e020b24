"""What lies in ``models/``: recipes and ready bundles, in an installed package or a source tree."""

from __future__ import annotations

from pathlib import Path


def packaged(pattern: str) -> dict[str, Path]:
    """Files ``models/<name>/<pattern>`` by name.

    >>> sorted(packaged("*.surfedge"))
    ['plate-fast']
    """
    package = Path(__file__).resolve().parents[1]
    folders = (package / "models", package.parents[1] / "models")
    found = (path for folder in folders if folder.is_dir() for path in sorted(folder.glob(f"*/{pattern}")))
    return {path.parent.name: path for path in found}
