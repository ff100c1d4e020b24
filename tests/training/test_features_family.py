"""The family of features: from a backbone and good images to a certified bundle, calibrated again without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

import surfaces
from surfedge.bundle import Bundle
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import read
from surfedge.training import parse_recipe, read_recipe
from surfedge.training.certify import in_torch
from surfedge.training.cost import count
from surfedge.training.networks.backbone import Backbone
from surfedge.training.train import train

TINY: dict[str, Any] = {
    "network": {"name": "backbone", "weights": "random", "width": 4, "input_px": 64, "height_px": 96, "margin_px": 16},
    "data": {"validation_share": 1.0},
    "inference": {"dimensions": 16},
    "calibration": {"rule": "max"},
}


@pytest.fixture(scope="module")
def bundle(plates: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Of 12 plates, which other families would find too few."""
    return train(parse_recipe(TINY), plates[:12], tmp_path_factory.mktemp("features") / "run", threads=1).bundle


def test_the_features_are_the_layers_on_one_grid() -> None:
    torch.manual_seed(1)
    network = Backbone(weights="random", width=4, input_px=64, height_px=96, pool_cells=1).build().eval()
    x = torch.rand(2, 3, 96, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        found, layers = network(x), network.encoder(x)
    assert found.shape == (2, 12, 8, 28) and network.layers == (4, 8, 16)
    first = layers[0].unflatten(3, (8, 2)).unflatten(2, (12, 2)).mean(dim=(3, 5))
    torch.testing.assert_close(found[..., :4].permute(0, 3, 1, 2), first)
    torch.testing.assert_close(found[..., 4:12].permute(0, 3, 1, 2), layers[1])
    # Between the middles of two coarse places the stretched value is linear: a quarter of the way, three quarters.
    third = layers[2][:, :, 0, :2]
    torch.testing.assert_close(found[:, 0, 1, 12:], 0.75 * third[..., 0] + 0.25 * third[..., 1])


def test_features_are_averaged_over_neighbours_that_there_are() -> None:
    torch.manual_seed(1)
    network = Backbone(weights="random", width=4, input_px=64).build().eval()
    plain = Backbone(weights="random", width=4, input_px=64, pool_cells=1).build().eval()
    plain.load_state_dict(network.state_dict())
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        found, cells = network(x)[0], plain(x)[0]
    torch.testing.assert_close(found[3, 4], cells[2:5, 3:6].mean(dim=(0, 1)))
    torch.testing.assert_close(found[0, 7], cells[:2, 6:].mean(dim=(0, 1)))


@pytest.mark.parametrize(("cell_px", "shape"), [(4, (24, 16)), (8, (12, 8)), (16, (6, 4))])
def test_cells_and_margin(cell_px: int, shape: tuple[int, int]) -> None:
    settings = Backbone(
        weights="random", width=4, input_px=64, height_px=96, cell_px=cell_px, layers=(1, 3), margin_px=16
    )
    even = torch.full((1, 3, 96, 64), 0.7)
    with torch.no_grad():
        found = settings.build().eval()(even)
    assert found.shape == (1, *shape, 20) and settings.layer_channels == (4, 16)


def test_cost_is_that_of_the_encoder() -> None:
    parameters, products = count(Backbone(weights="random").build())
    assert parameters == 2_782_784 and products == pytest.approx(1.83e9, rel=2e-3)


def test_from_images_to_a_certified_bundle(bundle: Bundle, plates: list[Path]) -> None:
    assert bundle.method == "features" and bundle.settings["layers"] == [4, 8, 16]
    assert bundle.certificate["flipped_verdicts"] == 0
    assert bundle.certificate["largest_map_difference"] < 1e-4 * bundle.certificate["largest_map_value"]
    assert bundle.provenance["weights"] == {"source": "random"} and "epochs" not in bundle.provenance
    assert bundle.calibration["good_images"] == 12
    detector = Detector(bundle, device="CPU")
    pixels = read(plates[20]).pixels.copy()
    pixels[24:40, 24:40] = 255
    result = detector(pixels)
    assert result.is_defective and result.score > max(detector(path).score for path in plates[20:26])
    assert result.anomaly_map[28:36, 28:36].mean() > 1.5 * result.anomaly_map[:8].mean()


def test_the_graph_gives_what_torch_gives(bundle: Bundle, plates: list[Path]) -> None:
    torch.manual_seed(0)
    recipe = parse_recipe(TINY)
    method = Detector(bundle, device="CPU").method
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = recipe.network.build().eval()
    found, expected = (each.features(read(plates[0])) for each in (method, in_torch(method, network)))
    assert found.shape == (12, 8, 28)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_it_is_calibrated_again_on_a_pc_without_torch(bundle: Bundle, plates: list[Path], tmp_path: Path) -> None:
    bundle.write(tmp_path / "features.surfedge")
    program = "import sys; sys.modules['torch'] = None\nfrom surfedge.cli import main\nsys.exit(main(sys.argv[1:]))"
    (tmp_path / "good").mkdir()
    for path in plates[20:32]:
        (tmp_path / "good" / path.name).write_bytes(path.read_bytes())
    given = ["calibrate", str(tmp_path / "features.surfedge"), str(tmp_path / "good"), "--out", str(tmp_path / "b")]
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = Bundle.read(tmp_path / "b")
    assert again.calibration["good_images"] == 12 and again.blobs == bundle.blobs
    assert not np.array_equal(again.arrays["method/centre"], bundle.arrays["method/centre"])


def test_five_marked_defects_teach_it_without_torch(bundle: Bundle, plates: list[Path], tmp_path: Path) -> None:
    bundle.write(tmp_path / "features.surfedge")
    program = "import sys; sys.modules['torch'] = None\nfrom surfedge.cli import main\nsys.exit(main(sys.argv[1:]))"
    (tmp_path / "good").mkdir()
    (tmp_path / "marked/grey").mkdir(parents=True)
    for path in plates[20:30]:
        (tmp_path / "good" / path.name).write_bytes(path.read_bytes())
    table = ["image,x,y,width,height"]
    for number, path in enumerate(plates[12:17]):
        pixels, (x, y) = read(path).pixels.copy(), (8 + 8 * number, 24)
        pixels[y : y + 16, x : x + 16] = pixels.mean(axis=(0, 1)).astype(np.uint8)
        surfaces.save(tmp_path / "marked/grey" / path.name, pixels)
        table.append(f"{path.name},{x},{y},16,16")
    (tmp_path / "marked/boxes.csv").write_text("\n".join(table), encoding="utf-8")
    words = ["calibrate", "features.surfedge", "good", "--defects", "marked", "--out", "b.surfedge", "--rule", "max"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "defects marked by boxes 5, 5 images" in done.stdout
    again = Bundle.read(tmp_path / "b.surfedge")
    assert again.calibration["marked_images"] == 5 and again.arrays["method/marked_head"].shape == (1, 30)


@pytest.mark.parametrize("name", ["feature-memory", "five-defects"])
def test_the_recipe_of_the_project_reads_and_wants_weights(name: str, plates: list[Path], tmp_path: Path) -> None:
    recipe = read_recipe(name).with_weights(str(tmp_path / "none.npz"))
    with pytest.raises(ArgumentError, match="no readable file"):
        train(recipe, plates, tmp_path / "run")


def test_what_cannot_be_is_refused(plates: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"data.validation_share: found 0.2, expected 1: no image is trained on"):
        parse_recipe({**TINY, "data": {}})
    with pytest.raises(ArgumentError, match=r"data.validation_share: found 1.0, expected below 1"):
        parse_recipe({"network": {"name": "bergmann"}, "data": {"validation_share": 1.0}})
    with pytest.raises(DatasetError, match="8 or more"):
        train(parse_recipe(TINY), plates[:7], tmp_path / "run")
    for wrong in (
        {"layers": (3, 1)},
        {"layers": ()},
        {"cell_px": 5},
        {"height_px": 70},
        {"margin_px": 64},
        {"pool_cells": 2},
    ):
        with pytest.raises(ArgumentError, match=f"backbone.{next(iter(wrong))}"):
            Backbone(weights="random", **{"input_px": 128, **wrong})
