"""Charts of an evaluation: right places, honest legends, clean SVG, readable in a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surfedge.drawing import BLUE, Chart, nice_ticks
from surfedge.errors import ArgumentError
from surfedge.metrics import Evaluation, EvaluationRecord
from surfedge.report import write_curves
from surfedge.report.curves import evaluation_charts, pro_svg, roc_svg, score_histogram_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def record() -> EvaluationRecord:
    rng = np.random.default_rng(70)
    evaluation = Evaluation(grow_px=2)
    for i in range(24):
        values = rng.normal(size=(40, 40)).astype(np.float32)
        mask = np.zeros((40, 40), bool)
        if i % 2:
            mask[10:16, 8:20] = True
            values[mask] += 1.5
        evaluation.add(f"{i}.png", "hole" if i % 2 else "good", float(values.max()), values, mask, threshold=3.6)
    return evaluation.record(bootstrap=50)


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def _points(svg: str, index: int) -> list[list[float]]:
    line = list(ET.fromstring(svg).iter(f"{SVG}polyline"))[index]
    return [[float(v) for v in pair.split(",")] for pair in line.get("points", "").split()]


def test_every_chart_is_clean_svg_without_anything_from_outside(record: EvaluationRecord) -> None:
    charts = evaluation_charts(record)
    assert list(charts) == ["roc", "pr", "pro", "f1", "scores"]
    for svg in charts.values():
        root = ET.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert not {"script", "image", "use", "foreignObject"} & {e.tag.removeprefix(SVG) for e in root.iter()}
        assert svg.count("http") == 1  # the namespace
        assert "nan" not in svg.lower().replace("nance", "")


def test_legends_say_the_figures(record: EvaluationRecord) -> None:
    figures, (low, high) = record.figures, record.intervals["image_auroc"]
    texts = _texts(roc_svg(record))
    assert f"image AUROC {figures['image_auroc']:.3f} (95% interval {low:.3f} to {high:.3f})" in texts
    assert any(t.startswith(f"AU-PRO up to 5%: {figures['au_pro_0.05']:.3f}") for t in _texts(pro_svg(record)))


def test_a_line_lies_where_its_numbers_say() -> None:
    chart = Chart("t", "x", "y", (0, 2), (-1, 1), width=200, height=100)
    chart.line([0, 1, 2], [-1, 0, 1], BLUE)
    assert _points(chart.svg(), 0) == [[0, 100], [100, 50], [200, 0]]


def test_a_line_is_cut_at_the_right_end() -> None:
    chart = Chart("t", "x", "y", (0, 0.5), (0, 1), width=100, height=100)
    chart.line([0, 0.25, 1], [0, 0.25, 1], BLUE)
    assert _points(chart.svg(), 0) == [[0, 100], [50, 75], [100, 50]]


def test_roc_goes_from_corner_to_corner(record: EvaluationRecord) -> None:
    points = _points(roc_svg(record), 1)
    assert points[0] == [0, 380]
    assert points[-1] == [560, 0]
    assert all(a[0] <= b[0] and a[1] >= b[1] for a, b in zip(points, points[1:], strict=False))  # noqa: RUF007


def test_histogram_holds_every_image_once() -> None:
    scores, truth = [1.0, 1.0, 2.0, 8.0, 9.0], [False, False, False, True, False]
    root = ET.fromstring(score_histogram_svg(scores, truth, 5.0))
    group = root.find(f"{SVG}g")
    assert group is not None
    bars = [float(r.get("height", "0")) for r in group.findall(f"{SVG}rect") if r.get("fill") != "none"]
    unit = min(bars)
    assert sum(bars) / unit == pytest.approx(5, abs=0.05)
    texts = _texts(score_histogram_svg(scores, truth, 5.0))
    assert "4 good images, 1 above the limit" in texts
    assert "1 defective images, 1 above the limit" in texts
    assert "limit 5" in texts


def test_scores_over_many_decades_get_a_logarithmic_axis() -> None:
    texts = _texts(score_histogram_svg([0.01, 1.0, 100.0], [False, False, True], 10.0))
    assert {"0.01", "0.1", "1", "10", "100"} <= set(texts)


@pytest.mark.parametrize(
    ("scores", "threshold"), [([5.0], float("nan")), ([0.0, 0.0], 0.0), ([-1.0, 1e9], 3.0), ([1e-30, 1e30], -1.0)]
)
def test_odd_scores_still_make_a_chart(scores: list[float], threshold: float) -> None:
    svg = score_histogram_svg(scores, [False] * len(scores), threshold)
    assert "nan" not in svg
    ET.fromstring(svg)


def test_refuses_scores_that_are_not_numbers() -> None:
    with pytest.raises(ArgumentError, match="scores"):
        score_histogram_svg([1.0, np.nan], [False, True])
    with pytest.raises(ArgumentError, match="scores"):
        score_histogram_svg([], [])


def test_titles_are_escaped(record: EvaluationRecord) -> None:
    assert "a < b & c" in _texts(roc_svg(record, "a < b & c"))


def test_what_has_no_points_is_left_out() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.1)
    assert list(evaluation_charts(evaluation.record(bootstrap=0))) == ["scores"]
    evaluation.add("b", "hole", 0.9)
    assert list(evaluation_charts(evaluation.record(bootstrap=0))) == ["roc", "pr", "f1", "scores"]


def test_files_are_written_and_always_the_same(record: EvaluationRecord, tmp_path: Path) -> None:
    paths = write_curves(record, tmp_path / "new" / "charts")
    assert [path.name for path in paths] == ["roc.svg", "pr.svg", "pro.svg", "f1.svg", "scores.svg"]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in write_curves(record, tmp_path / "new" / "charts")] == first


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0, 0.3, ["0", "0.1", "0.2", "0.3"]),
        (-3, 7, ["-2", "0", "2", "4", "6"]),
        (1e6, 3e6, ["1e+06", "1.5e+06", "2e+06", "2.5e+06", "3e+06"]),
        (4, 4, ["4"]),
    ],
)
def test_ticks_are_round(low: float, high: float, texts: list[str]) -> None:
    assert [text for _, text in nice_ticks(low, high)] == texts


def test_every_word_is_inside_the_picture_and_none_covers_another(
    browser: Any, record: EvaluationRecord, tmp_path: Path
) -> None:
    for path in write_curves(record, tmp_path):
        browser.open(path, width=900, height=700)
        boxes = browser.ask(
            "[...document.querySelectorAll('text')].map(t => { const b = t.getBoundingClientRect();"
            "return [t.textContent, b.left, b.top, b.right, b.bottom]; })"
        )
        width, height = browser.ask("[document.documentElement.clientWidth, document.documentElement.clientHeight]")
        assert len(boxes) > 10
        for text, left, top, right, bottom in boxes:
            assert 0 <= left < right <= width, (path.name, text)
            assert 0 <= top < bottom <= height, (path.name, text)
        for i, (text, left, top, right, bottom) in enumerate(boxes):
            for other, left2, top2, right2, bottom2 in boxes[i + 1 :]:
                apart = right <= left2 or right2 <= left or bottom <= top2 + 2 or bottom2 <= top + 2
                assert apart, (path.name, text, other)
        assert not browser.complaints
