"""Good images that all tests of calibration learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

import surfaces
from calibration.learning import RULES, learned
from surfedge.calibration.calibration import Calibration


@pytest.fixture(scope="session")
def strips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 good strips of 96 x 128 px."""
    return surfaces.good_folder(tmp_path_factory.mktemp("strips"))


@pytest.fixture(scope="session")
def by_rule(strips: list[Path]) -> dict[str, Calibration]:
    """The strips calibrated by each rule."""
    return {rule: learned(strips, rule=rule) for rule in RULES}
