"""The export verb: another precision or format of a bundle, and what cannot be made."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

import graphs
from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.decision import Decision
from surfedge.detector import default_bundle
from surfedge.engine import Engine, EngineOptions
from surfedge.methods import Reconstruction


@pytest.fixture
def bundle(tmp_path: Path, strips: Path) -> Path:
    method = Reconstruction(*graphs.box_blur(tmp_path), stride_px=32)
    path = tmp_path / "a.surfedge"
    calibrate(method, Decision(blur_sigma_px=2.0), sorted(strips.glob("*")), prefilter="none").bundle.write(path)
    return path


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_a_bundle_in_another_precision(precision: str, run: Run, bundle: Path, strips: Path, tmp_path: Path) -> None:
    if precision == "int8" and find_spec("nncf") is None:
        pytest.skip("int8 needs nncf: pip install 'surfedge[int8]'")
    if precision == "bf16" and _computes_in(bundle, "bf16") != "bf16":
        pytest.skip("this CPU has no bf16")
    out = tmp_path / "b.surfedge"
    ran = run("export", bundle, "--precision", precision, "--good", strips, "--out", out, "--threads", 1)
    assert ran.code == 0
    assert f"{precision} against f32" in ran.out and "verdicts flipped" in ran.out
    assert "not the training's images: all 12 decide the threshold" in ran.out
    assert Bundle.read(out).certificate["reduced"]["precision"] == precision
    assert f"precision {precision}\n" in run("verify", out, "--device", "CPU").out
    again = run("export", out, "--precision", "bf16", "--good", strips, "--out", tmp_path / "c.surfedge", "--json")
    assert again.code == 2 and "expected a network in f32" in json.loads(again.out)["error"]


def test_a_pc_without_the_precision_is_told(run: Run, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU without bf16 takes f32 without a word; verify says it."""
    made = Bundle.read(bundle)
    made.runtime["precision"] = "bf16"
    made.write(bundle)
    monkeypatch.setattr(Engine, "computes_in", "f32")
    assert "precision f32: this PC has no bf16" in run("verify", bundle, "--device", "CPU").out


def test_the_network_of_a_bundle_as_openvino_reads_it(run: Run, bundle: Path, tmp_path: Path) -> None:
    assert run("export", bundle, "--out", tmp_path / "net.xml").code == 0
    blobs = Bundle.read(bundle).blobs
    assert (tmp_path / "net.xml").read_bytes() == blobs["method/graph"]
    assert (tmp_path / "net.bin").read_bytes() == blobs["method/weights"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "net.txt"], "a name ending in .onnx or .xml or .surfedge"),
        (["--out", "net.xml", "--format", "bundle"], "a name ending in .surfedge"),
        (["--out", "none/net.xml"], "in none that exists"),
        (["--out", "b.surfedge"], "both to write a bundle"),
        (["--out", "b.surfedge", "--precision", "int8"], "both to write a bundle"),
        (["--out", "net.xml", "--precision", "int8"], "a bundle to write"),
        (["--out", "b.surfedge", "--precision", "f32", "--good", "GOOD"], "a bundle holds one precision"),
    ],
)
def test_wrong_words(
    words: list[str], message: str, run: Run, bundle: Path, strips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bundle.parent)
    before = sorted(bundle.parent.iterdir())
    ran = run("export", bundle, *(str(strips) if word == "GOOD" else word for word in words))
    assert ran.code == 2 and message in ran.error and ran.error.count("\n") == 1
    assert sorted(bundle.parent.iterdir()) == before


def test_wrong_sources(run: Run, bundle: Path, tmp_path: Path) -> None:
    assert "expected a bundle or a training's folder" in run("export", "none", "--out", tmp_path / "a.xml").error
    default_bundle().write(tmp_path / "plain.surfedge")
    ran = run("export", tmp_path / "plain.surfedge", "--out", tmp_path / "a.xml")
    assert ran.code == 2 and "a bundle without a network" in ran.error
    if find_spec("torch") and find_spec("lightning"):
        ran = run("export", bundle, "--out", tmp_path / "a.onnx")
        assert ran.code == 2 and "the folder a.surfedge.training for ONNX" in ran.error
        ran = run("export", tmp_path, "--out", tmp_path / "a.onnx")
        assert ran.code == 2 and "train first" in ran.error


def _computes_in(bundle: Path, precision: str) -> str:
    blobs = Bundle.read(bundle).blobs
    options = EngineOptions(precision=precision)
    return Engine(blobs["method/graph"], blobs["method/weights"], options).computes_in
