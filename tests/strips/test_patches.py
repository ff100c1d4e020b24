"""Patches of strips and videos: each pixel where the table says, whatever the blocks."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from strips.coils import coil, write_images
from surfedge.cli import main
from surfedge.errors import ArgumentError, DatasetError
from surfedge.strips import Block, write_patches
from surfedge.strips.patches import patches_of


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "patches.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("lines", [1, 7, 64, 5000])
@pytest.mark.parametrize(("size", "step"), [(64, 0), (64, 24), (32, 50)])
def test_the_blocks_do_not_matter(lines: int, size: int, step: int) -> None:
    view = coil(300)[:, :200]
    blocks = [Block(view[top : top + lines]) for top in range(0, 300, lines)]
    found = list(patches_of(blocks, size, step))
    places = [(y, x) for y in range(0, 300 - size + 1, step or size) for x in range(0, 200 - size + 1, step or size)]
    assert [(patch.line, patch.column) for patch in found] == places
    assert all((p.pixels == view[p.line : p.line + size, p.column : p.column + size]).all() for p in found)


def test_a_lost_block_begins_the_strip_anew(tmp_path: Path) -> None:
    view = coil(600)
    blocks = [Block(view[:100]), Block(None, lines=50, reason="torn", source="b"), Block(view[150:600])]
    cut = write_patches(blocks, tmp_path / "out", 64)
    assert sorted({int(row["line"]) for row in rows(tmp_path / "out")}) == [0, *range(150, 600 - 63, 64)]
    assert cut.left_out == ("b: torn",)


def test_a_folder_of_numbered_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = write_images(tmp_path / "lines", coil(1000), 130)
    assert main(["data", "patches", str(images), str(tmp_path / "out"), "--size", "96", "--step", "48"]) == 0
    assert "76 patches" in capsys.readouterr().out
    for row in rows(tmp_path / "out"):
        line, column = int(row["line"]), int(row["column"])
        patch = cv2.imread(str(tmp_path / "out" / row["patch"]), cv2.IMREAD_UNCHANGED)
        assert (patch == coil(1000)[line : line + 96, column : column + 96]).all()
        assert row["source"] == f"{line // 130:05}.png"


def test_a_video(tmp_path: Path) -> None:
    path = tmp_path / "line.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (160, 120))
    frames = [np.full((120, 160, 3), (10 * k, 128, 250 - 10 * k), np.uint8) for k in range(7)]
    for frame in frames:
        video.write(frame)
    video.release()
    assert main(["data", "patches", str(path), str(tmp_path / "out"), "--size", "64", "--every", "3", "--json"]) == 0
    found = rows(tmp_path / "out")
    assert [row["source"] for row in found[::2]] == ["line.avi#0", "line.avi#3", "line.avi#6"]
    assert [(row["line"], row["column"]) for row in found[:2]] == [("0", "0"), ("0", "64")]
    for row in found:
        patch = cv2.imread(str(tmp_path / "out" / row["patch"]))
        assert np.abs(patch.astype(int) - frames[int(row["source"].partition("#")[2])][0, 0]).max() < 8
    with pytest.raises(DatasetError, match="256 x 256"):
        write_patches(path, tmp_path / "large")
    assert write_patches(path, tmp_path / "some", 100, every=7).left_out == ()


def test_what_gives_no_patch(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no video")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("a")
    for source, out, error in (
        (tmp_path / "no.mp4", "a", DatasetError),
        (tmp_path / "nowhere.mp4", "b", DatasetError),
        ([coil(300)], "full", ArgumentError),
        ([coil(30)], "c", DatasetError),
    ):
        with pytest.raises(error):
            write_patches(source, tmp_path / out, 64)
    with pytest.raises(ArgumentError, match="size"):
        write_patches([coil(300)], tmp_path / "d", 0)
