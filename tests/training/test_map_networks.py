"""Networks that return the anomaly map: images to certified bundles at tiny size, killed and continued, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.detector import Detector
from surfedge.errors import ArgumentError, TrainingError
from surfedge.images import read
from surfedge.precision import in_precision
from surfedge.training import Fitted, load, parse_recipe, recipe_of, to_onnx
from surfedge.training.batches.examples import Examples
from surfedge.training.certify import in_torch
from surfedge.training.checkpoints import FINISHED, LAST
from surfedge.training.fit import fit
from surfedge.training.recipe import read_recipe
from surfedge.training.train import train

DECIDED = {"decision": {"blur_sigma_px": 0.0}, "calibration": {"normalise": "none"}}
TINY: dict[str, dict[str, Any]] = {
    "cflow": {
        "network": {"weights": "random", "width": 8, "couplings": 2, "position": 16, "input_px": 64, "vectors": 64},
        "training": {"epochs": 3, "batch": 8, "learning_rate": 0.002, "schedule": "warm_cosine"},
    },
    "draem": {
        "network": {"reconstructive": 4, "discriminative": 4, "input_px": 64, "mean_px": 5, "turn_probability": 0.0},
        "training": {"epochs": 12, "batch": 4, "learning_rate": 0.003, "schedule": "steps"},
    },
    "reverse_distillation": {
        "network": {"weights": "random", "width": 8, "embedding": 16, "input_px": 64, "blur_sigma_px": 1.0},
        "training": {"epochs": 8, "batch": 8, "momentum": 0.5, "learning_rate": 0.005},
    },
}
RECIPES = {"cflow": "cflow", "draem": "draem", "reverse_distillation": "reverse-distillation"}
FIVE = np.random.default_rng(4).integers(0, 256, (5, 3, 64, 64), np.uint8)

MODELS = Path(__file__).resolve().parents[2] / "models"


class _KilledError(Exception):
    """What a test stops a training with."""


def _recipe(name: str, **tables: Any) -> Any:
    given = TINY[name]
    training = {**given["training"], **tables.pop("training", {})}
    network = {"name": name, **given["network"], **tables.pop("network", {})}
    return parse_recipe({**DECIDED, **given, "network": network, "training": training, **tables})


@pytest.fixture(scope="module", params=TINY)
def detector(request: Any, plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(recipe, outcome, folder) of a tiny training on grey images."""
    place = tmp_path_factory.mktemp(request.param)
    recipe = _recipe(request.param)
    return recipe, train(recipe, plates, place / "run", threads=1), place / "run"


def test_grey_images_become_a_certified_bundle_that_finds_a_square(detector: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = detector
    bundle = outcome.bundle
    assert bundle.method == "network" and bundle.settings["view"] == "whole"
    assert bundle.certificate["flipped_verdicts"] == 0 and bundle.certificate["largest_map_difference"] < 1e-3
    assert bundle.provenance["map"] and parse_recipe(bundle.provenance["recipe"]).identity() == recipe.identity()
    figures = [figure for _, _, figure in outcome.fitted.curve]
    assert min(figures) < figures[0] and bundle.provenance["validation_loss"] == min(figures)
    method = Detector(bundle, device="CPU").method
    frame = read(plates[0])
    pixels = frame.pixels.copy()
    pixels[24:40, 24:40] = np.random.default_rng(3).integers(0, 2, (16, 16)) * 255
    good, bad = (method.inspect(each).values for each in (frame, replace(frame, pixels=pixels)))
    assert bad[24:40, 24:40].mean() > 1.2 * good[24:40, 24:40].mean() and bad.shape == (64, 64)


def test_graph_and_torch_agree(detector: Any, plates: list[Path], tmp_path: Path) -> None:
    recipe, outcome, folder = detector
    method = Detector(outcome.bundle, device="CPU").method
    kept = load(recipe_of(folder), folder).network
    for path in plates[:4]:
        found, expected = (each.inspect(read(path)).map for each in (method, in_torch(method, kept)))
        np.testing.assert_allclose(found, expected, atol=2e-4)
    pytest.importorskip("onnx", reason="ONNX export needs onnx")
    assert to_onnx(kept, tmp_path / "network.onnx", recipe.family.output) < 1e-3


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_lower_precisions_are_certified_or_refused(detector: Any, plates: list[Path], precision: str) -> None:
    """Scores of a tiny network of random weights lie close together: the certificate may say no, by name."""
    if precision == "int8":
        pytest.importorskip("nncf", reason="int8 needs nncf")
    _, outcome, _ = detector
    try:
        bundle = in_precision(outcome.bundle, precision, plates[:9], plates[9:], threads=1)
    except TrainingError as error:
        refused = str(error)
        bundle = None
    if bundle is None:
        assert f"precision {precision}: found map" in refused and "no bundle was written" in refused
        return
    assert bundle.runtime["precision"] == precision and bundle.method == "network"
    assert np.isfinite(Detector(bundle, device="CPU")(plates[0]).score)


def _fit(name: str, folder: Path, *, kill_after: int = 0, **tables: Any) -> Fitted:
    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("training") and done == kill_after:
            raise _KilledError

    recipe = _recipe(name, **{"training": {"epochs": 3, "batch": 2}, **tables})
    return fit(recipe, Examples(list(FIVE[:3])), Examples(list(FIVE[3:])), folder, threads=1, progress=progress)


@pytest.mark.parametrize("name", TINY)
def test_a_killed_run_ends_as_an_uninterrupted_one(name: str, tmp_path: Path) -> None:
    whole = _fit(name, tmp_path / "whole")
    with pytest.raises(_KilledError):
        _fit(name, tmp_path / "killed", kill_after=1)
    assert not (tmp_path / "killed" / FINISHED).exists()
    again = _fit(name, tmp_path / "killed")
    assert again.curve == whole.curve and len(whole.curve) == 3
    for key, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[key]), key


@pytest.mark.parametrize("name", TINY)
def test_fewer_images_than_a_batch_are_one_smaller_batch(name: str, tmp_path: Path) -> None:
    fitted = _fit(name, tmp_path, training={"epochs": 1, "batch": 32})
    assert fitted.epochs == 1 and np.isfinite(fitted.curve[0][1:]).all()


@pytest.mark.parametrize("name", TINY)
def test_a_loss_that_is_no_number_stops_the_training(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(name, training={"epochs": 3, "batch": 2})
    bad = [np.full((3, 64, 64), np.nan, np.float32)] * 3
    if name == "draem":  # no anomaly is laid over an image that is none: the image is named
        with pytest.raises(ArgumentError, match="NaN"):
            fit(recipe, Examples(bad), Examples(list(FIVE[3:])), tmp_path / "bad", threads=1)
        monkeypatch.setattr("surfedge.training.networks.draem.focal", lambda probabilities, mask: mask.sum() * np.nan)
        bad = list(FIVE[:3])
    with pytest.raises(TrainingError, match=r"a loss of nan in epoch 0, batch 0.*learning_rate"):
        fit(recipe, Examples(bad), Examples(list(FIVE[3:])), tmp_path, threads=1)
    assert not (tmp_path / LAST).exists()


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_say_what_is_trained_and_have_a_card(name: str) -> None:
    for recipe in (RECIPES[name], f"{RECIPES[name]}-fast"):
        found = read_recipe(recipe)
        assert found.network_name == name and found.view == "whole" and found.network.input_px == 256
        card = (MODELS / recipe / "README.md").read_text(encoding="utf-8")
        assert card.startswith(f"# {recipe}\n") and "Source" in card and "Limits" in card


def test_colour_images_at_another_size_are_resized(tmp_path: Path, detector: Any) -> None:
    _, outcome, _ = detector
    rng = np.random.default_rng(2)
    cv2.imwrite(str(tmp_path / "colour.png"), rng.integers(0, 256, (50, 90, 3), np.uint8))
    found = Detector(outcome.bundle, device="CPU").method.inspect(read(tmp_path / "colour.png"))
    assert found.values.shape == (64, 64) and found.cell_px is None and np.isfinite(found.values).all()


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("cflow", {"input_px": 72}, "a multiple of 16, 64 or more"),
        ("cflow", {"couplings": 0}, "1 or more"),
        ("cflow", {"position": 6}, "a multiple of 4"),
        ("cflow", {"objective": "plain"}, "log_sigmoid, likelihood"),
        ("cflow", {"vectors": 0}, "1 or more"),
        ("cflow", {"places_share": 0.0}, "above 0, to 1"),
        ("cflow", {"width": 1}, "a coupling halves"),
        ("draem", {"input_px": 80}, "a multiple of 32, 64 or more"),
        ("draem", {"channels": 2}, "1 or 3"),
        ("draem", {"reconstructive": 0}, "1 or more"),
        ("draem", {"discriminative": 0}, "1 or more"),
        ("draem", {"mean_px": 4}, "an odd number"),
        ("draem", {"turn_probability": 1.5}, "0 to 1"),
        ("reverse_distillation", {"input_px": 80}, "a multiple of 32, 64 or more"),
        ("reverse_distillation", {"margin_px": 16}, "a multiple of 32 below half"),
        ("reverse_distillation", {"per": "pixel"}, "place, map"),
        ("reverse_distillation", {"embedding": 0}, "1 or more"),
        ("reverse_distillation", {"blur_sigma_px": -1.0}, "a quarter of input_px"),
        ("reverse_distillation", {"width": 0}, "1 or more"),
        ("reverse_distillation", {"weights": ""}, "a file"),
    ],
)
def test_wrong_settings_are_refused(name: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        _recipe(name, network=settings)
