"""The tables that an evaluation writes: every metric with its interval and support, and a row for each image."""

from __future__ import annotations

import csv
from io import StringIO

from surfedge.metrics import EvaluationRecord


def figures_csv(record: EvaluationRecord) -> str:
    """A row for each metric: value, interval, how many images it comes from, and its value for each class."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labels = list(record.classes)
    writer.writerow(["figure", "value", "low_95", "high_95", *labels, "good_images", "defective_images"])
    for name, value in record.figures.items():
        low, high = record.intervals.get(name, ("", ""))
        by_class = (record.classes[label].get(name, "") for label in labels)
        writer.writerow([name, value, low, high, *by_class, *record.support[name]])
    return text.getvalue()


def images_csv(record: EvaluationRecord) -> str:
    """A row for each image."""
    text = StringIO()
    rows = [row.to_dict() for row in record.rows]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
