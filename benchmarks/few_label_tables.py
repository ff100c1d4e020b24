"""What few_labels.py has found: read, as a table, as a chart."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from surfedge.drawing import AMBER, BLUE, DEFECT, GOOD, INK, SOFT, Chart

TITLES = {
    "frozen_features": "frozen-features: ResNet-18, photographs",
    "statistics_classes": "statistics_classes: no network",
    "afec_statistics/contrastive": "contrastive-features: AFEC by views, linear head",
    "standard": "standard CNN",
    "afec/mse_localised": "AFEC, MSE + localiser, dense layers",
    "resnet18": "resnet18-classes",
}  # in the order of the chart


def rows_of(path: Path) -> list[dict[str, str]]:
    """What is there already."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def print_table(path: Path) -> None:
    """Mean and std over the seeds, per cent."""
    rows = rows_of(path)
    shares = sorted({float(row["share"]) for row in rows}, reverse=True)
    print("| method |", " | ".join(f"{100 * share:g} %" for share in shares), "| over-fits |")
    print("| --- |", " | ".join("---" for _ in shares), "| --- |")
    for method in dict.fromkeys(row["method"] for row in rows):
        cells, own = [], [row for row in rows if row["method"] == method]
        for share in shares:
            found = [100 * float(row["accuracy"]) for row in own if float(row["share"]) == share]
            f1 = [100 * float(row["macro_f1"]) for row in own if float(row["share"]) == share]
            spread = f" ± {stdev(found):.1f}" if len(found) > 1 else ""
            cells.append(f"{fmean(found):.1f}{spread} / {fmean(f1):.1f} ({len(found)})" if found else "")
        judged = [row["over_fits"] == "True" for row in own if row["over_fits"]]
        print(f"| {method} |", " | ".join(cells), f"| {f'{sum(judged)} of {len(judged)}' if judged else ''} |")


def chart(name: str, rows: Sequence[dict[str, str]], only: str) -> str:
    """Mean accuracy over the share of labels as an SVG document, a line for each method, a point for one share."""
    shares = sorted({float(row["share"]) for row in rows})
    places = [math.log10(share) for share in shares]
    ticks = [(place, f"{100 * share:g} %") for place, share in zip(places, shares, strict=True)]
    ends = (places[0] - 0.05, places[-1] + 0.05)
    drawn = Chart(
        f"{name}: accuracy over the share of labels",
        "labels of the training images",
        "accuracy",
        ends,
        (0, 1),
        x_ticks=ticks,
    )
    methods = [each for each in dict.fromkeys(row["method"] for row in rows) if each.startswith(tuple(only.split(",")))]
    methods.sort(key=lambda each: [*TITLES, each].index(each))
    for method, colour in zip(methods, (GOOD, DEFECT, BLUE, AMBER, SOFT, INK), strict=False):
        means = {
            share: fmean(
                float(row["accuracy"]) for row in rows if row["method"] == method and float(row["share"]) == share
            )
            for share in shares
            if any(row["method"] == method and float(row["share"]) == share for row in rows)
        }
        if len(means) == 1:
            ((share, mean),) = means.items()
            drawn.point(math.log10(share), mean, colour, TITLES.get(method, method))
        else:
            drawn.line([math.log10(share) for share in means], list(means.values()), colour, TITLES.get(method, method))
    return drawn.svg()
