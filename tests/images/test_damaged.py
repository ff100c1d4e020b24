"""Pictures cut short, with flipped bits, lost blocks or too little data: never read in part."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from conftest import Budget
from images.encoders import png, texture
from images.reading import NAMES, PICTURES, read_or_refuse, same_pixels
from surfedge.errors import ImageError
from surfedge.images import Frame

SEED = 20240611
pytestmark = pytest.mark.usefixtures("no_hang")


def test_truncated_files_are_never_read_in_part(budget: Budget, tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED)
    count = budget.count(test=1_000, nightly=20_000, release=100_000)
    silent, refused = [], 0
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = PICTURES[name].data
        cut = int(rng.integers(0, len(data)))
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", data[:cut])
        refused += isinstance(outcome, ImageError)
        if isinstance(outcome, Frame) and not same_pixels(outcome, name):
            silent.append((name, cut, len(data)))
    bound = 3 / count
    print(f"seed {SEED}: {count} cut, {refused} refused, {len(silent)} partly read (95 % bound {bound:.2g})")
    assert not silent


@pytest.mark.parametrize("name", NAMES)
def test_one_missing_byte_is_missed(name: str, tmp_path: Path) -> None:
    outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", PICTURES[name].data[:-1])
    assert isinstance(outcome, ImageError) or same_pixels(outcome, name)


def test_flipped_bits_are_read_or_refused(budget: Budget, tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED + 1)
    count = budget.count(test=1_000, nightly=20_000, release=100_000)
    refused, changed_png = 0, []
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = bytearray(PICTURES[name].data)
        region = len(data) if index % 2 else min(len(data), 400)  # half of them in the headers
        for bit in rng.integers(0, 8 * region, int(rng.integers(1, 4))):
            data[bit >> 3] ^= 1 << (bit & 7)
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", bytes(data))
        refused += isinstance(outcome, ImageError)
        if name.startswith("png") and isinstance(outcome, Frame) and not same_pixels(outcome, name):
            changed_png.append(name)
    print(f"seed {SEED + 1}: {count} files with flipped bits, {refused} refused, the rest read, 0 crashes")
    assert not changed_png  # the format with checksums


def test_lost_blocks_are_read_or_refused(budget: Budget, tmp_path: Path) -> None:
    """A stretch of the file overwritten with zeros, as a broken copy leaves it."""
    rng = np.random.default_rng(SEED + 2)
    count = budget.count(test=300, nightly=6_000, release=30_000)
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = bytearray(PICTURES[name].data)
        start, stop = sorted(rng.integers(0, len(data) + 1, 2))
        data[start:stop] = bytes(stop - start)
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", bytes(data))
        checked = name.startswith("png") or (name.startswith("jpeg") and stop == len(data) and stop > start)
        assert not checked or isinstance(outcome, ImageError) or same_pixels(outcome, name)


def test_png_data_shorter_than_the_picture(tmp_path: Path) -> None:
    """Whole chunks, right checksums, half of the rows."""
    half = zlib.compress(b"\0" * (54 * 20))
    outcome = read_or_refuse(tmp_path / "plate.png", png(texture(), 8, 0, packed=half))
    assert isinstance(outcome, ImageError)
