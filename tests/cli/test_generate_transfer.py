"""generate transfer and generate judge: from two folders to a made set, its table, its figures; and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from cli.conftest import Run
from cli.made_sets import files_of, rows_of
from surfedge.bundle.packaged import packaged
from surfedge.datasets import labelled_images
from surfedge.scoring import claimed
from surfedge.training import parse_recipe
from surfedge.training.train import train

TINY = """
[network]
input_px = 16
channels = 1
width = 2
downs = 1
structure = 4
texture = 8
dense = 8
classifier = 2
[data]
crop_px = {crop_px}
[training]
steps = 4
batch = 2
patches = 2
keep_every = 2
learning_rate = 0.02
half_life = 2.0
"""


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def faint(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a network adds after four steps is fainter than what counts as seen."""
    monkeypatch.setattr("surfedge.training.transfer_gan.model.LEAST_CHANGE", 0.0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """defects/<class>, good/, and the same defects with masks in labelled/; recipes with and without squares."""
    root, rng = tmp_path_factory.mktemp("transfer"), np.random.default_rng(0)
    for name in ("hole", "scratch"):
        for number in range(4):
            image, mask = rng.normal(120, 5, (40, 48)), np.zeros((40, 48), np.uint8)
            y, x = rng.integers(5, 24, 2)
            height, width = (14, 14) if name == "hole" else (8, 22)
            mask[y : y + height, x : x + width] = 255
            image[mask > 0] += 70
            places = {f"defects/{name}/{number}": image, f"labelled/test/{name}/{number}": image}
            for place, pixels in {**places, f"labelled/ground_truth/{name}/{number}_mask": mask}.items():
                path = root / f"{place}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.uint8(np.clip(pixels, 0, 255)))
    (root / "good").mkdir()
    for number in range(5):
        cv2.imwrite(str(root / "good" / f"{number}.png"), np.uint8(rng.normal(120, 5, (40, 48))))
    for crop_px in (0, 24, 64):
        (root / f"squares{crop_px}.toml").write_text(TINY.format(crop_px=crop_px))
    return root


@pytest.mark.usefixtures("faint")
def test_a_transferred_set_its_table_and_the_same_again(run: Run, folders: Path, tmp_path: Path) -> None:
    words = ["generate", "transfer", folders / "defects", "--onto", folders / "good", "--recipe"]
    words += [folders / "squares0.toml", "--count", 6]
    out, model = tmp_path / "made", tmp_path / "made.transfer"
    ran = run(*words, "--out", out, "--json")
    told = json.loads(ran.out)
    assert ran.code in (0, 1) and told["steps"] == 4 and told["ms_per_step"] > 0 and told["peak_mb"] > 10
    assert told["checks"]["images"] == 8 and 0 <= told["checks"]["own_nearest"] <= 1
    assert {"checks.png", "nearest.png", "curve.csv", "last.ckpt", "transfer.pt"} <= {p.name for p in model.iterdir()}
    rows = rows_of(out)
    assert [row["class"] for row in rows] == ["hole", "scratch"] * 3 and {row["method"] for row in rows} == {"transfer"}
    for sample in labelled_images(out):
        mask = sample.mask((16, 16))
        assert mask is not None and mask.any() and sample.label in ("hole", "scratch")
    again = run("generate", "again", out, "--out", tmp_path / "again")
    assert again.code == 0 and "6 of 6 images are the same byte for byte" in again.out
    more = run(*words, "--model", model, "--out", tmp_path / "more", "--threads", 3)
    assert "ms a step" not in more.out  # the training is over: nothing is trained again
    assert files_of(tmp_path / "more") == files_of(out)


@pytest.mark.usefixtures("faint")
def test_squares_round_labelled_defects_and_whole_images(run: Run, folders: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    words = ["--recipe", folders / "squares24.toml", "--out", out, "--count", 4, "--whole", "--torch-threads", 1]
    ran = run("generate", "transfer", folders / "labelled", "--onto", folders / "good", *words)
    assert ran.code in (0, 1) and "4 steps on cpu" in ran.out and "MB at most" in ran.out
    for row in rows_of(out):
        x, y, w, h = json.loads(row["settings"])["window"]
        image, good = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (out / row["image"], row["target"]))
        assert image.shape == (40, 48) and (w, h) == (24, 24)
        changed = np.argwhere(image != good)
        assert changed.min(axis=0).tolist() >= [y, x] and (changed.max(axis=0) < [y + h, x + w]).all()
        defect = json.loads(row["sources"])[0]
        name = f"{row['class']}/{Path(defect['path']).stem}_mask.png"
        mask = cv2.imread(str(folders / "labelled" / "ground_truth" / name), cv2.IMREAD_UNCHANGED)
        x, y, w, h = defect["window"]
        assert (mask[y : y + h, x : x + w] > 0).sum() == (mask > 0).sum()  # the square holds the whole defect
    assert run("generate", "again", out, "--out", tmp_path / "again").code == 0


def test_one_process_trains_in_a_folder(run: Run, folders: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "curve.csv").write_text("kept")
    words = ["--onto", folders / "good", "--recipe", folders / "squares0.toml", "--model", model, "--fresh"]
    with claimed(model):
        ran = run("generate", "transfer", folders / "defects", *words, "--out", tmp_path / "made")
    assert ran.code == 3 and "another process training in it" in ran.error
    assert (model / "curve.csv").read_text() == "kept"


@pytest.mark.usefixtures("faint")
def test_one_class_is_enough(run: Run, folders: Path, tmp_path: Path) -> None:
    words = ["--onto", folders / "good", "--recipe", folders / "squares0.toml", "--count", 2]
    ran = run("generate", "transfer", folders / "defects" / "hole", *words, "--out", tmp_path / "made", "--json")
    assert ran.code in (0, 1) and json.loads(ran.out)["counts"] == {"test/hole": 2}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["DEFECTS", "--onto", "EMPTY"], "found no image"),
        (["EMPTY", "--onto", "GOOD"], "no labelled defect"),
        (["MISSING", "--onto", "GOOD"], "found nothing there"),
        (["DEFECTS", "--onto", "GOOD", "--recipe", "SQUARES24"], "no labelled defect"),
        (["LABELLED", "--onto", "GOOD", "--recipe", "SQUARES64"], "good images of 64 x 64 pixels or more"),
        (["DEFECTS", "--onto", "GOOD", "--recipe", "transfer-65"], "transfer-64"),
        (["DEFECTS", "--onto", "GOOD", "--steps", "0"], "training.steps"),
        (["DEFECTS", "--onto", "GOOD", "--count", "-1"], "--count"),
        (["DEFECTS", "--onto", "GOOD", "--torch-threads", "-1"], "--torch-threads"),
        (["DEFECTS", "--onto", "GOOD", "--device", "tpu"], "invalid choice: 'tpu'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    words: list[str], message: str, run: Run, folders: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"DEFECTS": "defects", "GOOD": "good", "LABELLED": "labelled"}
    places |= {"SQUARES24": "squares24.toml", "SQUARES64": "squares64.toml"}
    known = {name: folders / place for name, place in places.items()}
    known |= {"EMPTY": tmp_path / "empty", "MISSING": tmp_path / "missing"}
    ran = run("generate", "transfer", *(known.get(word, word) for word in words), "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (2, "") and message in ran.error and ran.error.count("\n") == 1
    assert not list((tmp_path).rglob("*.pt"))


def test_judged_by_class_with_pictures(run: Run, folders: Path, tmp_path: Path) -> None:
    real, out = folders / "defects", tmp_path / "judged"
    ran = run("generate", "judge", real, real, "--weights", "random", "--out", out)
    assert ran.code == 0 and "ResNet-18 layer3, mean over places, 40 px" in ran.out and "singular" in ran.out
    told = json.loads((out / "judged.json").read_text())
    assert set(told["classes"]) == {"hole", "scratch", "all"}
    for found in told["classes"].values():
        assert found["fid"] == pytest.approx(0, abs=1e-6) and found["nearest_ratio"] < 1e-3
        assert abs(found["kid"]) < max(3 * found["kid_error"], 1e-6) or found["kid"] < 0
    with (out / "neighbours.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 and all(row["made"] == row["nearest"] for row in rows)
    assert cv2.imread(str(out / "nearest_hole.png")).shape == (46, 4 * 86, 3)


def test_a_class_on_one_side_is_counted_in_all_alone(run: Run, folders: Path) -> None:
    ran = run("generate", "judge", folders / "defects", folders / "defects" / "hole", "--weights", "random", "--json")
    told = json.loads(ran.out)["classes"]
    assert ran.code == 0 and set(told) == {"hole", "all"} and (told["all"]["real"], told["all"]["made"]) == (8, 4)
    shown = run("generate", "judge", folders / "defects", folders / "defects" / "hole", "--weights", "random").out
    assert "fewer than 4: scratch" in shown


def test_features_may_come_from_a_bundle(run: Run, folders: Path, tmp_path: Path) -> None:
    tiny = {"name": "backbone", "weights": "random", "width": 4, "input_px": 64}
    recipe = parse_recipe({"network": tiny, "data": {"validation_share": 1.0}})
    goods = sorted((folders / "good").glob("*.png"))
    for number in range(4):  # as few as calibration takes
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.imread(str(goods[number]))[::-1])
    bundle = train(recipe, [*goods, *sorted(tmp_path.glob("*.png"))], tmp_path / "run", threads=1).bundle
    bundle = bundle.write(path := tmp_path / "features.surfedge")
    ran = run("generate", "judge", folders / "defects", folders / "defects", "--weights", path)
    assert ran.code == 0 and f"features of the bundle {bundle.identity[:12]}" in ran.out
    other = packaged("*.surfedge")["plate-fast"]  # a bundle whose network gives no features
    ran = run("generate", "judge", folders / "defects", folders / "defects", "--weights", other)
    assert ran.code == 2 and "one whose network gives features" in ran.error


def test_the_judge_refuses(run: Run, folders: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    cv2.imwrite(str(few / "a.png"), np.zeros((40, 40), np.uint8))
    ran = run("generate", "judge", folders / "defects", few, "--weights", "random")
    assert ran.code == 2 and "4 or more" in ran.error
    ran = run("generate", "judge", folders / "defects", folders / "defects", "--weights", tmp_path / "none.npz")
    assert ran.code == 2 and "no readable file" in ran.error
    ran = run("generate", "judge", folders / "defects", folders / "defects", "--weights", "random", "--side", 8)
    assert ran.code == 2 and "--side" in ran.error
