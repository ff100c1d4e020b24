"""What decides an outcome is in the identity of the settings; what decides the speed alone is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import graphs
from surfedge import Bundle, Detector
from surfedge.bundle import serialize
from surfedge.detector import default_bundle
from surfedge.methods import Network
from surfedge.scoring.run_identity import settings_of

SCREEN = {"method": "dzl", "settings": {}, "limit": 1.0, "share": 0.9, "fill": 0.0}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    settings, _, blobs = serialize(Network(*graphs.scaled(tmp_path, 1.0), view="tiles", stride_px=16))
    return Bundle("network", settings, blobs={f"method/{name}": blob for name, blob in blobs.items()})


def identity(bundle: Bundle) -> str:
    return settings_of(Detector(bundle)).identity


@pytest.mark.parametrize(
    "speed", [{"threads": 1}, {"streams": 1}, {"batch": 4}, {"workers": 3}, {"tuned": {"m_per_min": 300}}]
)
def test_speed_scores_nothing_anew(speed: dict, bundle: Bundle) -> None:
    assert identity(replace(bundle, runtime=speed)) == identity(bundle)


def test_what_decides_scores_anew(bundle: Bundle) -> None:
    screened = replace(bundle, screen=SCREEN)
    others = [
        replace(bundle, runtime={"precision": "bf16"}),
        screened,
        replace(screened, screen={**SCREEN, "limit": 2.0}),
        replace(bundle, settings={**bundle.settings, "stride_px": 8}),
        replace(bundle, decision={"threshold": 0.5}),
    ]
    assert len({identity(each) for each in [bundle, *others]}) == 6
    assert identity(replace(screened, runtime={"screen": False})) == identity(bundle)


def test_a_limit_set_by_hand_is_called_that() -> None:
    """U4: the report said "quantile:0.99 on 120 good images" of a limit that somebody typed."""
    bundle = replace(
        default_bundle("dzl"),
        decision={**default_bundle("dzl").decision, "threshold": 8.0},
        calibration={"rule": "quantile:0.99", "good_images": 120},
    )
    detector = Detector(bundle)
    assert settings_of(detector).record["rule"] == "quantile:0.99"
    assert settings_of(detector).record["good_images"] == 120
    record = settings_of(detector.with_threshold(12)).record
    assert record["rule"] == "set by hand for this run; the bundle's is 8 by quantile:0.99 on 120 good images"
    assert record["good_images"] == 0 and record["threshold"] == 12.0
    assert settings_of(detector.with_threshold(8.0)).record["rule"] == "quantile:0.99"
