"""The confusion matrix drawn: well-formed, every count in its place, foreign names as text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from surfedge.metrics import Confusion
from surfedge.report.confusion import confusion_svg

TEXT = "{http://www.w3.org/2000/svg}text"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(TEXT)]


def test_counts_recall_and_precision_are_written() -> None:
    found = texts(confusion_svg(Confusion.of(["a"] * 8 + ["b"] * 4, ["a"] * 7 + ["b"] * 5)))
    assert [found.count(word) for word in ("7", "1", "4", "0")] == [1, 1, 1, 0]
    assert "87.5 %" in found and "80 %" in found and found.count("100 %") == 2
    assert "12 images, accuracy 0.917, macro F1 0.911" in found


@pytest.mark.parametrize("count", [2, 7, 21, 60])
def test_any_number_of_classes_fits(count: int) -> None:
    names = tuple(f"class number {number}" for number in range(count))
    svg = confusion_svg(Confusion(names, np.eye(count, dtype=np.int64)))
    root = ElementTree.fromstring(svg)
    assert sum(text == "1" for text in texts(svg)) == count
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y = float(rect.attrib.get("x", 0)), float(rect.attrib.get("y", 0))
        assert x + float(rect.attrib["width"]) <= width and y + float(rect.attrib["height"]) <= height


def test_names_are_text_and_long_ones_are_cut() -> None:
    names = ("<script>&", "x" * 80)
    found = texts(confusion_svg(Confusion(names, np.array([[1, 0], [0, 0]]))))
    assert found.count("<script>&") == 2 and found.count("x" * 35 + "…") == 2
    assert "-" in found  # the recall of a class without images
