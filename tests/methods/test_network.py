"""Networks that return the map, on small graphs whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
import surfaces
from surfedge import Detector
from surfedge.calibration import calibrate
from surfedge.decision import Decision
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods import Network

CHANCE = np.random.default_rng(0)


def test_whole_image_is_resized_to_the_network_and_the_map_back(tmp_path: Path) -> None:
    image = CHANCE.random((96, 128), np.float32)
    network = Network(*graphs.scaled(tmp_path, 2.0))
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(network.inspect(from_array(image)).map, 2.0 * small, atol=1e-5)
    judged = Decision(threshold=9.0).judge(network.inspect(from_array(image)), (96, 128))
    np.testing.assert_allclose(judged.anomaly_map.make(), cv2.resize(2.0 * small, (128, 96)), atol=1e-5)


@pytest.mark.parametrize("shape", [(96, 128), (96, 128, 3)])
def test_bytes_reach_a_graph_of_bytes_as_they_are(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = CHANCE.integers(0, 256, shape, np.uint8)
    for view in ("whole", "tiles"):
        found = Network(*graphs.scaled(tmp_path, 1.0, dtype=np.uint8), view=view, stride_px=32)
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        seen = found.inspect(from_array(image)).map
        if view == "whole":
            small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
            assert np.abs(seen - small).max() <= 1.0  # the order of averaging and luma moves a rounding
        else:
            np.testing.assert_allclose(seen, grey)


def test_tiles_are_averaged_and_coarse_maps_stretched(tmp_path: Path) -> None:
    image = np.zeros((64, 64), np.float32)
    image[8:12, 40:44] = 1.0
    anomaly_map = Network(*graphs.pooled(tmp_path), view="tiles", stride_px=16).inspect(from_array(image)).map
    assert anomaly_map.shape == image.shape
    y, x = np.unravel_index(anomaly_map.argmax(), anomaly_map.shape)
    assert 8 <= y < 12 and 40 <= x < 44 and anomaly_map[30:, :30].max() == 0.0


@pytest.mark.parametrize("settings", [{"view": "half"}, {"stride_px": 0}])
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError):
        Network(b"", b"", **settings)


def test_the_second_output_is_the_score_when_the_settings_say_so(tmp_path: Path) -> None:
    """The graph returns the image and ten times its mean."""
    image = CHANCE.random((64, 80), np.float32)
    frame, graph = from_array(image), graphs.with_score(tmp_path)
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
    raw_map = Network(*graph, has_score=True).inspect(frame)
    assert raw_map.cell_px is None and raw_map.score == pytest.approx(10 * float(small.mean()), rel=1e-5)
    np.testing.assert_allclose(raw_map.map, small, atol=1e-6)
    assert Network(*graph).inspect(frame).score is None
    with pytest.raises(ArgumentError, match="a map and one score per image"):
        Network(*graphs.scaled(tmp_path, 1.0), has_score=True).inspect(frame)


def test_of_tiles_the_largest_score_is_the_images(tmp_path: Path) -> None:
    """The graph returns each tile of 32 px and ten times its mean."""
    image = 0.5 * CHANCE.random((64, 96), np.float32)
    image[32:64, 48:80] += 0.5
    raw_map = Network(*graphs.with_score(tmp_path), view="tiles", stride_px=16, has_score=True).inspect(
        from_array(image)
    )
    assert raw_map.score == pytest.approx(10 * float(image[32:64, 48:80].mean()), rel=1e-5)
    np.testing.assert_allclose(raw_map.map, image, atol=1e-6)
    with pytest.raises(ArgumentError, match="a map and one score per image"):
        Network(*graphs.scaled(tmp_path, 1.0), view="tiles", stride_px=16, has_score=True).inspect(from_array(image))


def test_calibration_finds_a_limit_of_scores_and_one_of_pixels(tmp_path: Path) -> None:
    paths = []
    for number in range(10):
        image = np.full((40, 40), 10 * number, np.uint8)
        image[10:20, 10:20] += 100
        paths.append(surfaces.save(tmp_path / f"{number}.png", image))
    network = Network(*graphs.with_score(tmp_path), has_score=True)
    made = calibrate(network, Decision(), paths, rule="max", normalise="none", prefilter="none")
    detector = Detector(made.bundle, device="CPU")
    results = [detector(path) for path in paths]
    assert detector.decision.threshold == max(made.scores) == pytest.approx(10 * (90 + 100 / 16) / 255, rel=1e-3)
    assert detector.decision.pixel_threshold == pytest.approx(190 / 255, abs=1e-5)
    assert not any(result.is_defective for result in results)
    assert [result.score for result in results] == made.scores.tolist()
    detector = Detector(replace(made.bundle, plausibility={}), device="CPU")
    brighter = np.full((40, 40), 200, np.uint8)
    assert detector(brighter).is_defective and detector(brighter).mask.all()
    with pytest.raises(ArgumentError, match="a rule on scores"):
        calibrate(network, Decision(), paths, rule="max-area:9", normalise="none", prefilter="none")
