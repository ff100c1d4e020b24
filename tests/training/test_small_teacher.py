"""A small teacher: what it learns on, what it learns, and that its bundle holds the student alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import read
from surfedge.progress import silent
from surfedge.training import parse_recipe, read_recipe
from surfedge.training.batches.rendered import HELD_OUT, RenderedSurfaces
from surfedge.training.cost import count
from surfedge.training.networks.small_teacher import SmallTeacher, mean_loss
from surfedge.training.train import Trained, train

TINY: dict[str, Any] = {
    "network": {
        "name": "small_teacher",
        "weights": "random",
        "width": 4,
        "student_width": 6,
        "input_px": 64,
        "surfaces": ["strip"],
    },
    "data": {"samples": 24, "validation_share": 1.0},
    "training": {"epochs": 2, "batch": 8, "learning_rate": 0.01},
    "inference": {"dimensions": 8, "memory": "pooled"},
    "calibration": {"rule": "max"},
}


class Says(torch.nn.Module):
    """The same features whatever the image."""

    def __init__(self, features: torch.Tensor) -> None:
        super().__init__()
        self.features = features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.features


@pytest.fixture(scope="module")
def trained(plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(parse_recipe(TINY), plates[:12], tmp_path_factory.mktemp("small") / "run", threads=1)


def test_a_fifth_of_the_backbones_multiplications() -> None:
    recipe = read_recipe("small-teacher")
    parameters, products = count(recipe.network.build().exported())
    assert parameters == 582_840 and products == 395_444_224
    assert products < 0.22 * 1.83e9 and 4 * parameters < 4e6  # bytes in f32
    assert recipe.network.layer_channels == (64, 128, 256)


def test_a_student_that_gives_what_its_teacher_gives_has_no_loss() -> None:
    settings = SmallTeacher(weights="random", width=2, student_width=2, input_px=64, surfaces=("strip",))
    network = settings.build().eval()
    network.start(silent)
    (images,) = settings.surfaces_of(0, None, 0, 64)[0]
    wanted = (network.wanted(images) - network.mean) / network.deviation
    assert wanted.shape == (64, 14, 8, 8)
    torch.testing.assert_close(wanted.mean(dim=(0, 2, 3)), torch.zeros(14), atol=1e-4, rtol=0)
    torch.testing.assert_close(wanted.std(dim=(0, 2, 3)), torch.ones(14), atol=1e-3, rtol=0)
    network.cells = lambda found: found
    network.teacher, network.encoder.resnet = Says(wanted * network.deviation + network.mean), Says(wanted)
    assert mean_loss(network, (images,)).item() == pytest.approx(0.0, abs=1e-9)
    network.encoder.resnet = Says(torch.zeros_like(wanted))
    assert mean_loss(network, (images,)).item() == pytest.approx(1.0, abs=1e-3)


def test_it_learns_and_the_teacher_does_not(trained: Trained) -> None:
    (_, first, before), (_, last, after) = trained.fitted.curve
    assert last < first and after < before
    with torch.random.fork_rng():
        torch.manual_seed(0)
        fresh = parse_recipe(TINY).network.build()
    for name, value in fresh.teacher.named_parameters():
        torch.testing.assert_close(trained.fitted.network.teacher.get_parameter(name), value, rtol=0, atol=0)


def test_the_bundle_holds_the_student_alone(trained: Trained, plates: list[Path]) -> None:
    bundle = trained.bundle
    assert bundle.method == "features" and bundle.settings["layers"] == [4, 8, 16]
    assert bundle.certificate["flipped_verdicts"] == 0 and bundle.provenance["teacher"] == {"source": "random"}
    assert bundle.calibration["good_images"] == 12 and bundle.provenance["epochs"] == 2
    assert bundle.provenance["parameters"] == count(trained.fitted.network.exported())[0]
    weights = sum(len(blob) for name, blob in bundle.blobs.items() if "weights" in name)
    assert weights < 4.2 * bundle.provenance["parameters"] + 4096
    pixels = read(plates[20]).pixels.copy()
    pixels[24:40, 24:40] = 255
    assert Detector(bundle, device="CPU")(pixels).is_defective


def test_what_is_shown_depends_on_seed_epoch_and_place_alone() -> None:
    def batches(epoch: int | None) -> RenderedSurfaces:
        return RenderedSurfaces(("strip",), "", 64, seed=3, epoch=epoch, count=24, batch=8)

    first, again, other = batches(0)[1][0], batches(0)[1][0], batches(1)[1][0]
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (8, 3, 64, 64) and first.dtype == torch.float32 and 0 <= first.min() < first.max() <= 1
    assert len(batches(0)) == 3 and len(batches(None)) == HELD_OUT // 8
    assert len({image.numpy().tobytes() for image in first}) == 8


def test_a_folder_of_textures_is_shown_as_often(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "blue.png"), np.full((80, 90, 3), (255, 0, 0), np.uint8))
    (images,) = RenderedSurfaces(("strip",), str(tmp_path), 64, seed=3, epoch=0, count=32, batch=32)[0]
    blue = [float(image[2].mean() - image[0].mean()) > 0.25 for image in images]
    assert 8 <= sum(blue) <= 24


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"surfaces": ("velvet",)}, "surfaces"), ({"surfaces": ()}, "surfaces"), ({"student_width": 1}, "student_width")],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(ArgumentError, match=rf"small_teacher\.{word}"):
        SmallTeacher(weights="random", **wrong)


def test_it_wants_all_images_to_calibrate_and_weights(plates: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="expected 1: no image is trained on"):
        parse_recipe({**TINY, "data": {}})
    with pytest.raises(ArgumentError, match="no readable file"):
        train(read_recipe("small-teacher").with_weights(str(tmp_path / "none.npz")), plates, tmp_path / "run")
