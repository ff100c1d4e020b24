"""The generate verb: sets of made images with their truth, and which source stands where."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.conftest import Run
from cli.made_sets import BOX, files_of, rows_of, sources_of
from surfedge.cli.generating.regions import find_regions
from surfedge.datasets import labelled_images
from surfedge.images import read, to_grey_u8
from surfedge.synthesis.paste.mask_in_box import mask_in_box


@pytest.fixture(scope="session")
def boxed(tmp_path_factory: pytest.TempPathFactory, labelled: Path) -> Path:
    """The holes with VOC annotations: three with a box, one whose box reaches out of its image."""
    root = tmp_path_factory.mktemp("boxed")
    for place in ("images", "annotations"):
        (root / place / "hole").mkdir(parents=True)
    for number in range(4):
        image = cv2.imread(str(labelled / "test" / "hole" / f"{number}.png"), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(labelled / "ground_truth" / "hole" / f"{number}_mask.png"), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(root / "images" / "hole" / f"hole_{number}.png"), image)
        x, y, w, h = cv2.boundingRect(mask)
        corners = (x - 2, y - 2, min(x + w + 4, 96), min(y + h + 4, 96)) if number else (80, 80, 120, 90)
        text = f"<annotation><object><name>hole</name>{BOX.format(*corners)}</object></annotation>"
        (root / "annotations" / "hole" / f"hole_{number}.xml").write_text(text)
    return root


def test_a_pasted_set_with_its_truth_and_its_table(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    ran = run("generate", "paste", labelled, "--onto", strips, "--out", out, "--count", 6, "--good", 3)
    assert ran.code == 0 and ran.error == ""
    assert "test/scratch" in ran.out and f"table: {out / 'made.csv'}" in ran.out
    samples = labelled_images(out)
    assert sorted({s.label for s in samples}) == ["good", "hole", "scratch"] and len(samples) == 9
    rows = {row["image"]: row for row in rows_of(out)}
    for sample in samples:
        row = rows[sample.path.relative_to(out).as_posix()]
        target = read(row["target"]).pixels
        image = read(sample.path).pixels
        mask = sample.mask(image.shape)
        assert mask is not None and bool(mask.any()) == sample.is_defective
        assert float(row["masked_share"]) == pytest.approx(mask.mean(), abs=1e-6)
        change = np.abs(image.astype(int) - target)
        assert (change.max() == 0) == (not sample.is_defective)
        if sample.is_defective:
            assert change[mask].mean() > 5 and change[~mask].mean() < 0.5
            assert Path(json.loads(row["sources"])[0]["path"]).parent.name == sample.label


def test_a_perlin_set_and_its_table(run: Run, strips: Path, labelled: Path, tmp_path: Path) -> None:
    for name, more in (("own", []), ("given", ["--textures", labelled / "test" / "hole", "--opacity", "0.5,0.5"])):
        out = tmp_path / name
        ran = run("generate", "perlin", strips, "--out", out, "--count", 8, "--share", 0.75, *more)
        assert ran.code == 0, ran.error
        rows = rows_of(out)
        assert [row["class"] for row in rows] == ["perlin"] * 6 + ["good"] * 2
        assert all((float(row["masked_share"]) > 0) == (row["class"] == "perlin") for row in rows)
        if more:
            assert all(json.loads(row["drawn"])["opacity"] == 0.5 for row in rows[:6])
            assert all(Path(path).parent.name == "hole" for path in sources_of(rows))
        again = tmp_path / f"{name} again"
        assert run("generate", "again", out, "--out", again).code == 0
        assert files_of(out) == files_of(again)


def test_no_source_and_no_target_on_both_sides(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    for seed in range(3):
        out = tmp_path / str(seed)
        words = ["--count", 40, "--good", 10, "--judge", 0.3, "--seed", seed]
        ran = run("generate", "paste", labelled, "--onto", strips, "--out", out, *words)
        assert ran.code == 0
        rows = rows_of(out)
        fit = [row for row in rows if row["image"].startswith("fit/")]
        judge = [row for row in rows if row["image"].startswith("judge/")]
        assert (len(fit), len(judge)) == (28 + 7, 12 + 3)
        assert set(sources_of(fit)) and set(sources_of(judge))
        assert not set(sources_of(fit)) & set(sources_of(judge))
        assert not {row["target"] for row in fit} & {row["target"] for row in judge}
        for part in ("fit", "judge"):
            assert {sample.label for sample in labelled_images(out / part)} == {"good", "hole", "scratch"}


def test_voc_boxes_onto_a_rendered_surface(run: Run, boxed: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    words = ["--surface", "plate", "--size", "128x96", "--count", 30, "--json"]
    ran = run("generate", "paste", boxed, "--out", out, *words)
    told = json.loads(ran.out)
    # One box of four reaches out of its image: it is skipped, named, and the exit code says so.
    assert ran.code == 1 and told["regions"] == 4 and told["sources_used"] == 3
    (skipped,) = told["skipped"]
    assert skipped["name"].endswith("hole_0.png, box") and "inside the image of 96 x 96 px" in skipped["reason"]
    assert read(out / "test" / "hole" / "000.png").shape == (96, 128)
    assert {row["target"] for row in rows_of(out)} == {"surface:plate-diamond"}
    assert not any("hole_0" in path for path in sources_of(rows_of(out)))


def test_images_beside_masks_and_pieces_of_a_mask(run: Run, strips: Path, tmp_path: Path) -> None:
    """The layout that `surfedge synth --layout plain` writes; pieces far apart are defects of their own."""
    for name in ("images", "masks"):
        (tmp_path / "plain" / name).mkdir(parents=True)
    image, mask = np.full((60, 90), 130, np.uint8), np.zeros((60, 90), np.uint8)
    for x in (10, 70):
        cv2.rectangle(mask, (x, 20), (x + 8, 30), 255, -1)
    mask[5, 5] = 255  # a single pixel is no defect
    image[mask > 0] = 60
    cv2.imwrite(str(tmp_path / "plain" / "images" / "a.png"), image)
    cv2.imwrite(str(tmp_path / "plain" / "masks" / "a.png"), mask)
    ran = run("generate", "paste", tmp_path / "plain", "--onto", strips, "--out", tmp_path / "out", "--count", 9)
    assert ran.code == 0 and "2 labelled defects in 1 images" in ran.out
    pieces = {source["piece"] for row in rows_of(tmp_path / "out") for source in json.loads(row["sources"])}
    assert pieces <= {1, 2, 3} and len(pieces) == 2
    assert all(80 < float(row["masked_share"]) * 64 * 96 < 300 for row in rows_of(tmp_path / "out"))


def test_json_before_and_after_the_method(run: Run, strips: Path, tmp_path: Path) -> None:
    for number, words in enumerate((["--json", "perlin"], ["perlin", "--json"])):
        out = tmp_path / str(number)
        ran = run("generate", *words, strips, "--out", out, "--count", 1)
        told = json.loads(ran.out)
        assert ran.code == 0 and told["folder"] == str(out) and sum(told["counts"].values()) == 1


@pytest.mark.parametrize("method", ["paste", "perlin", "again", "transfer", "judge"])
def test_help_has_an_example(run: Run, method: str) -> None:
    assert f"example: surfedge generate {method} " in " ".join(run("generate", method, "--help").out.split())


def test_real_boxes_give_outlines(shared_data: Path) -> None:
    """Boxes drawn by people round patches, inclusions and scratches of hot-rolled steel: most get an outline inside."""
    for kind in ("inclusion", "patches", "scratches"):
        found = find_regions(shared_data / "neu_det", (kind,))
        assert not found.skipped
        outlined, chosen = 0, found.regions[:: max(1, len(found.regions) // 8)]
        for region in chosen:
            mask = mask_in_box(to_grey_u8(read(region.path)), region.box)
            outlined += mask is not None and 0.01 < mask.sum() / (region.box[2] * region.box[3]) < 0.95
        assert outlined > 0.75 * len(chosen), f"{kind}: {outlined} of {len(chosen)}"
