"""An experiment on tiny images: a grid, shared trainings, a table, and no work twice."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

from experiments.conftest import GRID
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.experiments import read_experiment, run_experiment
from surfedge.experiments.cells import Cell
from surfedge.experiments.grid import changed
from surfedge.experiments.rows import chosen
from surfedge.experiments.tables import summary
from surfedge.metrics import figures_of

STUDIES = Path(__file__).parents[2] / "experiments"


def test_a_grid_becomes_a_table(grid: Path, tmp_path: Path) -> None:
    outcome = run_experiment(read_experiment(grid), tmp_path / "out", threads=1)
    assert not outcome.failed
    assert [(cell.subject, cell.seed, cell.varied) for cell in outcome.cells] == [
        ("dzl", 0, {}),
        ("tiny", 0, {"inference.residual": "l2"}),
        ("tiny", 1, {"inference.residual": "l2"}),
        ("tiny", 0, {"inference.residual": "ssim"}),
        ("tiny", 1, {"inference.residual": "ssim"}),
    ]
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 2  # one training for both residuals of a seed
    by_l2 = outcome.cells[1].figures
    assert by_l2["image_auroc"] == 1.0 and by_l2["pixel_auroc"] > 0.9 and by_l2["image_f1_split"] == 1.0
    assert by_l2["nmse"] > 0 and not {"nmse", "nmse_defective"} & set(outcome.cells[0].figures)
    _nmse_is_of_all_images(tmp_path, outcome.cells[1])
    rows = list(csv.DictReader((tmp_path / "out" / "table.csv").read_text().splitlines()))
    assert [row["seed"] for row in rows] == ["0", "0", "1", "0", "1"]
    assert {figure.name for figure in figures_of()} <= set(rows[0]) and rows[0]["skipped"] == "0"
    assert (tmp_path / "out" / "table.md").read_text().count("\n") == 2 + 3
    widths = [cv2.imread(str(tmp_path / "out" / "pictures" / f"{cell.name}.png")).shape[1] for cell in outcome.cells]
    assert widths[0] % 4 == 0 and widths[1:] == [widths[0] // 4 * 5] * 4  # without a reconstruction four panels
    assert len(list((tmp_path / "out" / "curves").glob("*.svg"))) == 2
    _run_again(grid, tmp_path, outcome.cells)


def _nmse_is_of_all_images(folder: Path, cell: Cell) -> None:
    """Good and defective ones apart; the images of the square differ more."""
    detector = Detector(folder / "out" / "bundles" / f"{cell.name}.surfedge", device="CPU")
    for name, label in (("nmse", "good"), ("nmse_defective", "square")):
        ratios = []
        for path in sorted((folder / "data" / "test" / label).iterdir()):
            frame = detector.preparation.filter(detector.preparation.read(path))
            picture, painted = detector.method.picture(frame), detector.method.reconstruct(frame)
            ratios.append(((picture - painted) ** 2).sum() / ((picture - 0.5) ** 2).sum())
        assert cell.figures[name] == pytest.approx(np.mean(ratios), rel=1e-4)


def _run_again(grid: Path, tmp_path: Path, cells: Any) -> None:
    """What is there is not made again; what is missing is."""
    gone = tmp_path / "out" / "cells" / f"{cells[1].name}.json"
    kept = tmp_path / "out" / "cells" / f"{cells[2].name}.json"
    gone.unlink()
    stamp = kept.stat().st_mtime_ns
    again = run_experiment(read_experiment(grid), tmp_path / "out", threads=1)
    assert gone.is_file() and kept.stat().st_mtime_ns == stamp
    assert [cell.figures for cell in again.cells] == [cell.figures for cell in cells]


def test_data_given_by_name_and_half_of_it(grid: Path, tmp_path: Path) -> None:
    """The file's folder is replaced, its name fills {data}, and only every second test image is judged."""
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    grid.write_text(
        'half = "odd"\nmethods = ["dzl"]\nrecipes = ["tiny.toml"]\n[data]\nsquares = "data"\n'
        '[vary]\nloss = [{name = "mse_localised", localiser = "{data}.surfedge"}]\n'
    )
    with pytest.raises(ArgumentError, match="squares"):
        read_experiment(grid, {"circles": "x"})
    experiment = read_experiment(grid, {"squares": str(tmp_path / "elsewhere")})
    assert [recipe.loss.localiser for _, _, recipe in experiment.variants("squares")] == ["squares.surfedge"]
    heights = []
    for half in ("odd", "all"):
        chosen = replace(experiment, recipes=(), pictures=12, half=half)
        outcome = run_experiment(chosen, tmp_path / half, threads=1)
        assert not outcome.failed
        heights.append(cv2.imread(str(tmp_path / half / "pictures" / f"{outcome.cells[0].name}.png")).shape[0])
    assert heights[1] == 2 * heights[0]  # a row for each image that was judged


def test_learned_on_one_material_and_judged_on_another(grid: Path, tmp_path: Path) -> None:
    """The first two of the leather study's experiments share one training; labelled limits come from where it says."""
    (tmp_path / "dark").mkdir()
    for path in (tmp_path / "data").rglob("*.png"):
        place = tmp_path / "dark" / path.relative_to(tmp_path / "data")
        place.parent.mkdir(parents=True, exist_ok=True)
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(place), pixels if "truth" in str(path) else pixels // 2)
    grid.write_text(
        'recipes = ["tiny.toml"]\nmethods = ["dzl"]\n[data]\nbright = "data"\ndark = "dark"\n'
        '[data.crossed]\ntrain = ["bright"]\ntest = "dark"\nlimits_from = "train"\n'
        '[data.both]\ntrain = ["bright", "dark"]\ntest = "dark"\nlimits_from = "test"\n'
    )
    outcome = run_experiment(read_experiment(grid), tmp_path / "out", threads=1)
    assert not outcome.failed
    cells = {(cell.data, cell.subject): cell for cell in outcome.cells}
    assert cells["crossed", "tiny"].run == cells["bright", "tiny"].run != cells["both", "tiny"].run
    assert cells["crossed", "tiny"].run.startswith("bright-") and cells["both", "tiny"].run.startswith("bright+dark-")
    assert not {"iou_t2", "image_f1_t3"} & set(cells["dark", "dzl"].figures)
    crossed, both = (cells[name, "dzl"].figures for name in ("crossed", "both"))
    assert both["image_f1_t3"] > 0.5 and 0 < crossed["iou_t2"] != both["iou_t2"] > 0  # twice as bright: another limit
    assert "iou t2" in (tmp_path / "out" / "table.md").read_text()


def test_a_cell_that_fails_is_listed_and_the_others_go_on(grid: Path, tmp_path: Path) -> None:
    grid.write_text(
        GRID.replace('"l2", "ssim"', '"l2"')
        .replace("seeds = [0, 1]", "seeds = [0]")
        .replace('squares = "data"', 'squares = "data"\nnothing = "nowhere"')
    )
    outcome = run_experiment(read_experiment(grid), tmp_path / "out", threads=1)
    assert len(outcome.cells) == 2 and len(outcome.failed) == 2
    assert "no folder" in outcome.failed[0][1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"decision.blur_sigma_px" = 1.0', '"decision.blur" = 1.0'), "unknown key 'blur'"),
        (('["l2", "ssim"]', '["l2", "l3"]'), "l2, ssim, statistics"),
        (('["l2", "ssim"]', '"l2"'), "a list of values"),
        (('methods = ["dzl"]', 'methods = ["dlz"]'), "statistics, bank, pattern, dzl"),
        (("pictures = 3", "picture = 3"), "unknown key 'picture'"),
        (('["tiny.toml"]', '["other.toml"]'), "no readable file"),
        (('squares = "data"', "squares = 3"), 'name = "folder"'),
        (('squares = "data"', 'squares = {train = ["data"]}'), "test"),
        (('squares = "data"', 'squares = {train = ["data"], test = "data", limits_from = "x"}'), "train or test"),
    ],
)
def test_a_wrong_file_is_refused_before_any_training(grid: Path, change: tuple[str, str], message: str) -> None:
    assert change[0] in GRID
    grid.write_text(GRID.replace(*change))
    with pytest.raises(ArgumentError, match=message):
        read_experiment(grid)


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_studies_of_the_documentation_can_be_read(path: Path) -> None:
    experiment = read_experiment(path)
    assert experiment.seeds == (0, 1, 2)
    assert all(recipe.seed in experiment.seeds for _, _, recipe in experiment.variants(next(iter(experiment.data))))


def test_changes_do_not_touch_what_they_start_from() -> None:
    tables = {"loss": {"name": "mse"}, "data": {"samples": 3}}
    assert changed(tables, {"loss": {"name": "ssim"}, "data.samples": 4}) == {
        "loss": {"name": "ssim"},
        "data": {"samples": 4},
    }
    assert tables == {"loss": {"name": "mse"}, "data": {"samples": 3}}


def test_means_and_deviations_over_seeds() -> None:
    cells = [
        Cell("a", "leather", seed, {"loss": "mse"}, {"image_auroc": value}) for seed, value in ((0, 0.8), (1, 0.9))
    ]
    columns, rows = summary([*cells, Cell("dzl", "leather", 0, {}, {"image_auroc": 0.5})])
    assert columns[:5] == ["data", "recipe", "loss", "seeds", "image auroc"]
    assert rows[0][:5] == ["leather", "a", "mse", "2", "0.850 ± 0.071"]
    assert rows[1][:5] == ["leather", "dzl", "", "1", "0.500"]


def test_pictures_show_every_class_first() -> None:
    from surfedge.datasets import Sample

    samples = [Sample(Path(f"{label}{k}"), label) for label in ("cut", "good", "poke") for k in range(3)]
    assert [sample.path.name for sample in chosen(samples, 4)] == ["cut0", "poke0", "good0", "cut1"]
