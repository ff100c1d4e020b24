"""The dict of metrics and the folder agree, and every name gives the function of that name."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import surfedge.metrics
from surfedge.errors import ArgumentError
from surfedge.metrics import METRICS, Evaluation, evaluate_maps, figures_of
from surfedge.metrics.counting.figure import CALLS, CLASSES, RECONSTRUCTIONS, Figure
from surfedge.registry import resolve


def test_dict_and_folder_agree() -> None:
    folder = Path(surfedge.metrics.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_every_name_resolves_to_its_function(name: str) -> None:
    metric = resolve(METRICS, name, "metric")
    assert metric.__name__ == name
    assert ">>>" in metric.__doc__


def test_an_evaluation_reports_every_figure_of_the_table() -> None:
    names = [figure.name for figure in figures_of()]
    assert len(set(names)) == len(names)
    assert all(any(name.startswith(metric) for name in names) for metric in METRICS)
    evaluation = Evaluation(grow_px=0)
    evaluation.add("a", "good", 0.1, [[0.1, 0.2]], threshold=0.5)
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], threshold=0.5)
    figures = evaluation.record(bootstrap=5).figures
    assert list(figures) == [figure.name for figure in figures_of() if figure.needs not in (CLASSES, RECONSTRUCTIONS)]
    assert all(np.isfinite(list(figures.values())))


def test_figures_that_a_bundle_quotes() -> None:
    quoted = {figure.name for figure in figures_of() if figure.is_quoted}
    of_images = {"image_auroc", "image_ap", "image_f1_best", "image_recall", "false_call_rate"}
    of_pixels = {"pixel_auroc", "pixel_ap", "au_pro_0.30", "au_pro_0.05", "in_image_auroc", "outside_control"}
    assert quoted == of_images | of_pixels | {"global_accuracy", "class_accuracy", "macro_f1", "nmse", "nmse_defective"}


def test_a_metric_that_is_added_to_the_table_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file and one line: here the file is a module made on the spot."""
    module = ModuleType("an_added_metric")
    module.FIGURES = (Figure("missed", CALLS, lambda calls: calls.defective - calls.found, title="missed"),)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(METRICS, "missed", f"{module.__name__}:missed")
    record = evaluate_maps([("a", "good", 0.1, None, None, 0.5), ("b", "hole", 0.2, None, None, 0.5)], bootstrap=5)
    assert record.figures["missed"] == 1.0 and record.intervals["missed"] == (1.0, 1.0)
    assert record.support["missed"] == (1, 1) and record.classes["hole"]["missed"] == 1.0


def test_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="image_auroc"):
        resolve(METRICS, "image_auc", "metric")


def test_evaluation_is_at_hand_and_nothing_else_is() -> None:
    assert surfedge.metrics.Evaluation.__name__ == "Evaluation"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = surfedge.metrics.nothing
