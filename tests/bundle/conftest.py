"""Good images that bundles of all methods learn from, and a container on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

import surfaces
from bundle.crafted import PARTS
from surfedge.bundle.container import write_container


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """10 good strips of 64 x 96 px."""
    return surfaces.good_folder(tmp_path_factory.mktemp("good"), count=10, shape=(64, 96))


@pytest.fixture
def container_path(tmp_path: Path) -> Path:
    """A container with three parts."""
    path = tmp_path / "a.surfedge"
    write_container(path, {"method": "statistics", "note": "grün"}, PARTS)
    return path
