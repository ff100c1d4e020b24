"""Reconstruction on small graphs whose answer is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

import graphs
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.engine import EngineOptions, run_tiled, starts
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods import Reconstruction

CHANCE = np.random.default_rng(0)


def _tiles_by_hand(image: np.ndarray, tile_px: int, stride_px: int) -> np.ndarray:
    """Box blur per tile (zeros outside), summed over all tiles and divided by their number: no shortcut."""
    total, times = np.zeros(image.shape), np.zeros(image.shape)
    for y in starts(image.shape[0], tile_px, stride_px):
        for x in starts(image.shape[1], tile_px, stride_px):
            tile = image[y : y + tile_px, x : x + tile_px].astype(np.float64)
            blurred = cv2.blur(cv2.copyMakeBorder(tile, 2, 2, 2, 2, cv2.BORDER_CONSTANT), (3, 3))[2:-2, 2:-2]
            total[y : y + tile_px, x : x + tile_px] += blurred
            times[y : y + tile_px, x : x + tile_px] += 1
    return total / times


@pytest.mark.parametrize("shape", [(32, 32), (33, 65), (64, 96), (100, 47)])
@pytest.mark.parametrize("stride_px", [32, 20, 7])
def test_tiles_are_averaged_where_they_overlap(shape: tuple[int, int], stride_px: int, tmp_path: Path) -> None:
    image = CHANCE.random(shape, np.float32)
    method = Reconstruction(*graphs.box_blur(tmp_path), stride_px=stride_px)
    expected = _tiles_by_hand(image, 32, stride_px)
    np.testing.assert_allclose(method.reconstruct(from_array(image))[0], expected, atol=1e-5)
    np.testing.assert_allclose(method.inspect(from_array(image)).map, np.abs(image - expected), atol=1e-5)


def test_last_tile_is_flush_with_the_edge() -> None:
    assert starts(100, 32, 20) == [0, 20, 40, 60, 68]
    assert starts(32, 32, 7) == [0]
    assert starts(64, 32, 32) == [0, 32]


def test_an_image_smaller_than_a_tile_is_mirrored() -> None:
    image = CHANCE.random((1, 20, 9), np.float32)
    seen: list[np.ndarray] = []

    def network(batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for tiles in batches:
            seen.append(tiles)
            yield tiles

    assert (run_tiled(network, image, 32, 8) == image).all()
    assert (seen[0][0, 0, 20:32, :9] == image[0, :7:-1][:12]).all()


def test_batches_under_way_change_no_bit(tmp_path: Path) -> None:
    """The average of answers got one batch after the other, a row of tiles at a time, is the same to the last bit."""
    method = Reconstruction(
        *graphs.costly(tmp_path), stride_px=24, options=EngineOptions(threads=2, streams=2, batch=3)
    )
    image = CHANCE.random((1, 150, 210), np.float32)

    def one_by_one(batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        return (method.engine.run(batch)[0] for batch in batches)

    expected = run_tiled(one_by_one, image, 64, 24, 3)
    for _ in range(3):
        assert (method.reconstruct(from_array(image[0])) == expected).all()


def test_ssim_residual_is_one_minus_ssim(tmp_path: Path) -> None:
    image = CHANCE.random((48, 64), np.float32)
    method = Reconstruction(*graphs.box_blur(tmp_path), residual="ssim", window_px=7)
    expected = method.reconstruct(from_array(image))[0]
    _, full = structural_similarity(image.astype(float), expected.astype(float), win_size=7, data_range=1.0, full=True)
    np.testing.assert_allclose(method.inspect(from_array(image)).map, 1.0 - full, atol=2e-4)


def test_a_network_that_takes_bytes_or_one_tile_at_a_time(tmp_path: Path) -> None:
    image = CHANCE.integers(0, 256, (64, 64), np.uint8)
    takes_bytes = Reconstruction(*graphs.scaled(tmp_path, 1.0 / 255.0, dtype=np.uint8))
    assert takes_bytes.inspect(from_array(image)).map.max() < 1e-6
    one = Reconstruction(*graphs.box_blur(tmp_path, batch=1), stride_px=16)
    many = Reconstruction(*graphs.box_blur(tmp_path), stride_px=16)
    np.testing.assert_array_equal(one.inspect(from_array(image)).map, many.inspect(from_array(image)).map)


def test_colour_residuals_are_averaged(tmp_path: Path) -> None:
    image = CHANCE.random((40, 40, 3), np.float32)
    method = Reconstruction(*graphs.box_blur(tmp_path, channels=3), stride_px=8)
    expected = [np.abs(image[..., c] - _tiles_by_hand(image[..., c], 32, 8)) for c in range(3)]
    np.testing.assert_allclose(method.inspect(from_array(image)).map, np.mean(expected, axis=0), atol=1e-5)


def test_from_bundle_to_verdict(tmp_path: Path) -> None:
    """A dot on grey is what a blur cannot paint: the detector says so, from the file on."""
    settings, arrays, blobs = serialize(Reconstruction(*graphs.box_blur(tmp_path), stride_px=16))
    parts, networks = with_section("method", arrays, blobs)
    path = tmp_path / "dot.surfedge"
    decision, _, _ = serialize(Decision(threshold=0.3, border_px=2))
    written = Bundle("reconstruction", settings, decision, arrays=parts, blobs=networks).write(path)
    detector = Detector(path)
    image = np.full((70, 90), 128, np.uint8)
    assert not detector(image).is_defective
    image[40, 50] = 255
    result = detector(image)
    assert result.is_defective and result.regions[0].box == (50, 40, 1, 1)
    assert detector.bundle.identity == written.identity
    assert result.score == pytest.approx(127 / 255 * 8 / 9, abs=1e-3)


@pytest.mark.parametrize("settings", [{"residual": "l3"}, {"stride_px": 0}])
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError):
        Reconstruction(b"", b"", **settings)


def test_a_network_of_another_shape_is_refused(tmp_path: Path) -> None:
    method = Reconstruction(*graphs.pooled(tmp_path))
    with pytest.raises(ArgumentError, match="a reconstruction has its input's shape"):
        method.inspect(from_array(np.zeros((32, 32), np.uint8)))


def test_a_whole_view_is_compared_at_the_networks_size(tmp_path: Path) -> None:
    """The picture is made small once: what the enlarging of a painted picture loses is no anomaly."""
    image = np.random.default_rng(3).random((96, 160), np.float32)
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
    graph = graphs.box_blur(tmp_path)
    whole = Reconstruction(*graph, view="whole", compared_at="network").inspect(from_array(image))
    tile = Reconstruction(*graph).inspect(from_array(small))
    assert whole.cell_px is None and whole.map.shape == (32, 32)
    np.testing.assert_allclose(whole.map, tile.map, atol=1e-6)
    enlarged = Reconstruction(*graph, view="whole").inspect(from_array(image))
    assert enlarged.cell_px == 1 and enlarged.map.shape == image.shape
    assert enlarged.map.mean() > 1.5 * whole.map.mean()
    with pytest.raises(ArgumentError, match="image or network"):
        Reconstruction(*graph, compared_at="both")
