"""What a bundle's network costs: every precision that this PC computes in, and the kernels that ran."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import graphs
from surfedge.bench.networks import network_costs
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.cli import main
from surfedge.decision import Decision
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError
from surfedge.methods import Network


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    settings, arrays, blobs = serialize(Network(*graphs.costly(folder), view="tiles", stride_px=64))
    parts, networks = with_section("method", arrays, blobs)
    decision, _, _ = serialize(Decision())
    bundle = Bundle("network", settings, decision, arrays=parts, blobs=networks, runtime={"precision": "f32"})
    bundle.write(folder / "costly.surfedge")
    return folder / "costly.surfedge"


def test_each_precision_and_number_of_threads_is_timed(path: Path) -> None:
    found = network_costs({"costly": Bundle.read(path)}, (1, 2), seconds=0.01)
    asked = [(cost.precision, cost.threads) for cost in found]
    assert asked[:2] == [("f32", 1), ("f32", 2)] and set(asked[2:]) <= {("bf16", 1), ("bf16", 2)}
    for cost in found:
        assert cost.input == (1, 64, 64) and cost.method == "network" and 0 < cost.megabytes < 1
        assert 0 < cost.low_ms <= cost.ms <= cost.high_ms
        assert cost.kernels and cost.to_dict()["images_per_s"] == pytest.approx(1e3 / cost.ms)


def test_the_verb_prints_a_table(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "networks", str(path), "--quick", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["networks"][0]["bundle"] == str(path) and said["networks"][0]["kernels"]
    assert main(["bench", "networks", str(path), "--quick"]) == 0
    assert "costly.surfedge" in capsys.readouterr().out


def test_bundles_without_a_network_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ArgumentError, match="found plain with the method statistics, expected a bundle with a network"):
        network_costs({"plain": default_bundle()})
    assert main(["bench", "networks"]) == 2
    assert "surfedge bench networks BUNDLE" in capsys.readouterr().err
