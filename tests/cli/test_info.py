"""The info verb shows what stands in a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.detector import default_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "a.surfedge"
    Bundle(
        "dzl",
        {"patch_px": 8},
        {"threshold": 4.123456789},
        {"bit_depth": 12},
        {"rule": "max", "thresholds": {"max": 4.5}},
        arrays={"calibration/scores": np.arange(3.0)},
        blobs={"method/graph": b"x" * 2048},
    ).write(path)
    return path


def test_people_see_every_entry(run: Run, bundle: Path) -> None:
    ran = run("info", bundle)
    assert ran.code == 0 and ran.error == ""
    for text in (
        "method",
        "dzl",
        Bundle.read(bundle).identity[:40],
        "settings.patch_px",
        "decision.threshold",
        "4.12346",
        "input.bit_depth",
        "calibration.rule",
        "max 4.5",
        "calibration/scores",
        "2,048 bytes",
    ):
        assert text in ran.out, text


def test_programs_get_the_manifest(run: Run, bundle: Path) -> None:
    ran = run("info", bundle, "--json")
    values = json.loads(ran.out)
    assert ran.out.count("\n") == 1 and ran.error == ""
    assert values["method"] == "dzl" and values["decision"]["threshold"] == 4.123456789
    assert values["identity"] == Bundle.read(bundle).identity
    assert values["parts"] == {"calibration/scores": "float64 (3,)", "method/graph": "2,048 bytes"}


def test_a_plain_preset(run: Run, tmp_path: Path) -> None:
    default_bundle().write(tmp_path / "a")
    assert run("info", tmp_path / "a").code == 0


@pytest.mark.parametrize("damage", ["missing", "png", "cut", "flip"])
def test_what_is_no_bundle(damage: str, run: Run, bundle: Path, strips: Path) -> None:
    data = bytearray(bundle.read_bytes())
    path = {"missing": bundle / "no", "png": strips / "00.png"}.get(damage, bundle)
    if damage == "cut":
        bundle.write_bytes(data[:-1])
    if damage == "flip":
        data[200] ^= 1
        bundle.write_bytes(data)
    ran = run("info", path)
    assert ran.code == (2 if damage == "missing" else 3) and ran.out == ""
    assert str(path) in ran.error and ran.error.count("\n") == 1 and "; " in ran.error


def test_help_has_an_example(run: Run) -> None:
    assert "example: surfedge info leather.surfedge" in run("info", "--help").out
