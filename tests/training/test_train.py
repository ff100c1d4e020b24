"""From images to a certified bundle; ONNX; the certificate refuses what is not the trained network."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.bundle import Bundle
from surfedge.decision import Decision
from surfedge.detector import Detector, Preparation
from surfedge.engine import EngineOptions
from surfedge.errors import ArgumentError, EngineError, TrainingError
from surfedge.images import read
from surfedge.precision import LIMITS
from surfedge.training import export_calibrated, export_training, parse_recipe, to_onnx
from surfedge.training.certify import certify
from surfedge.training.train import runtime_method, train
from tiny import TINY


def test_the_bundle_inspects(trained: Any, plates: list[Path], tmp_path: Path) -> None:
    recipe, outcome, _ = trained
    outcome.bundle.write(tmp_path / "plate.surfedge")
    detector = Detector(tmp_path / "plate.surfedge", device="CPU")
    pixels = read(plates[0]).pixels.copy()
    pixels[20:40, 20:40] = 255
    assert detector(pixels).score > 2 * detector(plates[0]).score
    bundle = Bundle.read(tmp_path / "plate.surfedge")
    assert bundle.calibration["good_images"] == 9 and bundle.provenance["learned_images"] == 36
    assert parse_recipe(bundle.provenance["recipe"]).plain() == recipe.plain()
    assert bundle.provenance["parameters"] == sum(p.numel() for p in outcome.fitted.network.parameters())


def test_the_certificate_says_that_exported_equals_trained(trained: Any) -> None:
    proof = trained[1].bundle.certificate
    assert proof["images"] == 16 and proof["flipped_verdicts"] == 0
    assert proof["largest_map_difference"] < 1e-5
    assert proof["largest_score_difference"] < 1e-3 * proof["score_deviation"]


def test_a_residual_that_learns_is_certified_as_it_stands_in_the_bundle(trained: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = trained
    inference = replace(recipe.inference, residual="statistics")
    bundle, _ = export_calibrated(
        replace(recipe, inference=inference),
        outcome.fitted,
        plates[:9],
        plates[9:],
        threads=1,
        progress=lambda done, total, what: None,
    )
    assert len(bundle.parts_of("method")["mean"]) == 3 * 19
    assert 0 < bundle.certificate["largest_map_difference"] < 2e-3
    pixels = read(plates[0]).pixels.copy()
    pixels[20:40, 20:40] = 255
    detector = Detector(bundle, device="CPU")
    assert detector(pixels).score > 2 * detector(plates[0]).score


def test_same_seed_same_score(trained: Any, plates: list[Path], tmp_path: Path) -> None:
    recipe, outcome, _ = trained
    again = train(recipe, plates, tmp_path, threads=1)
    for path in plates[:5]:
        first, second = (Detector(each.bundle, device="CPU")(path).score for each in (outcome, again))
        assert second == pytest.approx(first, abs=1e-6)
    other = train(replace(recipe, seed=7), plates, tmp_path / "other", threads=1)
    assert Detector(other.bundle, device="CPU")(plates[0]).score != pytest.approx(first, abs=1e-6)


def test_another_network_is_refused(trained: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = trained
    method = runtime_method(recipe, outcome.fitted.network)
    with torch.random.fork_rng():
        torch.manual_seed(9)
        other = recipe.network.build().eval()
    with pytest.raises(TrainingError, match="no bundle was written"):
        certify(other, method, Decision(threshold=0.5), Preparation(), plates)


def test_bf16_is_certified_within_its_own_limits(trained: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = trained
    method = runtime_method(recipe, outcome.fitted.network).on(EngineOptions(precision="bf16"))
    proof = certify(outcome.fitted.network, method, Decision(threshold=10.0), Preparation(), plates)
    assert proof["precision"] == "bf16" and proof["limits"]["map"] == LIMITS["bf16"].map_per_largest == 0.05


@pytest.mark.skipif(find_spec("nncf") is None, reason="int8 needs nncf: pip install 'surfedge[int8]'")
def test_a_recipe_in_int8_is_certified_twice(trained: Any, plates: list[Path]) -> None:
    """First the export against torch in f32, then int8 against that; and again from the checkpoint alone."""
    recipe, outcome, folder = trained
    in_int8 = replace(recipe, precision="int8")
    assert in_int8.identity() == recipe.identity()  # the training is shared
    bundle = train(in_int8, plates, folder, threads=1).bundle
    proof = bundle.certificate
    assert proof["precision"] == "f32" and proof["largest_map_difference"] < 1e-5
    assert proof["reduced"]["precision"] == "int8" and bundle.runtime["precision"] == "int8"
    assert bundle.decision["threshold"] != outcome.bundle.decision["threshold"]
    again = export_training(folder, plates, "int8", threads=1).bundle
    assert again.blobs == bundle.blobs and again.decision == bundle.decision
    with pytest.raises(ArgumentError, match="other images"):
        export_training(folder, plates[1:], "int8", threads=1)


@pytest.mark.parametrize(
    "tables",
    [
        {"inference": {"stride_px": 16, "residual": "ssim", "window_px": 7}},
        {"inference": {"view": "whole"}, "data": {"samples": 0}, "loss": {"name": "ssim"}},
        {"network": {"name": "residual", "latent": 2, "width": 4, "input_px": 32, "channels": 3}},
        {"network": {"name": "variational", "latent": 4, "width": 4, "input_px": 32}},
        {
            "network": {"name": "alexnet", "latent": 8, "width": 6, "input_px": 67, "skip_stage": 2},
            "inference": {"view": "whole"},
            "data": {"samples": 0},
        },
    ],
    ids=["ssim", "whole", "residual-colour", "variational", "alexnet"],
)
def test_every_kind_goes_all_the_way(tables: dict[str, Any], plates: list[Path], tmp_path: Path) -> None:
    recipe = parse_recipe({**TINY, **tables, "training": {"epochs": 1, "batch": 16}})
    outcome = train(recipe, plates, tmp_path, threads=1)
    assert outcome.bundle.certificate["flipped_verdicts"] == 0
    assert np.isfinite(Detector(outcome.bundle, device="CPU")(plates[0]).score)


def test_calibration_again_shares_the_training(trained: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = trained
    other = replace(recipe, inference=replace(recipe.inference, residual="ssim"))
    assert other.identity() == recipe.identity()
    chosen = plates[:9], plates[9:]
    bundle, _ = export_calibrated(other, outcome.fitted, *chosen, progress=lambda done, total, what: None)
    assert bundle.settings["residual"] == "ssim"


def test_a_localisers_map_weighs_the_loss(trained: Any, plates: list[Path], tmp_path: Path) -> None:
    outcome = trained[1]
    outcome.bundle.write(tmp_path / "localiser.surfedge")
    loss = {"name": "mse_localised", "localiser": str(tmp_path / "localiser.surfedge")}
    recipe = parse_recipe({**TINY, "loss": loss, "training": {"epochs": 1, "batch": 16}})
    weighed = train(recipe, plates, tmp_path / "run", threads=1).fitted.curve
    plain = train(replace(recipe, loss=type(trained[0].loss)(), loss_name="mse"), plates, tmp_path / "plain", threads=1)
    assert weighed[0][1] > plain.fitted.curve[0][1]


def test_onnx_is_checked_and_equal(trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx", reason="ONNX export needs onnx")
    network = trained[1].fitted.network
    assert to_onnx(network, tmp_path / "plate.onnx") < 1e-5
    assert [each.name for each in onnx.load(tmp_path / "plate.onnx").graph.input] == ["image"]
    monkeypatch.setattr("surfedge.training.export.run_onnx", lambda path, batch: [batch + 1])
    with pytest.raises(TrainingError, match="answers that differ"):
        to_onnx(network, tmp_path / "wrong.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["plate.onnx"]


def test_a_network_that_cannot_be_expressed() -> None:
    from surfedge.engine import convert

    class Strange(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.linalg.eigvals(x).real

    with pytest.raises(EngineError, match="a network that OpenVINO can express"):
        convert(Strange(), torch.zeros(1, 4, 4), (1, 4, 4))
