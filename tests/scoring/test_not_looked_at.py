"""Nothing that a run did not look at goes unmentioned: other endings, pages, links, masks, empty files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from scoring.conftest import table
from scoring.stub import FEW_PICTURES, Stub
from surfedge import Detector
from surfedge.datasets import LeftOut
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError
from surfedge.scoring import Summary, score_folder


def plate(is_scratched: bool = False, seed: int = 0) -> np.ndarray:
    image = np.random.default_rng(seed).normal(128, 6, (96, 128)).clip(0, 255).astype(np.uint8)
    if is_scratched:
        image[40:48, 30:90] = 250
    return image


@pytest.fixture(scope="module")
def detector() -> Detector:
    """Tells the scratched plates from the others."""
    bare = Detector(default_bundle("dzl"))
    return bare.with_threshold((bare(plate()).score + bare(plate(is_scratched=True)).score) / 2)


def scored(detector: object, inputs: list[Path], out: Path, **options: object) -> Summary:
    return score_folder(detector, inputs, out, workers=2, pictures=FEW_PICTURES, **options)  # type: ignore[arg-type]


def encoded(suffix: str, seed: int) -> bytes:
    return cv2.imencode(suffix, plate(is_scratched=True, seed=seed))[1].tobytes()


def test_other_endings_are_read_by_content_or_named(detector: Detector, tmp_path: Path) -> None:
    """D1: two images were inspected, six with defects passed over, exit 0."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, suffix in (
        ("a.png", ".png"),
        ("b.png", ".png"),
        ("c.jfif", ".jpg"),
        ("d.jpe", ".jpg"),
        ("e.dib", ".bmp"),
    ):
        (photos / name).write_bytes(encoded(suffix, ord(name[0])))
    for name, suffix in (("e.dib", ".bmp"), ("f.pgm", ".pgm"), ("g.jp2", ".jp2"), ("h", ".png"), ("i.png.2", ".png")):
        (photos / name).write_bytes(encoded(suffix, ord(name[0])))
    (photos / "notes.csv").write_text("a,b")
    (photos / "empty.dat").touch()
    summary = scored(detector, [photos], tmp_path / "out")
    rows = {Path(row["path"]).name: row for row in table(tmp_path / "out" / "results.csv")}
    assert {name for name, row in rows.items() if row["status"] == "skipped"} == {"f.pgm", "g.jp2"}
    assert "a PGM" in rows["f.pgm"]["reason"] and "JPEG 2000" in rows["g.jp2"]["reason"]
    assert (summary.images, summary.defective, summary.skipped) == (9, 7, 2) and not summary.is_complete
    assert summary.left_out == (LeftOut(1, "empty file"), LeftOut(1, "file", "ending in .csv, no image"))
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "left out: 1 empty file; 1 file ending in .csv, no image" in page
    assert summary.to_dict()["left_out"][0] == {"count": 1, "what": "empty file", "where": ""}


def test_what_a_run_writes_is_neither_input_nor_left_out(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(".png", 1))
    for _ in range(2):
        summary = scored(detector, [tmp_path], tmp_path, save=["masks", "overlays"], identity="x")
        assert (summary.images, summary.left_out) == (1, ())
    below = scored(detector, [tmp_path], tmp_path / "out", save=["masks", "maps"])
    assert scored(detector, [tmp_path], tmp_path / "out", save=["masks", "maps"]).left_out == below.left_out


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Four pages, the second and the fourth scratched."""
    path = tmp_path / "in" / "four.tif"
    path.parent.mkdir()
    assert cv2.imwritemulti(str(path), [plate(number % 2 == 1, number) for number in range(4)])
    (tmp_path / "in" / "one.png").write_bytes(cv2.imencode(".png", plate(seed=9))[1].tobytes())
    return path


def test_the_first_of_several_pages_is_inspected_in_part(detector: Detector, pages: Path, tmp_path: Path) -> None:
    """D4: page 1 good, the others defective: "good"."""
    summary = scored(detector, [pages.parent], tmp_path / "out")
    assert (summary.good, summary.skipped, summary.partly) == (2, 0, 1) and not summary.is_complete
    assert [row.item.path for row in summary.partial] == [pages]
    assert summary.to_dict()["partly_inspected_images"] == [{"path": str(pages), "reason": "first of 4 pages"}]
    (row,) = [row for row in table(tmp_path / "out" / "results.csv") if row["path"] == str(pages)]
    assert "first of 4 pages" in row["reason"]
    assert "1 inspected in part" in (tmp_path / "out" / "report.html").read_text("utf-8")
    again = scored(detector, [pages.parent], tmp_path / "out")
    assert (again.inspected, again.partly) == (0, 1)


def test_all_pages_have_a_row_each(detector: Detector, pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = scored(detector, [pages.parent], out, pages="all", save=["masks"])
    rows = table(out / "results.csv")
    assert [row["path"] for row in rows] == [*(f"{pages}#{n}" for n in (1, 2, 3, 4)), str(pages.parent / "one.png")]
    assert [row["defective"] for row in rows] == ["false", "true", "false", "true", "false"]
    assert (summary.images, summary.defective, summary.partly) == (5, 2, 0) and summary.is_complete
    assert sorted(path.name for path in (out / "masks").iterdir())[:2] == ["four.tif#1.png", "four.tif#2.png"]
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]
    assert [line["path"] for line in lines] == [row["path"] for row in rows]
    regions = table(out / "regions.csv")
    assert {row["path"] for row in regions} == {f"{pages}#2", f"{pages}#4"}
    again = scored(detector, [pages.parent], out, pages="all", save=["masks"])
    assert again.inspected == 0 and table(out / "results.csv") == rows
    for number, row in enumerate(rows[:4]):
        assert float(row["score"]) == detector(plate(number % 2 == 1, number)).score


def test_pages_are_read_as_the_bundle_says(tmp_path: Path) -> None:
    """16-bit pages of which 12 bits are used."""
    deep = [np.random.default_rng(n).integers(0, 4096, (64, 64)).astype(np.uint16) for n in range(2)]
    assert cv2.imwritemulti(str(tmp_path / "deep.tif"), deep)
    bundle = default_bundle("dzl")
    bundle.input["bit_depth"] = 12
    detector = Detector(bundle)
    summary = scored(detector, [tmp_path / "deep.tif"], tmp_path / "out", pages="all")
    assert [row.verdict.score for row in summary.worst if row.verdict] == sorted(
        (detector(page).score for page in deep), reverse=True
    )
    with pytest.raises(ArgumentError, match="first or all"):
        scored(detector, [tmp_path / "deep.tif"], tmp_path / "out", pages="some")


def test_the_masks_of_a_data_set_are_left_out(tmp_path: Path) -> None:
    """A7: `score strip` inspected 18 masks."""
    for name in ("test/cut/000.png", "test/good/000.png", "ground_truth/cut/000_mask.png"):
        (tmp_path / "strip" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "strip" / name).write_bytes(name.encode())
    summary = scored(Stub(), [tmp_path / "strip"], tmp_path / "out")
    assert summary.images == 2 and summary.left_out == (LeftOut(1, "mask", "in ground_truth"),) and summary.is_complete
    asked = scored(Stub(), [tmp_path / "strip" / "ground_truth"], tmp_path / "asked")
    assert asked.images == 1


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_linked_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for place in ("in", "elsewhere"):
        (tmp_path / place / "a.png").write_bytes(place.encode())
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    summary = scored(Stub(), [tmp_path / "in"], tmp_path / "out")
    assert (summary.images, summary.skipped) == (2, 1)
    assert "a link to a folder of images, which is not followed" in summary.problems[0].reason
    assert scored(Stub(), [tmp_path / "in", tmp_path / "elsewhere"], tmp_path / "out").skipped == 0


def test_empty_images_are_skipped(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    summary = scored(detector, [tmp_path / "in"], tmp_path / "out")
    assert summary.skipped == 1 and "empty" in summary.problems[0].reason
