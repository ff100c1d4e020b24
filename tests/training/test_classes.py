"""Classifiers: the source's parameter counts, the forms of AFEC, batches, and from folders to a bundle that names."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.bundle import Bundle
from surfedge.datasets import class_set
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, DatasetError
from surfedge.training import Trained, load_pictures, parse_recipe, read_recipe
from surfedge.training.backbones.resnet import ResNet
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.labelled import LabelledBatches, cross_entropy
from surfedge.training.cost import count
from surfedge.training.networks.afec import Afec
from surfedge.training.networks.resnet_classes import ResNetClasses
from surfedge.training.networks.standard_cnn import StandardCnn
from surfedge.training.over_fitting import over_fitting
from surfedge.training.train import train

NAMES = tuple(f"class {number}" for number in range(21))
WAVES = {"narrow": 2.0, "coarse": 9.0, "even": 0.0}  # wavelength in pixels
CODER = {"name": "standard_autoencoder", "latent": 16, "widths": [2, 2, 4, 4], "input_px": 96}
TINY: dict[str, Any] = {
    "network": {"name": "standard_cnn", "widths": [2, 4, 4, 8, 8], "dense": [8], "input_px": 96},
    "data": {"validation_share": 0.25, "balanced": True},
    "training": {"epochs": 8, "batch": 6, "learning_rate": 1e-2},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10, 8 and 6 images of three textures, 48 x 40 px, and one file that is no picture."""
    place, rng = tmp_path_factory.mktemp("textures"), np.random.default_rng(3)
    for images, (name, wave) in zip((10, 8, 6), WAVES.items(), strict=True):
        (place / name).mkdir()
        for number in range(images):
            pattern = np.sin(2 * np.pi * (np.arange(40) + rng.uniform(0, 9)) / wave) if wave else np.zeros(40)
            pixels = 128 + 60 * pattern[None] + rng.normal(0, 4, (48, 40))
            cv2.imwrite(str(place / name / f"{number}.png"), np.clip(pixels, 0, 255).astype(np.uint8))
    (place / "narrow" / "broken.png").write_bytes(b"no picture")
    return place


def trained(folder: Path, out: Path, **tables: Any) -> Trained:
    return train(parse_recipe({**TINY, **tables}), class_set(folder).samples, out, threads=1)


@pytest.fixture(scope="module")
def standard(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(folder, tmp_path_factory.mktemp("standard") / "run")


@pytest.mark.parametrize(
    ("dense", "parameters"), [((64,), 132_693), ((115, 64), 166_280)], ids=["standard", "standard_115"]
)
def test_the_standard_cnn_has_the_printed_parameters(dense: tuple[int, ...], parameters: int) -> None:
    network = StandardCnn(class_names=NAMES, dense=dense).build()
    found, products = count(network)
    assert found == parameters and products == pytest.approx(45e6, rel=0.01)
    assert sum(each.numel() for each in network.body.parameters()) == 98_496
    assert network(torch.zeros(2, 1, 192, 192)).shape == (2, 21)


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


def test_the_resnets_are_those_of_their_source() -> None:
    """Parameters with 1,000 classes, as torchvision states them."""
    with torch.device("meta"):
        found = {depth: sum(each.numel() for each in ResNet(depth, 1000).parameters()) for depth in (18, 50)}
    assert found == {18: 11_689_512, 50: 25_557_032}


def test_weights_that_lack_layers_are_taken_and_said(tmp_path: Path) -> None:
    whole = ResNetClasses(weights="random", width=4, input_px=64, class_names=("a", "b")).build()
    kept = {k: v for k, v in whole.resnet.state_dict().items() if not k.startswith(("layer4", "fc"))}
    torch.save(kept, tmp_path / "some.pth")
    settings = ResNetClasses(weights=str(tmp_path / "some.pth"), width=4, input_px=64, class_names=("a", "b", "c"))
    network = settings.build()
    network.start(lambda *_: None)
    assert network.provenance()["weights"]["random_layers"] == ["layer4", "fc"]
    assert torch.equal(network.resnet.layer1[0].conv1.weight, whole.resnet.layer1[0].conv1.weight)
    torch.save({"other": torch.zeros(3)}, tmp_path / "some.pth")
    with pytest.raises(ArgumentError, match="fits neither stem nor first layer"):
        settings.build().start(lambda *_: None)


def _batches(epoch: int | None, **tables: Any) -> LabelledBatches:
    rng = np.random.default_rng(0)
    classes = ["a"] * 12 + ["b"] * 3 + [""] * 5
    pictures = [np.full((1, 16, 16), 10 + number, np.uint8) for number in range(20)]
    pictures[0] = rng.integers(0, 255, (1, 16, 16), np.uint8)
    recipe = parse_recipe({**TINY, "data": {"samples": 24, **tables.pop("data", {})}, **tables})
    return LabelledBatches(Examples(pictures, classes=classes), recipe, epoch, ("a", "b"), 8)


def test_balanced_batches_show_every_class_as_often() -> None:
    shown = np.concatenate(
        [shares.numpy() for _, shares in map(_batches(0, data={"balanced": True}).__getitem__, range(3))]
    )
    assert shown.sum(axis=0).tolist() == [12.0, 12.0]
    plain = [int(label) for number in range(3) for label in _batches(0)[number][1].argmax(dim=1)]
    assert Counter(plain)[0] == pytest.approx(24 * 12 / 15, abs=3)


def test_held_out_batches_are_every_labelled_image_once_as_it_is() -> None:
    augmented = {"flips": True, "turns": True, "aug_mix": True, "mixup": 0.4, "noise_sigma": 0.2}
    batches = _batches(None, augmentation=augmented, data={"balanced": True})
    images = torch.cat([batches[number][0] for number in range(len(batches))])
    assert len(images) == 15 and images[1:, 0, 0, 0].mul(255).round().int().tolist() == list(range(11, 25))


def test_mixup_mixes_labels_and_an_epoch_is_repeated_exactly() -> None:
    batches = _batches(2, augmentation={"mixup": 1.0, "aug_mix": True})
    images, shares = batches[1]
    assert torch.allclose(shares.sum(dim=1), torch.ones(8)) and bool(((shares > 0.01) & (shares < 0.99)).any())
    again = _batches(2, augmentation={"mixup": 1.0, "aug_mix": True})[1]
    assert torch.equal(images, again[0]) and torch.equal(shares, again[1])
    assert not torch.equal(images, _batches(3, augmentation={"mixup": 1.0, "aug_mix": True})[1][0])


def test_cross_entropy_is_that_of_shares() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    shares = torch.tensor([[1.0, 0.0], [0.25, 0.75]])
    expected = (np.log1p(np.exp(-2.0)) + np.log(2.0)) / 2
    assert float(cross_entropy(logits, shares)) == pytest.approx(expected)


def test_the_verdict_on_a_curve() -> None:
    falling = [(0, 1.0, 1.2), (1, 0.5, 0.8), (2, 0.3, 0.82)]
    assert not over_fitting(falling).is_found and over_fitting(falling).best == 2
    learned_by_heart = over_fitting([*falling, (3, 0.1, 0.95)])
    assert learned_by_heart.is_found and learned_by_heart.gap_end == pytest.approx(0.85)
    assert str(learned_by_heart).startswith("yes: gap 0.3 in epoch 2 (best), 0.85 in epoch 4 (last)")
    assert not over_fitting([*falling, (3, 0.6, 0.95)]).is_found  # the training loss does not fall any more


def test_from_folders_to_a_bundle_that_names_the_classes(standard: Trained, folder: Path, tmp_path: Path) -> None:
    bundle = standard.bundle
    assert bundle.settings["class_names"] == ["coarse", "even", "narrow"] and bundle.decision["good_classes"] == []
    assert bundle.certificate["largest_map_difference"] < 1e-4 and len(standard.skipped) == 1
    held_out = bundle.calibration["held_out"]
    assert held_out["images"] == 5 and held_out["accuracy"] >= 0.8 and set(held_out["classes"]) == set(WAVES)
    assert bundle.provenance["over_fitting"].startswith(("no: ", "yes: "))
    bundle.write(tmp_path / "classes.surfedge")
    detector = Detector(tmp_path / "classes.surfedge", device="CPU")
    named = [detector(folder / name / "0.png") for name in WAVES]
    assert [each.label for each in named] == list(WAVES)
    assert all(each.is_defective and sum(each.probabilities.values()) == pytest.approx(1) for each in named)


def test_good_images_are_the_good_class(folder: Path, tmp_path: Path) -> None:
    """A folder of good ones makes a detector of the classifier; nothing has to be trained for that."""
    (tmp_path / "set").mkdir()
    for name, as_name in (("even", "OK"), ("narrow", "scratch")):
        (tmp_path / "set" / as_name).symlink_to(folder / name)
    samples = [replace(each, label="good" if each.label == "even" else "scratch") for each in class_set(folder).samples]
    recipe = parse_recipe(TINY)
    pictures = load_pictures(samples, recipe, lambda *_: None)
    found = recipe.family.for_pictures(recipe, pictures)
    assert found.network.class_names == ("good", "scratch") and found.decision.good_classes == ("good",)
    assert found.decision.threshold == 0.5


def test_classes_that_differ_from_the_recipes_are_refused(folder: Path, tmp_path: Path) -> None:
    network = {**TINY["network"], "class_names": ["narrow", "coarse", "rough"]}
    with pytest.raises(
        DatasetError, match=r"the classes coarse, even, narrow, expected those of the recipe: narrow, coarse, rough"
    ):
        trained(folder, tmp_path / "run", network=network)


def test_one_class_and_a_class_of_one_image_are_refused(folder: Path, tmp_path: Path) -> None:
    samples = class_set(folder).samples
    for kept, message in (
        ([each for each in samples if each.label == "narrow"], "two classes or more"),
        ([each for each in samples if each.label != "narrow" or each.path.name == "1.png"], "1 narrow image of 1 item"),
    ):
        with pytest.raises(DatasetError, match=message):
            train(parse_recipe(TINY), kept, tmp_path / "run", threads=1)


@pytest.fixture(scope="module")
def coder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
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
        for each in class_set(folder).samples[:12]
        if each.path.name != "broken.png"
    ]
    fitted = fit(recipe, Examples(images), Examples(images[:4]), place / "run", threads=1)
    settings, _, blobs = serialize(runtime_method(recipe, fitted.network, 1))
    parts = with_section("method", {}, blobs)[1]
    bundle = Bundle("reconstruction", settings, {"threshold": 1.0}, blobs=parts, provenance={"recipe": recipe.plain()})
    bundle.write(place / "coder.surfedge")
    return place / "run", place / "coder.surfedge"


def test_afec_takes_its_encoder_from_a_training_or_a_bundle(coder: Any, folder: Path, tmp_path: Path) -> None:
    """Both give the same features; with the encoder frozen only the head has learned."""
    network = {"name": "afec", "autoencoder": CODER, "dense": [8]}
    outcomes = [
        trained(folder, tmp_path / f"run{number}", network={**network, "weights": str(source)})
        for number, source in enumerate(coder)
    ]
    image = torch.rand(2, 1, 96, 96)
    latents = [outcome.fitted.network.autoencoder.encoder(image) for outcome in outcomes]
    assert torch.allclose(*latents, atol=1e-4) and bool(latents[0].std() > 0)
    assert [*outcomes[0].fitted.curves] == ["classifier"]
    assert outcomes[0].bundle.provenance["trained_parameters"] == 16 * 8 + 8 + 8 * 3 + 3
    assert outcomes[0].bundle.provenance["parameters"] < sum(p.numel() for p in outcomes[0].fitted.network.parameters())


def test_afec_learns_its_encoder_first(folder: Path, tmp_path: Path) -> None:
    network = {"name": "afec", "autoencoder": CODER, "dense": [8], "trained": "last_convolution"}
    training = {**TINY["training"], "epochs": 2, "autoencoder": {"epochs": 1}}
    outcome = trained(folder, tmp_path / "run", network=network, loss={"name": "mse_dzl"}, training=training)
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


def test_frozen_features_learn_their_head_without_training(folder: Path, tmp_path: Path) -> None:
    tables = {"name": "frozen_features", "weights": "random", "width": 4, "input_px": 64}
    outcome = trained(folder, tmp_path / "run", network=tables, training={})
    bundle = outcome.bundle
    assert bundle.method == "feature_classes" and bundle.settings["class_names"] == ["coarse", "even", "narrow"]
    assert bundle.arrays["method/linear"].shape == (2 * 4 * 7, 3)
    assert bundle.calibration["held_out"]["images"] == 24 and bundle.calibration["held_out"]["accuracy"] > 0.9
    assert bundle.certificate["largest_map_difference"] < 1e-4 and not outcome.fitted.curves
    result = Detector(bundle, device="CPU")(folder / "coarse" / "1.png")
    assert result.label == "coarse" and result.method == "feature_classes"
