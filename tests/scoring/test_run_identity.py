"""What decides an outcome is in the identity of the settings; what decides the speed alone is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import graphs
from surfedge import Bundle, Detector
from surfedge.bundle import serialize
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
