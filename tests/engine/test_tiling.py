"""Tiles through a network and back, against a plain average of all answers over each pixel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from surfedge.engine import fraction_seen, run_kept, run_tiled, starts

TILE = 5
WEIGHTS = np.arange(TILE * TILE, dtype=np.float32).reshape(TILE, TILE) / 8  # a pixel's answer depends on its place


class Network:
    """Two channels from each image: the sum of all of them by place in the tile, and the first. Notes what it got."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for batch in batches:
            assert batch.dtype == np.float32 and batch.shape[2:] == (TILE, TILE)
            self.sizes.append(len(batch))
            yield np.stack([self.answer(tile) for tile in batch])

    @staticmethod
    def answer(tile: np.ndarray) -> np.ndarray:
        return np.stack([tile.sum(axis=0) * WEIGHTS, tile[0]])


def averaged(image: np.ndarray, places: Iterable[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the answers over each pixel in float64, and over how many tiles it is."""
    total, times = np.zeros((2, *image.shape[1:])), np.zeros(image.shape[1:])
    for y, x in places:
        total[:, y : y + TILE, x : x + TILE] += Network.answer(image[:, y : y + TILE, x : x + TILE])
        times[y : y + TILE, x : x + TILE] += 1
    return total / np.maximum(times, 1), times


def test_starts_by_hand() -> None:
    assert starts(10, 4, 3) == [0, 3, 6] and starts(11, 4, 3) == [0, 3, 6, 7]
    assert starts(4, 4, 3) == [0] and starts(5, 4, 9) == [0, 1]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("batch", [1, 2, 3, 16])
@pytest.mark.parametrize(("height", "width", "stride"), [(5, 5, 3), (5, 17, 3), (17, 5, 2), (13, 19, 4), (12, 11, 5)])
def test_all_tiles(height: int, width: int, stride: int, batch: int, channels: int) -> None:
    image = np.random.default_rng(height * width).random((channels, height, width), np.float32)
    rows, columns = starts(height, TILE, stride), starts(width, TILE, stride)
    network = Network()
    found = run_tiled(network, image, TILE, stride, batch)
    expected, _ = averaged(image, [(y, x) for y in rows for x in columns])
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
    whole, rest = divmod(len(columns), batch)
    assert network.sizes == ([batch] * whole + [rest] * bool(rest)) * len(rows)  # never of two rows


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 9), (9, 2), (4, 5), (5, 4), (3, 3)])
def test_an_image_smaller_than_a_tile_is_mirrored(height: int, width: int) -> None:
    """At its right and lower edge, the last pixel repeated; what was added is cut off again."""
    image = np.random.default_rng(0).random((2, height, width), np.float32)
    sides = (max(0, TILE - height), max(0, TILE - width))
    padded = np.pad(image, ((0, 0), (0, sides[0]), (0, sides[1])), "symmetric")
    places = [(y, x) for y in starts(padded.shape[1], TILE, 3) for x in starts(padded.shape[2], TILE, 3)]
    expected, _ = averaged(padded, places)
    found = run_tiled(Network(), image, TILE, 3)
    assert found.shape == (2, height, width)
    np.testing.assert_allclose(found, expected[:, :height, :width], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 2, 5, 16])
@pytest.mark.parametrize("chosen", ["none", "one", "some", "all"])
def test_kept_tiles(chosen: str, batch: int) -> None:
    """Only what they cover is written, and said to be."""
    rng = np.random.default_rng(3)
    image = rng.random((1, 13, 19), np.float32)
    rows, columns = starts(13, TILE, 3), starts(19, TILE, 3)
    keep = np.zeros((len(rows), len(columns)), bool)
    keep |= {"none": False, "one": np.arange(keep.size).reshape(keep.shape) == 7, "all": True}.get(
        chosen, rng.random(keep.shape) < 0.4
    )
    places = [(rows[row], columns[column]) for row, column in np.argwhere(keep)]
    out = np.full((2, 13, 19), -1, np.float32)
    network = Network()
    seen = run_kept(network, lambda y, x: image[:, y : y + TILE, x : x + TILE], keep, out, TILE, 3, batch)
    expected, times = averaged(image, places)
    np.testing.assert_array_equal(seen, times > 0)
    np.testing.assert_allclose(out[:, seen], expected[:, seen], rtol=2e-5, atol=1e-6)
    assert (out[:, ~seen] == -1).all()
    assert network.sizes == [batch] * (len(places) // batch) + [len(places) % batch] * bool(len(places) % batch)
    assert fraction_seen(seen) == pytest.approx(np.mean(times > 0))


@pytest.mark.parametrize("change", ["less", "more", "batch"])
def test_a_network_that_answers_for_other_tiles_than_it_got(change: str) -> None:
    """Not averaged where it does not belong: one answer too few or too many in a batch, or a batch that is missing."""
    image = np.zeros((1, 5, 9), np.float32)

    def network(batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for number, batch in enumerate(batches):
            if change != "batch":
                yield np.zeros((len(batch) + (1 if change == "more" else -1), 1, TILE, TILE), np.float32)
            elif number == 0:
                yield batch

    keep, out = np.ones((1, 3), bool), np.zeros((1, 5, 9), np.float32)
    with pytest.raises(ValueError, match="shorter|longer"):
        run_kept(network, lambda y, x: image[:, y : y + TILE, x : x + TILE], keep, out, TILE, 2, 2)
