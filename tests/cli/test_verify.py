"""The verify verb: whole, and runs here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import graphs
from cli.conftest import Run
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.decision import Decision
from surfedge.detector import default_bundle
from surfedge.kernels import active_isa
from surfedge.methods import WITHOUT_NETWORK, Network


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
def test_a_whole_bundle(method: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    identity = default_bundle(method).write(path).identity
    ran = run("verify", path)
    assert ran.code == 0 and ran.error == ""
    assert f"{path}: whole and runs here (method {method}, instruction set {active_isa()})" in ran.out
    assert identity in ran.out
    values = json.loads(run("verify", path, "--json").out)
    assert values["whole"] is True and values["identity"] == identity and values["score"] > -1e9


def test_a_network(run: Run, tmp_path: Path) -> None:
    settings, _, blobs = serialize(Network(*graphs.scaled(tmp_path, 1.0)))
    decision, _, _ = serialize(Decision(threshold=0.4))
    bundle = Bundle("network", settings, decision, blobs=with_section("method", {}, blobs)[1])
    bundle.write(tmp_path / "a")
    assert run("verify", tmp_path / "a", "--device", "CPU").code == 0
    ran = run("verify", tmp_path / "a", "--device", "TPU")
    assert ran.code == 3 and "device: found TPU" in ran.error and ran.error.count("\n") == 1
    broken = replace(bundle, blobs={**bundle.blobs, "method/graph": b"<net/>"})
    broken.write(tmp_path / "b")  # its bytes are whole, its network is none
    ran = run("verify", tmp_path / "b")
    assert ran.code == 3 and "network: found" in ran.error and ran.error.count("\n") == 1


@pytest.mark.parametrize("where", [3, 20, 150, -1])
def test_one_changed_bit(where: int, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    default_bundle().write(path)
    data = bytearray(path.read_bytes())
    data[where] ^= 4
    path.write_bytes(data)
    ran = run("verify", path)
    assert ran.code == 3 and ran.out == "" and ran.error.startswith(f"surfedge: {path}: found ")
    assert list(json.loads(run("verify", path, "--json").out)) == ["error"]


def test_settings_of_another_release(run: Run, tmp_path: Path) -> None:
    Bundle("statistics", {"colour_space": "lab"}).write(tmp_path / "a")
    ran = run("verify", tmp_path / "a")
    assert ran.code == 3 and "unknown key 'colour_space'" in ran.error and ran.error.count("\n") == 1


def test_help_has_an_example(run: Run) -> None:
    assert "example: surfedge verify leather.surfedge" in run("verify", "--help").out
