"""The dict of metrics and the folder agree, and every name gives the function of that name."""

from __future__ import annotations

from pathlib import Path

import pytest

import surfedge.metrics
from surfedge.errors import ArgumentError
from surfedge.metrics import METRICS
from surfedge.registry import resolve


def test_dict_and_folder_agree() -> None:
    folder = Path(surfedge.metrics.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_every_name_resolves_to_its_function(name: str) -> None:
    metric = resolve(METRICS, name, "metric")
    assert metric.__name__ == name
    assert ">>>" in metric.__doc__


def test_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="image_auroc"):
        resolve(METRICS, "image_auc", "metric")


def test_evaluation_is_at_hand_and_nothing_else_is() -> None:
    assert surfedge.metrics.Evaluation.__name__ == "Evaluation"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = surfedge.metrics.nothing
