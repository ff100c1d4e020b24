"""Which variant of a method is calibrated: the one that tells drawn defects, and the first where all are alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from surfedge.calibration import calibrate
from surfedge.decision import Decision, RawMap
from surfedge.images import Frame, to_grey_f32
from surfedge.methods import Method
from surfedge.methods.statistics import Statistics


@dataclass(frozen=True)
class Sighted(Method):
    """Sees everything alike unless `chosen` is "keen"."""

    name: ClassVar[str] = "statistics"
    chosen: str = ""
    kinds: tuple[str, ...] = ("blind", "keen")

    def variants(self) -> tuple[Sighted, ...]:
        """One of each kind."""
        return tuple(Sighted(kind, self.kinds) for kind in self.kinds)

    def inspect(self, frame: Frame) -> RawMap:
        """The difference from the usual grey, or nothing."""
        grey = to_grey_f32(frame)
        return RawMap(np.abs(grey - np.float32(0.5)) if self.chosen == "keen" else 0 * grey)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, rng = tmp_path_factory.mktemp("good"), np.random.default_rng(0)
    for number in range(9):
        cv2.imwrite(str(folder / f"{number}.png"), rng.normal(128, 3, (48, 48)).clip(0, 255).astype(np.uint8))
    return sorted(folder.glob("*.png"))


@pytest.mark.parametrize(
    ("kinds", "chosen"), [(("blind", "keen"), "keen"), (("keen", "blind"), "keen"), (("blind", "blind"), "blind")]
)
def test_the_one_that_tells_drawn_defects_is_taken(paths: list[Path], kinds: tuple[str, ...], chosen: str) -> None:
    outcome = calibrate(Sighted(kinds=kinds), Decision(), paths, rule="max", normalise="none", prefilter="none")
    assert outcome.bundle.settings["chosen"] == chosen
    assert outcome.notes[0].startswith(f"{chosen} is taken: drawn defects rank above good images with probability ")


def test_nothing_is_said_where_there_is_nothing_to_choose(paths: list[Path]) -> None:
    outcome = calibrate(Statistics(), Decision(), paths, rule="max", prefilter="none")
    assert outcome.notes == ()
