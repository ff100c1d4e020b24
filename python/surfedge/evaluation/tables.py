"""The tables that an evaluation writes: every metric with its interval and support, and a row for each image."""

from __future__ import annotations

from surfedge.files import csv_line, path_cell, text_cell
from surfedge.metrics import Confusion, EvaluationRecord


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


def confusion_csv(found: Confusion) -> str:
    """A row for each true class: images, how many were given each class, recall, precision and F1."""
    header = ("true class", "images", *(f"given {name}" for name in found.names), "recall", "precision", "f1")
    lines = [csv_line(map(text_cell, header))]
    for number, name in enumerate(found.names):
        shares = (found.recall[number], found.precision[number], found.f1[number])
        cells = ("" if share != share else f"{share:.6f}" for share in shares)
        lines.append(csv_line((text_cell(name), found.images[number], *found.counts[number].tolist(), *cells)))
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
