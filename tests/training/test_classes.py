"""Classifiers: the source's parameter counts, and from folders to a bundle that names."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.datasets import class_set
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, DatasetError
from surfedge.training import Trained, load_pictures, parse_recipe
from surfedge.training.backbones.resnet import ResNet
from surfedge.training.cost import count
from surfedge.training.networks.resnet_classes import ResNetClasses
from surfedge.training.networks.standard_cnn import StandardCnn
from surfedge.training.over_fitting import over_fitting
from surfedge.training.train import train
from training.textures import NAMES, TINY, WAVES, trained


@pytest.mark.parametrize(
    ("dense", "parameters"), [((64,), 132_693), ((115, 64), 166_280)], ids=["standard", "standard_115"]
)
def test_the_standard_cnn_has_the_printed_parameters(dense: tuple[int, ...], parameters: int) -> None:
    network = StandardCnn(class_names=NAMES, dense=dense).build()
    found, products = count(network)
    assert found == parameters and products == pytest.approx(45e6, rel=0.01)
    assert sum(each.numel() for each in network.body.parameters()) == 98_496
    assert network(torch.zeros(2, 1, 192, 192)).shape == (2, 21)


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


def test_the_verdict_on_a_curve() -> None:
    falling = [(0, 1.0, 1.2), (1, 0.5, 0.8), (2, 0.3, 0.82)]
    assert not over_fitting(falling).is_found and over_fitting(falling).best == 2
    learned_by_heart = over_fitting([*falling, (3, 0.1, 0.95)])
    assert learned_by_heart.is_found and learned_by_heart.gap_end == pytest.approx(0.85)
    assert str(learned_by_heart).startswith("yes: gap 0.3 in epoch 2 (best), 0.85 in epoch 4 (last)")
    assert not over_fitting([*falling, (3, 0.6, 0.95)]).is_found  # the training loss does not fall any more


def test_from_folders_to_a_bundle_that_names_the_classes(standard: Trained, textures: Path, tmp_path: Path) -> None:
    bundle = standard.bundle
    assert bundle.settings["class_names"] == ["coarse", "even", "narrow"] and bundle.decision["good_classes"] == []
    assert bundle.certificate["largest_map_difference"] < 1e-4 and len(standard.skipped) == 1
    held_out = bundle.calibration["held_out"]
    assert held_out["images"] == 5 and held_out["accuracy"] >= 0.8 and set(held_out["classes"]) == set(WAVES)
    assert bundle.provenance["over_fitting"].startswith(("no: ", "yes: "))
    bundle.write(tmp_path / "classes.surfedge")
    detector = Detector(tmp_path / "classes.surfedge", device="CPU")
    named = [detector(textures / name / "0.png") for name in WAVES]
    assert [each.label for each in named] == list(WAVES)
    assert all(each.is_defective and sum(each.probabilities.values()) == pytest.approx(1) for each in named)


def test_good_images_are_the_good_class(textures: Path, tmp_path: Path) -> None:
    """A folder of good ones makes a detector of the classifier; nothing has to be trained for that."""
    (tmp_path / "set").mkdir()
    for name, as_name in (("even", "OK"), ("narrow", "scratch")):
        (tmp_path / "set" / as_name).symlink_to(textures / name)
    every = class_set(textures).samples
    samples = [replace(each, label="good" if each.label == "even" else "scratch") for each in every]
    recipe = parse_recipe(TINY)
    pictures = load_pictures(samples, recipe, lambda *_: None)
    found = recipe.family.for_pictures(recipe, pictures)
    assert found.network.class_names == ("good", "scratch") and found.decision.good_classes == ("good",)
    assert found.decision.threshold == 0.5


def test_classes_that_differ_from_the_recipes_are_refused(textures: Path, tmp_path: Path) -> None:
    network = {**TINY["network"], "class_names": ["narrow", "coarse", "rough"]}
    with pytest.raises(
        DatasetError, match=r"the classes coarse, even, narrow, expected those of the recipe: narrow, coarse, rough"
    ):
        trained(textures, tmp_path / "run", network=network)


def test_one_class_and_a_class_of_one_image_are_refused(textures: Path, tmp_path: Path) -> None:
    samples = class_set(textures).samples
    for kept, message in (
        ([each for each in samples if each.label == "narrow"], "two classes or more"),
        ([each for each in samples if each.label != "narrow" or each.path.name == "1.png"], "1 narrow image of 1 item"),
    ):
        with pytest.raises(DatasetError, match=message):
            train(parse_recipe(TINY), kept, tmp_path / "run", threads=1)


def test_frozen_features_learn_their_head_without_training(textures: Path, tmp_path: Path) -> None:
    tables = {"name": "frozen_features", "weights": "random", "width": 4, "input_px": 64}
    outcome = trained(textures, tmp_path / "run", network=tables, training={})
    bundle = outcome.bundle
    assert bundle.method == "feature_classes" and bundle.settings["class_names"] == ["coarse", "even", "narrow"]
    assert bundle.arrays["method/linear"].shape == (2 * 4 * 7, 3)
    assert bundle.calibration["held_out"]["images"] == 24 and bundle.calibration["held_out"]["accuracy"] > 0.9
    assert bundle.certificate["largest_map_difference"] < 1e-4 and not outcome.fitted.curves
    result = Detector(bundle, device="CPU")(textures / "coarse" / "1.png")
    assert result.label == "coarse" and result.method == "feature_classes"


def test_contrastive_features_learn_without_the_labels_and_then_a_head(textures: Path, tmp_path: Path) -> None:
    """Images of a folder named "unlabelled" are learned from, and are no class."""
    shutil.copytree(textures, tmp_path / "set")
    (tmp_path / "set" / "even").rename(tmp_path / "set" / "unlabelled")
    shutil.copy(textures / "coarse" / "1.png", tmp_path / "set" / "unlabelled" / "copy.png")
    tables = {"name": "contrastive_features", "widths": [2, 4, 4, 8, 8]}
    training = {"epochs": 3, "batch": 6, "learning_rate": 1e-3}
    outcome = trained(tmp_path / "set", tmp_path / "run", network=tables, training=training)
    bundle, curve = outcome.bundle, outcome.fitted.curve
    assert bundle.settings["class_names"] == ["coarse", "narrow"] and bundle.provenance["learned_images"] == 18
    assert len(curve) == 3 and bundle.arrays["method/linear"].shape == (2 * (2 + 4 + 4 + 8 + 8), 2)
    assert bundle.calibration["held_out"]["accuracy"] > 0.9 and bundle.certificate["largest_map_difference"] < 1e-4
    graph_alone = sum(each.numel() for each in outcome.fitted.network.features.parameters())
    assert bundle.provenance["parameters"] == graph_alone
