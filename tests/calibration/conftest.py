"""Good images that all tests of calibration learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

import surfaces


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 good strips of 96 x 128 px."""
    return surfaces.good_folder(tmp_path_factory.mktemp("strips"))
