"""CompactCNN and U-Net with a decision: how a training begins, batches, and whole trainings."""

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
from surfedge.errors import ArgumentError, DatasetError, TrainingError
from surfedge.images import read
from surfedge.precision import Differences
from surfedge.training import learning_set, load, load_pictures, parse_recipe, recipe_of, started_from, to_onnx
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.marked import MarkedCrops
from surfedge.training.certify import _certificate, in_torch
from surfedge.training.families.segmentation import DECISION, SEGMENTATION, decision_error
from surfedge.training.networks.compactcnn import CompactCnn
from surfedge.training.recipe import read_recipe
from surfedge.training.train import train

TINY: dict[str, dict[str, Any]] = {
    "compactcnn": {"width": 4, "kernels": [3, 3, 3], "input_px": 32},
    "unet_decision": {"width": 3, "input_px": 32},
}
EPOCHS = {"compactcnn": 20, "unet_decision": 12}
VIEWS = {"compactcnn": {"view": "tiles", "stride_px": 32}, "unet_decision": {"view": "whole"}}


def _recipe(name: str = "compactcnn", **tables: Any) -> Any:
    return parse_recipe(
        {
            "network": {"name": name, **TINY[name], **tables.pop("network", {})},
            "training": {"epochs": EPOCHS[name], "batch": 4, "learning_rate": 0.01, "decision": {"epochs": 10}},
            "inference": VIEWS[name],
            "decision": {"blur_sigma_px": 0.0},
            "calibration": {"normalise": "none"},
            **tables,
        }
    )


@pytest.fixture(scope="module")
def marked(plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """45 good plates, and 12 on which a square of 8 px is darker, with masks."""
    root, rng = tmp_path_factory.mktemp("marked"), np.random.default_rng(1)
    for folder in ("good", "dark", "ground_truth/dark"):
        (root / folder).mkdir(parents=True)
    for path in plates:
        (root / "good" / path.name).write_bytes(path.read_bytes())
    for number in range(12):
        image, mask = cv2.imread(str(plates[number]), cv2.IMREAD_UNCHANGED), np.zeros((64, 64), np.uint8)
        y, x = rng.integers(4, 52, 2)
        mask[y : y + 8, x : x + 8] = 255
        image[mask > 0] //= 3
        cv2.imwrite(str(root / "dark" / f"{number:02}.png"), image)
        cv2.imwrite(str(root / "ground_truth/dark" / f"{number:02}_mask.png"), mask)
    return root


@pytest.mark.parametrize(("name", "least", "most"), [("compactcnn", 0.02, 0.3), ("unet_decision", 0.002, 0.03)])
def test_a_training_begins_with_next_to_no_defect(name: str, least: float, most: float) -> None:
    """Not with none at all, from where no step leads."""
    torch.manual_seed(0)
    network = _recipe(name).network.build()
    found = network.segmentation(torch.rand(2, 1, 64, 64))[1]
    assert least < float(found.detach().square().mean().sqrt()) < most
    (found - 1).square().mean().backward()
    assert all(each.grad is not None and each.grad.any() for each in network.segmentation.last.parameters())


def test_the_decision_leaves_what_finds_the_map_as_it_is() -> None:
    network = CompactCnn(16, 1, 2, (3, 3, 3)).build().train()
    before = {name: value.clone() for name, value in network.segmentation.state_dict().items()}
    error = decision_error(network, (torch.rand(2, 1, 16, 16), torch.zeros(2, 1, 16, 16), torch.tensor([0.0, 1.0])))
    error.backward()
    assert all(torch.equal(before[name], value) for name, value in network.segmentation.state_dict().items())
    assert all(p.grad is None for p in network.segmentation.parameters())
    assert all(p.grad is not None for p in network.decision.parameters())


@pytest.mark.parametrize(("ratio", "shown"), [(0, 0), (1, 4), (3, 12)])
def test_an_epoch_shows_defects_and_good_images_as_asked(ratio: int, shown: int) -> None:
    rng = np.random.default_rng(2)
    pictures = [rng.integers(0, 256, (1, 80, 70), np.uint8) for _ in range(10)]
    masks = [np.zeros((1, 80, 70), np.uint8) for _ in range(10)]
    for place in range(4):
        masks[place][0, 20 * place : 20 * place + 3, 60:64] = 255
    examples = Examples(pictures, masks, ["dark"] * 4 + ["good"] * 6)
    recipe = _recipe(network={"good_per_defect": ratio}, augmentation={"flips": True})
    epochs = [list(MarkedCrops(examples, recipe, epoch, SEGMENTATION, ratio)) for epoch in (0, 0, 1, None)]
    labels = torch.cat([batch[2] for batch in epochs[0]])
    assert int(labels.sum()) == 4 and len(labels) == 4 + shown
    for images, truth, is_defective in epochs[0]:
        assert images.shape == (len(truth), 1, 32, 32) and truth.shape == images.shape
        assert torch.equal(truth.amax(dim=(1, 2, 3)), is_defective)  # the tile of a defective image shows the defect
    first, again, later, held_out = (torch.cat([batch[0] for batch in epoch]) for epoch in epochs)
    assert torch.equal(first, again) and not torch.equal(first, later) and len(held_out) == 10
    other = torch.cat([batch[0] for batch in MarkedCrops(examples, recipe, 0, DECISION, ratio)])
    assert not torch.equal(other, first)  # each stage draws for itself


@pytest.mark.parametrize("channels", [1, 3])
def test_good_tiles_get_perlin_anomalies_that_count_as_marked(channels: int) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(90, 130, (channels, 48, 48), dtype=np.uint8) for _ in range(12)]
    masks = [np.zeros((1, 48, 48), np.uint8) for _ in pictures]
    masks[0][0, 20:24, 20:24] = 255
    examples = Examples(pictures, masks, ["dark"] + ["good"] * 11)
    shown = {}
    for share in (0.0, 0.5, 1.0):
        recipe = _recipe(network={"channels": channels, "good_per_defect": 11}, augmentation={"perlin": share})
        epochs = [list(MarkedCrops(examples, recipe, epoch, SEGMENTATION, 11)) for epoch in (0, 0, None)]
        shown[share] = tuple(torch.cat(parts) for parts in zip(*epochs[0], strict=True))
        again, held_out = (tuple(torch.cat(parts) for parts in zip(*epoch, strict=True)) for epoch in epochs[1:])
        assert all(torch.equal(a, b) for a, b in zip(shown[share], again, strict=True))
        assert int(held_out[2].sum()) == 1  # what is held out stays as it is
    counts = [int(labels.sum()) for _, _, labels in shown.values()]
    assert counts[0] == 1 < counts[1] < counts[2] == 12
    (plain, _, _), (images, truth, _) = shown[0.0], shown[1.0]
    assert torch.equal((images != plain).any(dim=1, keepdim=True) & (truth == 0), torch.zeros_like(truth, dtype=bool))
    assert float(images.min()) >= 0 and float(images.max()) <= 1


@pytest.fixture(scope="module", params=TINY)
def detector(request: Any, marked: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(recipe, outcome, folder) of a tiny training."""
    recipe, folder = _recipe(request.param), tmp_path_factory.mktemp(request.param) / "run"
    return recipe, train(recipe, learning_set(recipe, marked).samples, folder, threads=1), folder


def test_marked_images_become_a_certified_bundle_that_finds_others(
    detector: Any, plates: list[Path], tmp_path: Path
) -> None:
    recipe, outcome, folder = detector
    bundle = outcome.bundle
    assert bundle.method == "network" and bundle.settings["has_score"]
    assert bundle.certificate["flipped_verdicts"] == 0 and bundle.calibration["good_images"] == 9
    assert list(outcome.fitted.curves) == [SEGMENTATION, DECISION]
    assert (folder / DECISION / "best.ckpt").is_file()
    runs = Detector(bundle, device="CPU")
    image = cv2.imread(str(plates[30]), cv2.IMREAD_UNCHANGED)
    good = runs(image)
    image[20:28, 40:48] //= 3
    bad = runs(image)
    assert bad.score > good.score and 0 <= good.score <= 1
    assert bad.anomaly_map[20:28, 40:48].mean() > 2 * max(bad.anomaly_map[36:, :].mean(), 0.05)
    kept = load(recipe_of(folder), folder).network
    for path in plates[:3]:
        found, expected = (each.inspect(read(path)) for each in (runs.method, in_torch(runs.method, kept)))
        np.testing.assert_allclose(found.values, expected.values, atol=2e-4)
        assert found.score == pytest.approx(expected.score, abs=2e-4)
    pytest.importorskip("onnx", reason="ONNX export needs onnx")
    assert to_onnx(kept, tmp_path / "network.onnx", recipe.family.output) < 1e-3


def test_the_recipes_are_the_studys_and_smaller_ones() -> None:
    studys, unet = (read_recipe(name).network for name in ("compactcnn", "compactcnn-unet"))
    assert (studys.width, studys.kernels, unet.width) == (32, (11, 7, 3), 64)
    for name in ("compactcnn", "compactcnn-unet"):
        recipe = read_recipe(name)
        assert [stage.settings.epochs for stage in recipe.family.stages(recipe)] == [25, 10]
        assert recipe.training.optimiser == "adadelta" and recipe.training.learning_rate == 1.0
        fast = read_recipe(f"{name}-fast")
        assert fast.network.width < recipe.network.width and fast.training.epochs < recipe.training.epochs


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("compactcnn", {"input_px": 30}),
        ("compactcnn", {"kernels": [3, 4, 3]}),
        ("compactcnn", {"kernels": [3, 3]}),
        ("compactcnn", {"channels": 2}),
        ("compactcnn", {"good_per_defect": -1}),
        ("unet_decision", {"input_px": 40}),
        ("unet_decision", {"width": 0}),
    ],
)
def test_wrong_settings_are_named(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(settings))):
        _recipe(name, network=settings)


@pytest.mark.parametrize("detector", ["compactcnn"], indirect=True)
def test_another_line_is_learned_from_its_good_images_alone(
    detector: Any, marked: Path, tmp_path: Path, plates: list[Path]
) -> None:
    """Brighter plates, of which the first network has seen none; two epochs from where it stands."""
    recipe, _, folder = detector
    for number, path in enumerate(plates[:40]):
        brighter = cv2.add(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.full((64, 64), 20, np.uint8))
        cv2.imwrite(str(tmp_path / f"line_{number:02}.png"), brighter)
    others = sorted(tmp_path.glob("line_*.png"))
    going_on = started_from(recipe, folder)
    going_on = replace(going_on, transfer=replace(going_on.transfer, epochs=2, learning_rate_share=0.01))
    assert [stage.settings.learning_rate for stage in going_on.family.stages(going_on)] == [1e-4, 1e-4]
    samples = learning_set(recipe, marked).samples
    after = train(going_on, samples, tmp_path / "run", also_good=others, threads=1)
    assert [len(curve) for curve in after.fitted.curves.values()] == [2, 2]
    assert after.bundle.calibration["good_images"] == 9 + 8  # of either line
    runs, image = Detector(after.bundle, device="CPU"), cv2.imread(str(plates[30]), cv2.IMREAD_UNCHANGED)
    image[20:28, 40:48] //= 3
    found = runs(image).anomaly_map
    assert found[20:28, 40:48].mean() > 10 * found[36:].mean()  # two epochs from nothing would not have found it
    assert going_on.identity() != recipe.identity()
    told = parse_recipe(after.bundle.provenance["recipe"])
    assert told.identity() == going_on.identity() and told.transfer.start == "run"
    with pytest.raises(DatasetError, match="an image of both lines"):
        load_pictures(samples, recipe, _nothing, [samples[0].path])
    with pytest.raises(ArgumentError, match="--start-from: found a network"):
        started_from(_recipe("compactcnn", network={"width": 3}), folder)
    with pytest.raises(ArgumentError, match="no folder .*gone.surfedge.training"):
        started_from(recipe, tmp_path / "gone.surfedge")


def test_good_images_of_another_line_are_shown_beside_the_rest() -> None:
    pictures = [np.full((1, 32, 32), value, np.uint8) for value in (10, 10, 20, 20, 30, 30, 30)]
    masks = [np.zeros((1, 32, 32), np.uint8) for _ in pictures]
    for mask in masks[:2]:
        mask[0, 4:9, 4:9] = 255
    examples = Examples(pictures, masks, ["dark"] * 2 + ["good"] * 5, [False] * 4 + [True] * 3)
    for share, counts in ((1.0, [2, 2, 4]), (0.5, [2, 2, 2]), (0.0, [2, 2, 0])):
        recipe = _recipe(transfer={"also_good_share": share})
        shown = torch.cat([batch[0][:, 0, 0, 0] for batch in MarkedCrops(examples, recipe, 0, SEGMENTATION, 1)])
        assert [int((shown * 255).round().eq(value).sum()) for value in (10, 20, 30)] == counts


def _nothing(done: int, total: int, what: str) -> None:
    """Nobody follows the progress."""


def test_a_network_that_learned_nothing_is_told_so() -> None:
    """Its scores differ by less than rounding does: more epochs help, another precision does not."""
    with pytest.raises(TrainingError, match="0 flipped verdicts.*the network learned nothing yet"):
        _certificate("f32", Differences(16, 2e-8, 0.01, 6e-8, 1e-6, 0))
    with pytest.raises(TrainingError, match="report the network"):
        _certificate("f32", Differences(16, 0.5, 0.01, 6e-8, 1.0, 0))
