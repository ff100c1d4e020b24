"""Several cameras across one strip: one view, one list; what one of them lacks is counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from strips.coils import TILE, Simple, coil, write_images
from surfedge.cli import main
from surfedge.errors import ArgumentError, ImageError
from surfedge.strips import Block, CoilSummary, SideBySide, blocks_of, found_overlap, strip

LINES = 2400
CUTS = (slice(0, 100), slice(70, 180), slice(156, 240))  # overlaps of 30 and 24 columns
OVERLAPS = (30, 24)


def cameras(view: np.ndarray, sizes: tuple[int, ...] = (500, 130, 701)) -> list[list[np.ndarray]]:
    """The parts that each camera sees, in blocks of its own size."""
    parts = [view[:, cut] for cut in CUTS]
    return [[p[top : top + n] for top in range(0, len(p), n)] for p, n in zip(parts, sizes, strict=True)]


def view_of(sources: list) -> np.ndarray:
    blocks = list(SideBySide(tuple(sources), OVERLAPS).blocks())
    return np.concatenate([block.pixels for block in blocks])


def test_the_stitched_view_is_the_strip() -> None:
    view = coil(LINES)
    assert (view_of(cameras(view)) == view).all()
    assert (view_of(cameras(view, (1, 7, 2400))) == view).all()
    colour = np.repeat(view[..., None], 3, axis=2)
    assert (view_of(cameras(colour)) == colour).all()


def test_each_camera_gives_way_in_the_middle_of_an_overlap() -> None:
    one, two, three = (np.full((10, cut.stop - cut.start), number, np.uint8) for number, cut in enumerate(CUTS, 1))
    (line,) = np.unique(view_of([[one], [two], [three]]), axis=0)
    assert np.flatnonzero(np.diff(line)).tolist() == [84, 167] and len(line) == 240


def run(source: object, out: Path) -> CoilSummary:
    return strip(Simple(), source, out, pixel_size_mm=0.5, tile_lines=TILE, name="coil")  # type: ignore[arg-type]


def test_one_list_from_three_cameras(tmp_path: Path) -> None:
    folders = []
    for number, blocks in enumerate(cameras(coil(LINES))):
        folders.append(write_images(tmp_path / f"camera{number}", np.concatenate(blocks), 300))
    run([coil(LINES)], tmp_path / "one")
    run(SideBySide(tuple(folders), OVERLAPS), tmp_path / "three")
    tables = [(tmp_path / name / "defects.csv").read_bytes() for name in ("one", "three")]
    assert tables[0] == tables[1] and tables[0].count(b"\n") > 10
    run(SideBySide(tuple(folders), OVERLAPS), tmp_path / "three")  # can be read again: concluded only
    with pytest.raises(Exception, match="another source"):
        run(SideBySide(tuple(folders), (30, 25)), tmp_path / "three")


def test_what_one_camera_lacks_is_not_inspected(tmp_path: Path) -> None:
    left, middle, right = (np.concatenate(blocks) for blocks in cameras(coil(LINES)))
    sources = (
        [Block(left[:500], first_line=0), Block(left[560:], first_line=560)],
        [Block(middle[:1000]), Block(None, lines=100, reason="torn"), Block(middle[1100:])],
        [Block(right[:2000])],
    )
    summary = run(SideBySide(sources, OVERLAPS), tmp_path)
    said = (tmp_path / "not_inspected.csv").read_text().splitlines()[1:]
    found = [(round(2000 * float(a)), round(2000 * float(b)), why) for a, b, _, why in (row.split(",") for row in said)]
    assert found == [
        (500, 560, "camera 1: dropped lines"),
        (1000, 1100, "camera 2: torn"),
        (2000, 2400, "camera 3 ended"),
    ]
    assert summary.not_inspected_m2 == pytest.approx(560 * 240 * 0.25e-6) and summary.length_m == pytest.approx(1.2)


def test_overlaps_are_found_through_noise_and_shading() -> None:
    rng = np.random.default_rng(0)
    view = rng.normal(128, 6, (600, 400))
    for px in (8, 37, 120):
        left, right = view[:, : 200 + px] + rng.normal(0, 2, (600, 200 + px)), view[:, 200:] * 0.8
        right = right + np.linspace(0, 30, right.shape[1]) + rng.normal(0, 2, right.shape)
        assert found_overlap(left.astype(np.uint8), right.astype(np.uint8)) == px
    with pytest.raises(ArgumentError, match="likeness"):
        found_overlap(view[:, :200], view[:, 200:])
    with pytest.raises(ArgumentError, match="likeness"):
        found_overlap(np.zeros((5, 100)), np.zeros((5, 100)))


@pytest.mark.parametrize("overlaps", [(), (3,), (3, -1), (1, 2, 3)])
def test_overlaps_that_do_not_fit(overlaps: tuple[int, ...]) -> None:
    with pytest.raises(ArgumentError, match="overlap_px"):
        SideBySide(tuple(cameras(coil(20))), overlaps)


def test_cameras_that_do_not_fit() -> None:
    left, middle, right = cameras(coil(20))
    with pytest.raises(ImageError, match="one type"):
        list(blocks_of(SideBySide((left, middle, [right[0].astype(np.uint16)]), OVERLAPS)))
    with pytest.raises(ImageError, match="overlaps"):
        list(blocks_of(SideBySide((left, [middle[0][:, :20]], right), OVERLAPS)))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = []
    for number, blocks in enumerate(cameras(coil(1200))):
        folders.append(str(write_images(tmp_path / f"camera{number}", np.concatenate(blocks), 300)))
    wanted = ["strip", *folders, "--pixel-size", "0.5", "--tile-lines", "512", "--out", str(tmp_path / "out")]
    assert main([*wanted, "--overlap", "find"]) == 0
    assert "overlaps of 30, 24 px" in capsys.readouterr().out
    for wrong in ("many", "30,24,3", "-5"):
        assert main([*wanted, "--overlap", wrong]) == 2
    assert main(wanted) == 2
    assert main(["strip", folders[0], "--overlap", "3", "--out", "x", "--pixel-size", "1"]) == 2


def test_both_sides_of_a_strip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    top, bottom = coil(2400), coil(2400, seed=1)[:, ::-1].copy()
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "marks"\nverdict = "hold"\nperiodic = true\n')
    folders = [str(write_images(tmp_path / name, view)) for name, view in (("a", top), ("b", bottom))]
    wanted = ["strip", folders[0], "--bottom", folders[1], "--pixel-size", "0.5", "--out", str(tmp_path / "out")]
    assert main([*wanted, "--rules", str(tmp_path / "rules.toml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "hold" and told["top"]["defects"] > 3 and told["bottom"]["defects"] > 3
    for side in ("top", "bottom"):  # the roll marks lie at the same edge, seen from either side
        assert told[side]["series"][0]["y_mm"] == pytest.approx(33, abs=0.5)
    page = (tmp_path / "out" / "coil.html").read_text()
    assert page.count('<section class="side">') == 2 and page.count("<svg") == 2 and "bottom, marks" in page
    assert (tmp_path / "out" / "bottom" / "coil.html").is_file()
