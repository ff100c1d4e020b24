"""JPEG carries no checksum: what can be known of missing data, and that good files are left alone."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Budget
from images.encoders import pillow, texture
from images.pictures import jpeg_kinds
from in_place import written
from surfedge.errors import ImageError
from surfedge.images import read

SEQUENTIAL = [kind for kind, options in jpeg_kinds().items() if not options.get("progressive")]


def refused(path: Path, data: bytes) -> bool:
    try:
        read(written(path, data))
    except ImageError:
        return True
    return False


def entropy(data: bytes) -> tuple[int, int]:
    """Start and end of the last scan's data."""
    scan = data.rindex(b"\xff\xda")
    return scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big"), len(data) - 2


@pytest.mark.parametrize("kind", list(jpeg_kinds()))
@pytest.mark.parametrize("channels", [1, 3])
def test_a_cut_file_with_a_new_end_marker_is_refused(kind: str, channels: int, budget: Budget, tmp_path: Path) -> None:
    """What a "repair" of a truncated transfer leaves: data missing, structure whole."""
    rng = np.random.default_rng(5)
    image = Image.fromarray(texture(channels, 97, 121))
    data = pillow(image, "JPEG", **jpeg_kinds()[kind])
    start = data.index(b"\xff\xda") + 20
    last = entropy(data)[0] if kind == "progressive" else len(data) - 60
    count = budget.count(test=20, nightly=500, release=2_000)
    cuts = rng.integers(start, last, count)
    survived = [int(cut) for cut in cuts if not refused(tmp_path / "plate.jpg", data[:cut] + b"\xff\xd9")]
    print(f"{kind}, {channels} channels: {count - len(survived)} of {count} refused")
    assert not survived


@pytest.mark.parametrize("kind", ["restarts", "short-restarts"])
def test_a_lost_restart_interval_is_refused(kind: str, tmp_path: Path) -> None:
    data = pillow(Image.fromarray(texture(3, 97, 121)), "JPEG", **jpeg_kinds()[kind])
    markers = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    without = data[: markers[1]] + data[markers[2] :]
    assert refused(tmp_path / "plate.jpg", without)
    emptied = data[: markers[1] + 4] + data[markers[2] :]
    assert refused(tmp_path / "plate.jpg", emptied)


def test_every_missing_scan_of_a_progressive_file_is_noticed(tmp_path: Path) -> None:
    data = pillow(Image.fromarray(texture(3)), "JPEG", progressive=True, quality=90)
    tables = b"\xff\xda|\xff\xc4"
    scans = [found.start() for found in re.finditer(b"\xff\xda", data)]
    assert len(scans) > 5
    ends = [re.compile(tables + b"|\xff\xd9").search(data, scan + 2).start() for scan in scans]
    assert not refused(tmp_path / "plate.jpg", data)
    for start, end in zip(scans, ends, strict=True):
        assert refused(tmp_path / "plate.jpg", data[:start] + data[end:])


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("level", [0, 64, 127, 128, 129, 255])
@pytest.mark.parametrize("kind", SEQUENTIAL)
def test_flat_pictures_are_complete(mode: str, level: int, kind: str, tmp_path: Path) -> None:
    """Mid-grey to the last pixel looks like lost data; it is not."""
    image = Image.new(mode, (70, 50), (level,) * len(mode) if len(mode) > 1 else level)
    data = pillow(image, "JPEG", **jpeg_kinds()[kind])
    path = tmp_path / "plate.jpg"
    path.write_bytes(data)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("L" if mode == "L" else "RGB"))
    assert np.abs(read(path).pixels.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 16), (16, 9), (17, 33), (1, 40), (250, 3)])
@pytest.mark.parametrize("kind", list(jpeg_kinds()))
def test_odd_sizes_are_complete(size: tuple[int, int], kind: str, tmp_path: Path) -> None:
    for channels in (1, 3):
        pixels = texture(channels, *size)
        path = tmp_path / "plate.jpg"
        path.write_bytes(pillow(Image.fromarray(pixels), "JPEG", **jpeg_kinds()[kind]))
        assert read(path).pixels.shape == pixels.shape


def test_dozens_of_scans_are_a_bomb(tmp_path: Path) -> None:
    data = pillow(Image.fromarray(texture()), "JPEG", quality=90)
    start = data.index(b"\xff\xda")
    assert refused(tmp_path / "plate.jpg", data[:-2] + data[start:-2] * 200 + b"\xff\xd9")
