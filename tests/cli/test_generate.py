"""The generate verb: sets of made images, the table that makes them again, and what is refused."""

from __future__ import annotations

import csv
import errno
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.conftest import Run
from surfedge.cli.generating.regions import find_regions
from surfedge.datasets import labelled_images
from surfedge.images import read, to_grey_u8
from surfedge.registry import resolve
from surfedge.synthesis import DEFECTS, SURFACES, Defect, render
from surfedge.synthesis.paste.mask_in_box import mask_in_box

BOX = "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>"


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of four defective strips each, in the MVTec layout."""
    root = tmp_path_factory.mktemp("labelled")
    for kind in ("hole", "scratch"):
        for place in (root / "test" / kind, root / "ground_truth" / kind):
            place.mkdir(parents=True)
        for number in range(4):
            shot = render("strip", (96, 96), defects=(Defect(kind, size_mm=12, severity=1.2),), seed=number)
            cv2.imwrite(str(root / "test" / kind / f"{number}.png"), shot.image)
            cv2.imwrite(str(root / "ground_truth" / kind / f"{number}_mask.png"), shot.mask.astype(np.uint8) * 255)
    return root


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


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "made.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _sources(rows: list[dict[str, str]]) -> Iterator[str]:
    return (source["path"] for row in rows for source in json.loads(row["sources"]))


def test_a_pasted_set_with_its_truth_and_its_table(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    ran = run("generate", "paste", labelled, "--onto", strips, "--out", out, "--count", 6, "--good", 3)
    assert ran.code == 0 and ran.error == ""
    assert "test/scratch" in ran.out and f"table: {out / 'made.csv'}" in ran.out
    samples = labelled_images(out)
    assert sorted({s.label for s in samples}) == ["good", "hole", "scratch"] and len(samples) == 9
    rows = {row["image"]: row for row in _rows(out)}
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


@pytest.mark.parametrize("mode", ["ratio", "paste", "poisson"])
def test_the_table_makes_every_byte_again(run: Run, mode: str, labelled: Path, strips: Path, tmp_path: Path) -> None:
    words = ["--count", 6, "--good", 1, "--mode", mode, "--per-image", "1,3", "--strength", "0.6,1.4", "--seed", 5]
    words += ["--match"] if mode != "ratio" else []
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    assert run("generate", "paste", labelled, "--onto", strips, "--out", first, *words).code == 0
    assert run("generate", "paste", labelled, "--onto", strips, "--out", other, *words, "--threads", 3).code == 0
    ran = run("generate", "again", first / "made.csv", "--out", again)
    assert ran.code == 0 and "7 of 7 images are the same byte for byte" in ran.out
    assert _files(first) == _files(again) == _files(other)


def test_a_perlin_set_and_its_table(run: Run, strips: Path, labelled: Path, tmp_path: Path) -> None:
    for name, more in (("own", []), ("given", ["--textures", labelled / "test" / "hole", "--opacity", "0.5,0.5"])):
        out = tmp_path / name
        ran = run("generate", "perlin", strips, "--out", out, "--count", 8, "--share", 0.75, *more)
        assert ran.code == 0, ran.error
        rows = _rows(out)
        assert [row["class"] for row in rows] == ["perlin"] * 6 + ["good"] * 2
        assert all((float(row["masked_share"]) > 0) == (row["class"] == "perlin") for row in rows)
        if more:
            assert all(json.loads(row["drawn"])["opacity"] == 0.5 for row in rows[:6])
            assert all(Path(path).parent.name == "hole" for path in _sources(rows))
        again = tmp_path / f"{name} again"
        assert run("generate", "again", out, "--out", again).code == 0
        assert _files(out) == _files(again)


def test_no_source_and_no_target_on_both_sides(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    for seed in range(3):
        out = tmp_path / str(seed)
        words = ["--count", 40, "--good", 10, "--judge", 0.3, "--seed", seed]
        ran = run("generate", "paste", labelled, "--onto", strips, "--out", out, *words)
        assert ran.code == 0
        rows = _rows(out)
        fit = [row for row in rows if row["image"].startswith("fit/")]
        judge = [row for row in rows if row["image"].startswith("judge/")]
        assert (len(fit), len(judge)) == (28 + 7, 12 + 3)
        assert set(_sources(fit)) and set(_sources(judge))
        assert not set(_sources(fit)) & set(_sources(judge))
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
    assert {row["target"] for row in _rows(out)} == {"surface:plate-diamond"}
    assert not any("hole_0" in path for path in _sources(_rows(out)))


def test_json_before_and_after_the_method(run: Run, strips: Path, tmp_path: Path) -> None:
    for number, words in enumerate((["--json", "perlin"], ["perlin", "--json"])):
        out = tmp_path / str(number)
        ran = run("generate", *words, strips, "--out", out, "--count", 1)
        told = json.loads(ran.out)
        assert ran.code == 0 and told["folder"] == str(out) and sum(told["counts"].values()) == 1


def test_a_file_that_changed_is_refused(run: Run, labelled: Path, strips: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    run("generate", "perlin", strips, "--out", first, "--count", 2)
    table = first / "made.csv"
    known = table.read_text()
    target = _rows(first)[0]["target_sha256"]
    table.write_text(known.replace(target, "0" * 64))
    ran = run("generate", "again", table, "--out", tmp_path / "a")
    assert ran.code == 2 and "the file changed since the set was made" in ran.error
    table.write_text(known.replace(_rows(first)[0]["image_sha256"], "0" * 64))
    ran = run("generate", "again", table, "--out", tmp_path / "b")
    assert ran.code == 3 and "1 of 2 images are the same" in ran.out
    table.write_text(known.replace("test/perlin/000.png", "../../outside.png"))
    ran = run("generate", "again", table, "--out", tmp_path / "c")
    assert ran.code == 2 and "not the path of a .png below the folder" in ran.error
    table.write_text("a,b\n1,2\n")
    assert "made.csv, line 2" in run("generate", "again", table, "--out", tmp_path / "d").error


def test_a_full_disk_ends_the_run_and_leaves_a_table_of_what_is_there(
    run: Run, strips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from surfedge.cli.generating import writing

    out = tmp_path / "made"
    write = writing.replace_bytes

    def fills_up(path: Path, data: bytes) -> None:
        if len(list(out.rglob("*.png"))) >= 5:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, data)

    monkeypatch.setattr(writing, "replace_bytes", fills_up)
    ran = run("generate", "perlin", strips, "--out", out, "--count", 20, "--share", 1)
    assert ran.code == 3 and "No space left on device" in ran.error and ran.error.count("\n") == 1
    rows = _rows(out)
    assert len(rows) == 2  # two images with their masks, and a third image without
    assert all((out / row["image"]).is_file() and (out / row["mask"]).is_file() for row in rows)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["paste", "LABELLED", "--out", "OUT"], 2, "--onto: found 'neither', expected --onto DIR, or --surface NAME"),
        (
            ["paste", "LABELLED", "--onto", "GOOD", "--surface", "plate", "--out", "OUT"],
            2,
            "--onto: found ['onto', 'surface']",
        ),
        (["paste", "LABELLED", "--surface", "wood", "--out", "OUT"], 2, "surface: found 'wood'"),
        (
            ["paste", "LABELLED", "--onto", "EMPTY", "--out", "OUT"],
            2,
            "found no image, expected a folder of good images",
        ),
        (["paste", "EMPTY", "--onto", "GOOD", "--out", "OUT"], 2, "no labelled defect"),
        (["paste", "GOOD", "--onto", "GOOD", "--out", "OUT"], 2, "no labelled defect; the first of 1"),
        (["paste", "MISSING", "--onto", "GOOD", "--out", "OUT"], 2, "found no folder"),
        (["paste", "LABELLED", "--onto", "TINY", "--out", "OUT"], 2, "at most the target's 9 x 9 px"),
        (
            ["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--classes", "dent"],
            2,
            "no class 'dent', expected one of hole, scratch",
        ),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--match"], 2, "--mode paste or poisson"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--strength", "0"], 2, "--strength"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--strength", "x"], 2, "a number, or LOWEST,HIGHEST"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--per-image", "1.5"], 2, "whole numbers"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--judge", "1"], 2, "--judge"),
        (
            ["paste", "LABELLED", "--onto", "ONE", "--out", "OUT", "--judge", "0.5"],
            2,
            "class good: found 1 source images",
        ),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--feather", "-1"], 2, "--feather"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--scale", "0"], 2, "--scale"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--count", "0"], 2, "--count"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--seed", "-1"], 2, "--seed"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "OUT", "--threads", "0"], 2, "--threads"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "GOOD"], 2, "not empty"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", "GOOD/00.png/x"], 3, "00.png"),
        (["paste", "LABELLED", "--onto", "GOOD", "--out", ""], 2, "out: found an empty text"),
        (["perlin", "EMPTY", "--out", "OUT"], 2, "found no image"),
        (["perlin", "GOOD", "--out", "OUT", "--opacity", "0.5,2"], 2, "--opacity"),
        (["perlin", "GOOD", "--out", "OUT", "--share", "2"], 2, "--share"),
        (["perlin", "GOOD", "--out", "OUT", "--turn", "-1"], 2, "--turn"),
        (["perlin", "GOOD", "--out", "OUT", "--count", "0"], 2, "--count"),
        (["perlin", "GOOD", "--out", "OUT", "--textures", "EMPTY"], 2, "a folder of textures"),
        (["perlin", "GOOD", "--out", "OUT", "--textures", "SMALL"], 2, "an eighth of the image a side"),
        (["again", "EMPTY", "--out", "OUT"], 2, "found nothing there, expected the made.csv"),
        (["mix", "GOOD", "--out", "OUT"], 2, "invalid choice: 'mix'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    words: list[str], code: int, message: str, run: Run, labelled: Path, strips: Path, tmp_path: Path
) -> None:
    places = {"LABELLED": labelled, "GOOD": strips, "OUT": tmp_path / "out", "MISSING": tmp_path / "missing"}
    for name, size, count in (("EMPTY", 0, 0), ("TINY", 9, 2), ("SMALL", 5, 2), ("ONE", 96, 1)):
        places[name] = tmp_path / name.lower()
        places[name].mkdir()
        for number in range(count):
            cv2.imwrite(str(places[name] / f"{number}.png"), np.full((size, size), 120, np.uint8))
    before = _files(strips)
    filled = []
    for word in words:
        head, slash, rest = word.partition("/")
        filled.append(f"{places[head]}{slash}{rest}" if head in places else word)
    ran = run("generate", *filled)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.error and ran.error.count("\n") == 1
    assert _files(strips) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotation><object></annotation>", "XML that cannot be read"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><annotation>&x;</annotation>", "a document type"),
        (
            f"<annotation><object><name>../a</name>{BOX.format(1, 1, 5, 5)}</object></annotation>",
            "an object named '../a'",
        ),
        (
            f"<annotation><object><name>good</name>{BOX.format(1, 1, 5, 5)}</object></annotation>",
            "an object named 'good'",
        ),
        (
            f"<annotation><object><name>pit</name>{BOX.format(9, 1, 5, 5)}</object></annotation>",
            "expected xmin <= xmax",
        ),
        (f"<annotation><object><name>pit</name>{BOX.format(1, 'a', 5, 5)}</object></annotation>", "without a box"),
        ("<annotation><object><name>pit</name></object></annotation>", "without a box"),
    ],
)
def test_annotations_that_are_none(run: Run, text: str, message: str, strips: Path, tmp_path: Path) -> None:
    folder = tmp_path / "voc"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.full((32, 32), 120, np.uint8))
    (folder / "a.xml").write_text(text)
    ran = run("generate", "paste", folder, "--onto", strips, "--out", tmp_path / "out")
    assert ran.code == 2 and "no labelled defect" in ran.error and message in ran.error


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
    pieces = {source["piece"] for row in _rows(tmp_path / "out") for source in json.loads(row["sources"])}
    assert pieces <= {1, 2, 3} and len(pieces) == 2
    assert all(80 < float(row["masked_share"]) * 64 * 96 < 300 for row in _rows(tmp_path / "out"))


@pytest.mark.parametrize("method", ["paste", "perlin", "again", "transfer", "judge"])
def test_help_has_an_example(run: Run, method: str) -> None:
    assert f"example: surfedge generate {method} " in " ".join(run("generate", method, "--help").out.split())


def test_the_page_about_making_defects_works_from_beginning_to_end(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "making-defects.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [line for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    for command in commands:
        _, verb, *words = command.split()
        ran = run(verb, *words)
        assert ran.code == 0, f"{command}: {ran.error}"
    assert "32 of 32 images are the same byte for byte" in ran.out
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(code, "making-defects.md", "exec"), {})
    assert "(128, 128, 3) True (32, 32)" in capsys.readouterr().out


def test_the_page_names_every_kind_surface_and_option() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "making-defects.md").read_text(encoding="utf-8")
    for kind, place in DEFECTS.items():
        (row,) = re.findall(rf"^\| `{kind}` \|.*$", page, re.MULTILINE)
        options = inspect.signature(resolve({kind: place}, kind)).parameters.values()
        told = set(re.findall(r"`(\w+)`", row.split("|")[3]))
        assert told == {option.name for option in options if option.kind is option.KEYWORD_ONLY}
    for surface in SURFACES:
        assert f"`{surface}`" in page


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
