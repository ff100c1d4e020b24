"""The tables that an evaluation writes: every metric with its interval and support, and a row for each image."""

from __future__ import annotations

from surfedge.files import csv_line, path_cell, text_cell
from surfedge.metrics import EvaluationRecord


def figures_csv(record: EvaluationRecord) -> str:
    """A row for each metric: value, interval, how many images it comes from, and its value for each class."""
    labels = list(record.classes)
    header = ("figure", "value", "low_95", "high_95", *map(text_cell, labels), "good_images", "defective_images")
    lines = [csv_line(header)]
    for name, value in record.figures.items():
        low, high = record.intervals.get(name, ("", ""))
        by_class = (record.classes[label].get(name, "") for label in labels)
        lines.append(csv_line((name, value, low, high, *by_class, *record.support[name])))
    return "".join(lines)


def images_csv(record: EvaluationRecord) -> str:
    """A row for each image."""
    rows = [row.to_dict() for row in record.rows]
    return csv_line(rows[0]) + "".join(csv_line(_cell(name, value) for name, value in row.items()) for row in rows)


def _cell(name: str, value: object) -> object:
    """A value whose text, where it comes from a file's name, no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return "" if value is None else value
    return path_cell(value) if name == "path" else text_cell(value)
