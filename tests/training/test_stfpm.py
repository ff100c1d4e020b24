"""STFPM: the equations by hand, what the border does, and from images to a certified bundle at tiny width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import read, resized
from surfedge.training import load, load_pictures, parse_recipe, recipe_of, to_onnx
from surfedge.training.backbones.resnet18 import ResNet18
from surfedge.training.certify import in_torch
from surfedge.training.cost import count
from surfedge.training.networks.stfpm import SCALES, Stfpm, StfpmNetwork, losses, mean_map
from surfedge.training.train import train

TINY: dict[str, Any] = {
    "network": {"name": "stfpm", "weights": "random", "width": 8, "input_px": 64, "border": "reflect", "margin_px": 16},
    "training": {"epochs": 6, "batch": 8, "optimiser": "sgd", "learning_rate": 0.4},
    "decision": {"blur_sigma_px": 1.0},
    "calibration": {"normalise": "none"},
}


def _network(**settings: Any) -> StfpmNetwork:
    torch.manual_seed(1)
    return Stfpm(weights="random", **{"width": 4, "input_px": 64, "margin_px": 16, **settings}).build().eval()


def _images(count: int = 2, px: int = 64) -> Tensor:
    return torch.rand(count, 3, px, px, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def _agree(network: StfpmNetwork) -> StfpmNetwork:
    """The student becomes the teacher."""
    network.student.load_state_dict(network.teacher.state_dict(), strict=False)
    return network


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("border", ["zeros", "reflect", "cut"])
def test_a_student_that_is_its_teacher_gives_a_zero_map(border: str, scale: str) -> None:
    network = _network(border=border, scale=scale)
    with torch.no_grad():
        assert float(network(_images()).min()) > 0
        found = _agree(network)(_images())
    assert found.shape == (2, 1, 64, 64) and not found.any()


def test_the_loss_is_one_less_the_cosine() -> None:
    network = _network(width=16)  # wide enough that no place of a level is all 0, where no cosine is defined
    x = _images()
    with torch.no_grad():
        given = network.normalise(x)
        pairs = list(zip(network.teacher(given), network.student(given), strict=True))
        expected = sum(1.0 - functional.cosine_similarity(t.double(), s.double()).mean() for t, s in pairs)
        (loss,) = losses(network, (x,))
        levels = network.distances(x)
    assert float(loss) == pytest.approx(float(expected), abs=1e-6)
    for found, (t, s) in zip(levels, pairs, strict=True):
        cosine = functional.cosine_similarity(t.double(), s.double())
        assert float((found[:, 0].double() - (1.0 - cosine)).abs().max()) < 1e-6


def test_larger_features_of_the_student_change_nothing() -> None:
    class Scaled(nn.Module):
        def __init__(self, student: nn.Module) -> None:
            super().__init__()
            self.student = student

        def forward(self, x: Tensor) -> Any:
            return tuple(3.0 * level for level in self.student(x))

    network = _network()
    with torch.no_grad():
        before = network.distances(_images())
        network.student = Scaled(network.student)
        for found, expected in zip(network.distances(_images()), before, strict=True):
            assert float((found - expected).abs().max()) < 1e-6


def test_the_map_is_the_product_of_the_enlarged_levels() -> None:
    """(4.18), with the bilinear enlargement of OpenCV, which does not align corners either."""
    cv2 = pytest.importorskip("cv2")
    network = _network()
    with torch.no_grad():
        levels = [level.numpy() for level in network.distances(_images())]
        product, figure = network.product(_images()).numpy(), float(mean_map(network, (_images(),)))
        root, log = network(_images()).numpy(), _network(scale="log")(_images()).numpy()
    assert [level.shape for level in levels] == [(2, 1, 16, 16), (2, 1, 8, 8), (2, 1, 4, 4)]
    expected = np.ones((2, 64, 64))
    for level in levels:
        expected *= [cv2.resize(each[0], (64, 64), interpolation=cv2.INTER_LINEAR) for each in level]
    np.testing.assert_allclose(product[:, 0], expected, rtol=1e-4, atol=1e-9)
    assert figure == pytest.approx(expected.mean(), rel=1e-4)
    np.testing.assert_allclose(root[:, 0], np.cbrt(expected), rtol=1e-4)
    np.testing.assert_allclose(log[:, 0], np.log1p(expected / 1e-12), rtol=1e-4)


def test_the_encoder_is_the_table_of_the_specification() -> None:
    """Parameters of the stem, layer1, layer2, layer3; multiplications at 256 px of teacher and student."""
    network = ResNet18()
    stem = [*network.conv1.parameters(), *network.bn1.parameters()]
    layers = [network.layer1, network.layer2, network.layer3]
    counts = [sum(p.numel() for p in stem), *(sum(p.numel() for p in layer.parameters()) for layer in layers)]
    assert counts == [9_536, 147_968, 525_568, 2_099_712]
    parameters, products = count(Stfpm(weights="random").build())
    assert parameters == 2 * 2_782_784 and products == pytest.approx(3.66e9, rel=2e-3)


def test_a_reflecting_margin_sees_no_zeros_and_a_cut_one_is_not_judged() -> None:
    """In an even image every place sees the same, unless zeros lie beyond the border."""
    even = torch.full((1, 3, 64, 64), 0.7)
    spread = {}
    with torch.no_grad():
        for border in ("zeros", "reflect", "cut"):
            found = _network(border=border, input_px=96)(functional.interpolate(even, size=96))[0, 0]
            spread[border] = float(found.max() - found.min()) / float(found.mean())
        cut = _network(border="cut", input_px=96)(_images(1, 96))[0, 0]
        whole = _network(border="zeros", input_px=96)(_images(1, 96))[0, 0]
    assert spread["reflect"] < spread["zeros"] / 2 and spread["cut"] < spread["zeros"]
    np.testing.assert_array_equal(cut[16:-16, 16:-16], whole[16:-16, 16:-16])
    np.testing.assert_array_equal(cut[:16, 40], np.full(16, whole[16, 40]))
    np.testing.assert_array_equal(cut[80:, 90], np.full(16, whole[79, 79]))


def test_one_step_moves_the_student_alone() -> None:
    network = _network().train()
    before = {name: value.clone() for name, value in network.state_dict().items() if not name.endswith("_extra_state")}
    (loss,) = losses(network, (_images(),))
    loss.backward()
    assert all(parameter.grad is None for parameter in network.teacher.parameters())
    assert all(parameter.grad is not None for parameter in network.student.parameters())
    changed = {
        name.partition(".")[0]
        for name, value in network.state_dict().items()
        if name in before and not torch.equal(value, before[name])
    }
    assert changed == {"student"}  # its batch norms count while training


@pytest.fixture(scope="module")
def stfpm(plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(recipe, outcome, folder) of a tiny training with a random teacher."""
    place = tmp_path_factory.mktemp("stfpm")
    recipe = parse_recipe(TINY)
    return recipe, train(recipe, plates, place / "run", threads=1), place / "run"


def test_from_images_to_a_certified_bundle(stfpm: Any, plates: list[Path]) -> None:
    recipe, outcome, _ = stfpm
    bundle = outcome.bundle
    assert bundle.method == "network" and bundle.settings["view"] == "whole"
    assert bundle.certificate["flipped_verdicts"] == 0 and bundle.certificate["largest_map_difference"] < 1e-4
    assert bundle.provenance["map"] == SCALES["root"] and bundle.provenance["weights"] == {"source": "random"}
    figures = [figure for _, _, figure in outcome.fitted.curve]
    assert figures[-1] < 0.1 * figures[0] and bundle.provenance["validation_loss"] == min(figures)
    assert parse_recipe(bundle.provenance["recipe"]).identity() == recipe.identity()
    detector = Detector(bundle, device="CPU")
    pixels = read(plates[0]).pixels.copy()
    pixels[24:40, 24:40] = 255
    result = detector(pixels)
    assert result.score > max(detector(path).score for path in plates[:6])
    assert result.anomaly_map[24:40, 24:40].mean() > 1.5 * result.anomaly_map[:8].mean()


def test_graph_and_torch_agree(stfpm: Any, plates: list[Path], tmp_path: Path) -> None:
    recipe, outcome, folder = stfpm
    method = Detector(outcome.bundle, device="CPU").method
    kept = load(recipe_of(folder), folder).network
    for path in plates[:4]:
        found, expected = (each.inspect(read(path)).map for each in (method, in_torch(method, kept)))
        np.testing.assert_allclose(found, expected, atol=1e-5)
    pytest.importorskip("onnx", reason="ONNX export needs onnx")
    assert to_onnx(kept, tmp_path / "stfpm.onnx", recipe.family.output) < 1e-4


def test_pictures_are_what_the_runtime_feeds(stfpm: Any, plates: list[Path]) -> None:
    recipe = parse_recipe({**TINY, "network": {**TINY["network"], "input_px": 48}})
    pictures = load_pictures(plates, recipe, lambda done, total, what: None)
    for path, picture in zip(pictures.learned_from[:3], pictures.training.pictures, strict=False):
        expected = resized(read(path), (48, 48)).pixels
        assert picture.dtype == np.uint8 and picture.shape == (3, 48, 48)
        np.testing.assert_array_equal(picture, np.stack([expected] * 3))


def test_a_teacher_from_a_file_is_named_in_the_bundle_and_its_absence_stops_the_training(
    plates: list[Path], tmp_path: Path
) -> None:
    recipe = parse_recipe({**TINY, "training": {"epochs": 1, "batch": 18}}).with_weights(str(tmp_path / "resnet18.pth"))
    with pytest.raises(ArgumentError, match="no readable file"):
        train(recipe, plates, tmp_path / "run", threads=1)
    torch.manual_seed(5)
    teacher = ResNet18(8)
    torch.save(teacher.state_dict(), tmp_path / "resnet18.pth")
    outcome = train(recipe, plates, tmp_path / "run", threads=1)
    assert torch.equal(outcome.fitted.network.teacher.conv1.weight, teacher.conv1.weight)
    (tmp_path / "resnet18.pth").unlink()  # what was trained holds its teacher
    assert load(recipe, tmp_path / "run").network.teacher.origin == outcome.bundle.provenance["weights"]
    said = outcome.bundle.provenance["weights"]
    assert (
        said["source"] == outcome.bundle.provenance["recipe"]["network"]["weights"] == "resnet18.pth"
    )  # no folder of a PC
    assert len(said["sha256"]) == 64 and said["licence"] == "not stated"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input_px": 100}, "a multiple of 16"),
        ({"border": "mirror"}, "zeros, reflect, cut"),
        ({"border": "reflect", "margin_px": 20}, "a multiple of 16 below half"),
        ({"scale": "cube"}, "root, log"),
        ({"width": 0}, "1 or more"),
        ({"weights": ""}, "a file"),
        ({"weights": "https://somewhere/a.pth"}, "64 hexadecimal digits"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Stfpm(**settings)
    with pytest.raises(ArgumentError, match=message):
        parse_recipe({"network": {"name": "stfpm", **settings}})
