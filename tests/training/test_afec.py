"""AFEC: the source's parameter counts, its forms, and where its encoder comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.bundle import Bundle
from surfedge.datasets import class_set
from surfedge.errors import ArgumentError
from surfedge.training import Trained, parse_recipe, read_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.networks.afec import Afec
from training.textures import NAMES, TINY, trained

CODER = {"name": "standard_autoencoder", "latent": 16, "widths": [2, 2, 4, 4], "input_px": 96}


@pytest.mark.parametrize(
    ("latent", "dense", "learned", "parameters"),
    [
        (512, (64,), "head", 34_197),
        (512, (115, 64), "head", 67_784),
        (512, (64,), "last_convolution", 108_053),
        (1024, (115, 64), "head", 126_664),
        (256, (115, 64), "head", 38_344),
    ],
)
def test_afec_trains_the_printed_parameters(latent: int, dense: Any, learned: str, parameters: int) -> None:
    coder = {"name": "standard_autoencoder", "latent": latent}
    network = Afec(class_names=NAMES, autoencoder=coder, dense=dense, trained=learned).build()
    assert sum(each.numel() for each in network.classifying()) == parameters
    assert network.provenance()["trained_parameters"] == parameters


def test_own_recipes_are_those_forms() -> None:
    forms = {name: read_recipe(name).network for name in ("afec", "afec-115", "afec-conv")}
    heads = {name: (each.dense, each.trained, each.coder.latent) for name, each in forms.items()}
    assert heads["afec"] == ((64,), "head", 512) and heads["afec-115"] == ((115, 64), "head", 512)
    assert heads["afec-conv"] == ((64,), "last_convolution", 512)
    assert [stage.name for stage in read_recipe("afec").family.stages(read_recipe("afec"))] == [
        "autoencoder",
        "classifier",
    ]


@pytest.fixture(scope="module")
def coder(textures: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(training folder, bundle) of an autoencoder, whose batch norm counted something."""
    from surfedge.bundle import serialize, with_section
    from surfedge.training.fit import fit
    from surfedge.training.train import runtime_method

    place = tmp_path_factory.mktemp("coder")
    recipe = parse_recipe(
        {
            "network": CODER,
            "training": {"epochs": 2, "batch": 8},
            "inference": {"view": "whole"},
            "data": {"samples": 16},
        }
    )
    images = [
        cv2.resize(cv2.imread(str(each.path), 0), (96, 96))[None]
        for each in class_set(textures).samples[:12]
        if each.path.name != "broken.png"
    ]
    fitted = fit(recipe, Examples(images), Examples(images[:4]), place / "run", threads=1)
    settings, _, blobs = serialize(runtime_method(recipe, fitted.network, 1))
    parts = with_section("method", {}, blobs)[1]
    bundle = Bundle("reconstruction", settings, {"threshold": 1.0}, blobs=parts, provenance={"recipe": recipe.plain()})
    bundle.write(place / "coder.surfedge")
    return place / "run", place / "coder.surfedge"


def test_afec_takes_its_encoder_from_a_training_or_a_bundle(coder: Any, textures: Path, tmp_path: Path) -> None:
    """Both give the same features; with the encoder frozen only the head has learned."""
    network = {"name": "afec", "autoencoder": CODER, "dense": [8]}
    outcomes = [
        trained(textures, tmp_path / f"run{number}", network={**network, "weights": str(source)})
        for number, source in enumerate(coder)
    ]
    image = torch.rand(2, 1, 96, 96)
    latents = [outcome.fitted.network.autoencoder.encoder(image) for outcome in outcomes]
    assert torch.allclose(*latents, atol=1e-4) and bool(latents[0].std() > 0)
    assert [*outcomes[0].fitted.curves] == ["classifier"]
    assert outcomes[0].bundle.provenance["trained_parameters"] == 16 * 8 + 8 + 8 * 3 + 3
    assert outcomes[0].bundle.provenance["parameters"] < sum(p.numel() for p in outcomes[0].fitted.network.parameters())


def test_afec_learns_its_encoder_first(textures: Path, tmp_path: Path) -> None:
    network = {"name": "afec", "autoencoder": CODER, "dense": [8], "trained": "last_convolution"}
    training = {**TINY["training"], "epochs": 2, "autoencoder": {"epochs": 1}}
    outcome = trained(textures, tmp_path / "run", network=network, loss={"name": "mse_dzl"}, training=training)
    assert {name: len(curve) for name, curve in outcome.fitted.curves.items()} == {"autoencoder": 1, "classifier": 2}
    assert outcome.bundle.method == "classes"


def test_weights_that_are_no_such_autoencoder_are_refused(coder: Any, standard: Trained, tmp_path: Path) -> None:
    settings = {"class_names": ("a", "b"), "autoencoder": {**CODER, "latent": 32}}
    with pytest.raises(ArgumentError, match="latent 16"):
        Afec(**settings, weights=str(coder[1])).build().start(lambda *_: None)
    with pytest.raises(ArgumentError, match="nothing at 'gone'"):
        Afec(**settings, weights="gone").build().start(lambda *_: None)
    standard.bundle.write(tmp_path / "classes.surfedge")
    with pytest.raises(ArgumentError, match="an autoencoder of the recipe's settings"):
        Afec(**settings, weights=str(tmp_path / "classes.surfedge")).build().start(lambda *_: None)


def test_a_network_that_is_no_autoencoder_is_refused() -> None:
    with pytest.raises(ArgumentError, match="of the family reconstruction"):
        Afec(autoencoder={"name": "stfpm", "weights": "random"})
    with pytest.raises(ArgumentError, match=r"afec\.trained"):
        Afec(trained="encoder")
