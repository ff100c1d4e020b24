"""The bundle that comes with the project: small, certified, and right about plates it has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.synthesis import render

BUNDLE = Path(__file__).resolve().parents[2] / "models" / "plate-fast" / "plate.surfedge"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(BUNDLE, device="CPU", threads=1)


def test_it_is_small_and_says_where_it_comes_from() -> None:
    bundle = Bundle.read(BUNDLE)
    assert BUNDLE.stat().st_size < 3_000_000
    assert bundle.certificate["flipped_verdicts"] == 0 and bundle.certificate["images"] == 16
    assert bundle.provenance["recipe"]["network"]["name"] == "bergmann"


@pytest.mark.parametrize("kind", ["hole", "dent"])
def test_it_finds_what_it_is_good_at(detector: Detector, kind: str) -> None:
    shot = render("plate", shape=(384, 384), defects=(kind,), severity=1.0, seed=70001)
    result = detector(shot.image)
    assert result.is_defective and result.mask is not None and (result.mask & shot.mask).any()


def test_it_lets_good_plates_pass(detector: Detector) -> None:
    verdicts = [detector(render("plate", shape=(384, 384), seed=80000 + k).image).is_defective for k in range(4)]
    assert not any(verdicts)
