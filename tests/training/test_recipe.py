"""Recipes: what is refused, what is kept, and that the project's own can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs torch")

from surfedge.errors import ArgumentError
from surfedge.training import parse_recipe, read_recipe
from surfedge.training.recipe import own_recipes

MODELS = Path(__file__).resolve().parents[2] / "models"
OWN = sorted(path.parent.name for path in MODELS.glob("*/recipe.toml"))


@pytest.mark.parametrize("name", OWN)
def test_own_recipes_can_be_read_and_have_a_card(name: str) -> None:
    recipe = read_recipe(name)
    assert parse_recipe(recipe.plain()).plain() == recipe.plain()
    assert (MODELS / name / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n")


def test_every_recipe_is_known_by_name() -> None:
    assert list(own_recipes()) == OWN and {"alexnet", "bergmann-fast", "residual", "variational"} <= set(OWN)


def test_the_source_settings() -> None:
    bergmann, alexnet = read_recipe("bergmann-ssim"), read_recipe("alexnet-handicap")
    assert (bergmann.training.epochs, bergmann.training.learning_rate, bergmann.data.samples) == (200, 2e-4, 10000)
    assert bergmann.inference.stride_px == 32 and read_recipe("bergmann-l2").decision.opening_radius_px == 4
    assert (alexnet.training.batch, alexnet.training.patience, alexnet.data.validation_share) == (8, 10, 0.05)
    assert (alexnet.augmentation.noise_sigma, alexnet.augmentation.cutout_share) == (0.05, 0.15)
    assert alexnet.inference.view == "whole" and alexnet.network.input_px == 227


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"network": {"name": "bergmann", "depth": 3}}, "unknown key 'depth'"),
        ({"network": {"name": "bergman"}}, "did you mean 'bergmann'"),
        ({"network": {}}, "no name"),
        ({"network": {"name": "bergmann"}, "trainings": {}}, "unknown key 'trainings'"),
        ({"network": {"name": "bergmann"}, "training": {"epoch": 3}}, "unknown key 'epoch'"),
        ({"network": {"name": "bergmann"}, "training": {"epochs": 2.5}}, "training.epochs"),
        ({"network": {"name": "bergmann"}, "training": {"learning_rate": 0.0}}, "above 0"),
        ({"network": {"name": "bergmann"}, "loss": {"name": "ssim", "weight": 1.0}}, "unknown key 'weight'"),
        ({"network": {"name": "bergmann"}, "loss": {"name": "mse_localised"}}, "no 'localiser'"),
        ({"network": {"name": "bergmann"}, "loss": "ssim"}, "a table"),
        ({"network": {"name": "bergmann"}, "calibration": {"rule": "best"}}, "rule"),
        ({"network": {"name": "bergmann"}, "inference": {"stride_px": 200}}, "stride_px"),
        ({"network": {"name": "bergmann"}, "seed": -1}, "seed"),
    ],
)
def test_what_is_wrong_is_named(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse_recipe(tables)


def test_a_file_that_is_no_toml_and_a_name_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[network\nname = 1")
    with pytest.raises(ArgumentError, match="a TOML file"):
        read_recipe(tmp_path / "broken.toml")
    with pytest.raises(ArgumentError, match="bergmann-fast"):
        read_recipe("bergmann-quick")


def test_identity_changes_with_what_decides_the_network_only() -> None:
    plain = {"network": {"name": "bergmann"}}
    first = parse_recipe(plain).identity()
    judged = {"inference": {"residual": "ssim"}, "decision": {"blur_sigma_px": 9}}
    assert parse_recipe({**plain, **judged}).identity() == first
    trained = ({"seed": 1}, {"loss": {"name": "ssim"}}, {"training": {"batch": 8}}, {"inference": {"view": "whole"}})
    for change in trained:
        assert parse_recipe({**plain, **change}).identity() != first
