"""Masks in the forms in which people save them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.datasets.mask_pixels import look_like_masks, read_mask
from surfedge.errors import ImageError

TRUTH = np.zeros((60, 80), bool)
TRUTH[20:44, 10:50] = True
WHITE = TRUTH.astype(np.uint8) * 255


def saved(path: Path, image: np.ndarray, *options: int) -> Path:
    assert cv2.imwrite(str(path), image, list(options))
    return path


@pytest.mark.parametrize("quality", [95, 90, 70, 40])
def test_jpeg_is_cut_at_half(quality: int, tmp_path: Path) -> None:
    """Ringing beside the edge is no defect: 1,680 px became 2,519 where anything but 0 counted."""
    found = read_mask(saved(tmp_path / "m.jpg", WHITE, cv2.IMWRITE_JPEG_QUALITY, quality))
    assert np.array_equal(found.marked, TRUTH) and found.is_cut


def test_an_empty_jpeg_stays_empty(tmp_path: Path) -> None:
    black = np.zeros((60, 80), np.uint8)
    black[::2, ::2] = 5
    assert not read_mask(saved(tmp_path / "m.jpg", black)).marked.any()


@pytest.mark.parametrize("value", [1, 2, 60, 127, 128, 255])
def test_class_numbers_and_any_single_value(value: int, tmp_path: Path) -> None:
    found = read_mask(saved(tmp_path / "m.png", TRUTH.astype(np.uint8) * value))
    assert np.array_equal(found.marked, TRUTH) and not found.is_cut


def test_several_classes_in_one_mask(tmp_path: Path) -> None:
    numbers = np.zeros((60, 80), np.uint8)
    numbers[20:32, 10:50], numbers[32:44, 10:50] = 1, 3
    assert np.array_equal(read_mask(saved(tmp_path / "m.png", numbers)).marked, TRUTH)


def test_sixteen_bits(tmp_path: Path) -> None:
    assert np.array_equal(read_mask(saved(tmp_path / "m.png", TRUTH.astype(np.uint16) * 65535)).marked, TRUTH)
    assert np.array_equal(read_mask(saved(tmp_path / "n.tif", TRUTH.astype(np.uint16))).marked, TRUTH)


def test_blurred_edges_are_cut_at_half(tmp_path: Path) -> None:
    found = read_mask(saved(tmp_path / "m.png", cv2.GaussianBlur(WHITE, (0, 0), 2.0)))
    assert found.is_cut and np.count_nonzero(found.marked != TRUTH) < 0.02 * TRUTH.size


@pytest.mark.parametrize("colour", [0, 255, 90])
def test_the_mask_in_the_alpha_channel(colour: int, tmp_path: Path) -> None:
    """One colour all over, as an editor's layer: what can be seen is marked."""
    layer = np.full((60, 80, 4), colour, np.uint8)
    layer[..., 3] = WHITE
    assert np.array_equal(read_mask(saved(tmp_path / "m.png", layer)).marked, TRUTH)


@pytest.mark.parametrize("under", [0, 255])
def test_a_coloured_mark_on_a_transparent_ground(under: int, tmp_path: Path) -> None:
    layer = np.full((60, 80, 4), under, np.uint8)
    layer[..., 3] = WHITE
    layer[TRUTH, :3] = (0, 0, 255)
    assert np.array_equal(read_mask(saved(tmp_path / "m.png", layer)).marked, TRUTH)


def test_an_opaque_alpha_channel_says_nothing(tmp_path: Path) -> None:
    layer = np.dstack([WHITE, WHITE, WHITE, np.full((60, 80), 255, np.uint8)])
    assert np.array_equal(read_mask(saved(tmp_path / "m.png", layer)).marked, TRUTH)


def test_a_palette(tmp_path: Path) -> None:
    """PNG with a palette of black and dark red, as annotation tools write it."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(np.uint8).tobytes() for row in TRUTH)
    data = chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 60, 8, 3, 0, 0, 0)) + chunk(b"PLTE", bytes([0, 0, 0, 128, 0, 0]))
    (tmp_path / "m.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + data + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    assert np.array_equal(read_mask(tmp_path / "m.png").marked, TRUTH)


def test_a_broken_mask(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_bytes(b"none")
    with pytest.raises(ImageError, match="m.png"):
        read_mask(tmp_path / "m.png")


def test_what_looks_like_masks_and_what_does_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo = rng.normal(128, 20, (60, 80)).clip(0, 255).astype(np.uint8)
    dark = rng.normal(12, 3, (60, 80)).clip(0, 255).astype(np.uint8)
    masks = [
        saved(tmp_path / "a.png", WHITE),
        saved(tmp_path / "b.jpg", WHITE, cv2.IMWRITE_JPEG_QUALITY, 80),
        saved(tmp_path / "c.png", cv2.GaussianBlur(WHITE, (3, 3), 0)),
    ]
    assert look_like_masks(masks)
    assert not look_like_masks([saved(tmp_path / "d.png", photo)])
    assert not look_like_masks([saved(tmp_path / "e.png", dark)])
    assert not look_like_masks([masks[0], tmp_path / "d.png"])
