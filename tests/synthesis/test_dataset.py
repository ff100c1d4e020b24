"""Written folders: layout, truth table, the same bytes again, refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import pytest

from surfedge.errors import ArgumentError, DatasetError
from surfedge.synthesis import write_dataset

SMALL = {"shape": (64, 72), "pixel_size_mm": 1.0}


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_mvtec_layout(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    summary = write_dataset(
        tmp_path / "out",
        "leather",
        count=10,
        defects=("scratch", "hole"),
        defective_share=0.4,
        seed=1,
        progress=lambda done, count: seen.append((done, count)),
        **SMALL,
    )
    assert summary.counts == {"train/good": 4, "test/good": 2, "test/scratch": 2, "test/hole": 2}
    assert seen == [(n, 10) for n in range(1, 11)]
    files = set(_files(summary.folder))
    assert "train/good/003.png" in files
    assert "ground_truth/hole/001_mask.png" in files
    assert not any(name.startswith("ground_truth/good") for name in files)
    image = cv2.imread(str(summary.folder / "test/hole/000.png"), cv2.IMREAD_UNCHANGED)
    mask = cv2.imread(str(summary.folder / "ground_truth/hole/000_mask.png"), cv2.IMREAD_UNCHANGED)
    assert image.shape == (64, 72, 3)
    assert image[..., 2].mean() > image[..., 0].mean()  # stored as B, G, R: red stays red
    assert set(mask.ravel().tolist()) == {0, 255}


def test_plain_layout_and_truth_table(tmp_path: Path) -> None:
    summary = write_dataset(
        tmp_path, "plate", count=5, defects=("roll_mark",), defective_share=0.4, layout="plain", **SMALL
    )
    assert summary.counts == {"good": 3, "roll_mark": 2}
    rows = _rows(summary.truth)
    assert {row["path"] for row in rows} == {f"images/{n:05d}.png" for n in range(5)}
    for row in rows:
        mask = cv2.imread(str(tmp_path / row["mask"]), cv2.IMREAD_UNCHANGED)
        assert (row["class"] == "good") == (not mask.any())
        assert int(row["seed"]) >= 0
        if row["class"] != "good":
            x, y, w, h = (int(row[name]) for name in ("x", "y", "width", "height"))
            assert mask[y : y + h, x : x + w].any()


def test_same_arguments_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    for name, threads in (("a", 1), ("b", 3)):
        write_dataset(tmp_path / name, "strip", count=6, seed=4, defective_share=0.5, threads=threads, **SMALL)
    assert _files(tmp_path / "a") == _files(tmp_path / "b")
    write_dataset(tmp_path / "c", "strip", count=6, seed=5, defective_share=0.5, **SMALL)
    assert _files(tmp_path / "a") != _files(tmp_path / "c")


def test_without_defects_all_is_for_training(tmp_path: Path) -> None:
    assert write_dataset(tmp_path, "strip", count=3, defects=(), **SMALL).counts == {"train/good": 3}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"surface": "wood"}, "surface"),
        ({"defects": ("knot",)}, "defect"),
        ({"layout": "coco"}, "layout"),
        ({"count": 0}, "count"),
        ({"threads": 0}, "threads"),
        ({"defective_share": 1.5}, "defective_share"),
        ({"defects": ("dent",), "severity": 0.001, "defective_share": 1.0}, "severity"),
    ],
)
def test_wrong_arguments_are_named(tmp_path: Path, arguments: dict[str, object], name: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        write_dataset(tmp_path / "out", **{"surface": "strip", "count": 2, **SMALL, **arguments})
    assert caught.value.name == name


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(DatasetError, match="not empty"):
        write_dataset(tmp_path, "strip", count=1, **SMALL)
    assert _files(tmp_path) == {"mine.txt": b"keep"}
