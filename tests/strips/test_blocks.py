"""Where lines come from, and the flat field that evens them out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.errors import ArgumentError, DatasetError
from surfedge.strips import Block, FlatField, blocks_of


def lines(count: int, value: int = 7, columns: int = 16) -> np.ndarray:
    return np.full((count, columns), value, np.uint8)


def test_a_folder_of_numbered_images_and_those_that_are_missing_or_torn(tmp_path: Path) -> None:
    for number in (1, 2, 5, 10):
        assert cv2.imwrite(str(tmp_path / f"coil_{number}.png"), lines(4, number))
    (tmp_path / "coil_4.png").write_bytes(b"torn")
    blocks = list(blocks_of(tmp_path))
    assert [None if b.pixels is None else int(b.pixels[0, 0]) for b in blocks] == [1, 2, None, None, 5, *[None] * 4, 10]
    assert blocks[2].reason == "image number 3 is missing" and "PNG" in blocks[3].reason


def test_names_that_do_not_count_are_taken_in_their_order(tmp_path: Path) -> None:
    for name in ("20260101", "20260301", "20260201"):
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), lines(2))
    assert [block.source for block in blocks_of(tmp_path)] == ["20260101.png", "20260201.png", "20260301.png"]


@pytest.mark.parametrize("bits", [8, 16])
def test_a_raw_file(tmp_path: Path, bits: int) -> None:
    strip = np.random.default_rng(0).integers(0, 256, (1000, 30)).astype(np.uint8 if bits == 8 else "<u2")
    path = tmp_path / "coil.raw"
    path.write_bytes(strip.tobytes())
    read = np.concatenate([block.pixels for block in blocks_of(path, width=30, bits=bits)])
    assert read.dtype == strip.dtype and (read == strip).all()
    with pytest.raises(ArgumentError, match="width"):
        blocks_of(path)
    with pytest.raises(DatasetError, match="whole lines"):
        blocks_of(path, width=7, bits=bits)
    with pytest.raises(ArgumentError, match="bits"):
        blocks_of(path, width=30, bits=12)


def test_a_camera_gives_frames_of_lines() -> None:
    class Camera:
        left = 3

        def read(self) -> tuple[bool, np.ndarray | None]:
            self.left -= 1
            return (True, np.full((2, 5, 3), (1, 2, 3), np.uint8)) if self.left >= 0 else (False, None)

    blocks = list(blocks_of(Camera()))
    assert [len(block) for block in blocks] == [2, 2, 2] and blocks[0].pixels[0, 0].tolist() == [3, 2, 1]


def test_what_is_no_source(tmp_path: Path) -> None:
    for wrong in (lines(4), 7):
        with pytest.raises(ArgumentError, match="source"):
            blocks_of(wrong)
    with pytest.raises(DatasetError):
        blocks_of(tmp_path)
    with pytest.raises(DatasetError):
        blocks_of(tmp_path / "nowhere")
    block = Block(lines(2))
    assert list(blocks_of([block])) == [block]


def test_the_flat_field_evens_out_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dark, gain = rng.uniform(2, 8, 200), rng.uniform(0.6, 1.2, 200)
    surface = rng.normal(120, 3, (4000, 1))
    seen = np.rint(dark + gain * surface + rng.normal(0, 1, (4000, 200))).astype(np.uint8)
    black = np.rint(dark + rng.normal(0, 1, (400, 200))).clip(0).astype(np.uint8)
    flat = FlatField.learn([seen[:2000], seen[2000:]], [black])
    assert flat.prnu == pytest.approx(gain.std() / gain.mean(), rel=0.02)
    assert flat.dsnu == pytest.approx(dark.std(), rel=0.05)
    even = flat.correct(seen)
    assert even.dtype == np.uint8 and even.mean(axis=0).std() < 0.2 < 10 < seen.mean(axis=0).std()
    flat.write(tmp_path / "flat.npz")
    again = FlatField.read(tmp_path / "flat.npz")
    assert (again.correct(seen) == even).all() and again.prnu == flat.prnu


def test_a_flat_field_that_cannot_be(tmp_path: Path) -> None:
    for good, dark, what in (
        ([], [], "good"),
        ([lines(2), lines(2, columns=9)], [], "good"),
        ([lines(2)], [lines(2, columns=9)], "dark"),
    ):
        with pytest.raises(ArgumentError, match=what):
            FlatField.learn(good, dark)
    covered = lines(4, 100)
    covered[:, 3] = 1
    with pytest.raises(ArgumentError, match="column 3"):
        FlatField.learn([covered])
    (tmp_path / "other.npz").write_bytes(b"no such thing")
    with pytest.raises(ArgumentError, match="flat field"):
        FlatField.read(tmp_path / "other.npz")
