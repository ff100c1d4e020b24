"""Good images that bundles of all methods learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

import surfaces


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """10 good strips of 64 x 96 px."""
    return surfaces.good_folder(tmp_path_factory.mktemp("good"), count=10, shape=(64, 96))
