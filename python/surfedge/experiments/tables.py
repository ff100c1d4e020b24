"""An experiment's results as text: every cell in table.csv, means over seeds in table.md, loss curves as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surfedge.drawing import AMBER, BLUE, Chart
from surfedge.experiments.cells import Cell, figure_names
from surfedge.files import csv_line, replace_text, text_cell

FIRST = ("image_auroc", "image_recall", "false_call_rate", "au_pro_0.05")
"""The figures that a terminal has room for."""


def summary(cells: Sequence[Cell], figures: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
    """Columns and rows, a row for each group of cells that differ in the seed only: mean, and std of several.

    figures : names of those to show, all that are quoted by default.
    """
    varied = list(dict.fromkeys(key for cell in cells for key in cell.varied))
    wanted = figures or figure_names(quoted=True)
    shown = [name for name in wanted if any(name in cell.figures for cell in cells)]
    columns = ["data", "recipe", *varied, "seeds", *(name.replace("_", " ") for name in shown), "minutes", "ms/image"]
    rows = []
    for group in dict.fromkeys(cell.group for cell in cells):
        chosen = [cell for cell in cells if cell.group == group]
        first = chosen[0]
        means = [_mean([cell.figures[name] for cell in chosen if name in cell.figures]) for name in shown]
        rows.append(
            [
                first.data,
                first.subject,
                *(first.varied.get(key, "") for key in varied),
                str(len(chosen)),
                *means,
                f"{np.mean([cell.minutes for cell in chosen]):.1f}",
                f"{np.mean([c.milliseconds for c in chosen]):.1f}",
            ]
        )
    return columns, rows


def write_tables(out_dir: Path, cells: Sequence[Cell]) -> None:
    """table.csv and table.md, each in one step."""
    varied = list(dict.fromkeys(key for cell in cells for key in cell.varied))
    names = figure_names()
    table = csv_line(("data", "recipe", *varied, "seed", *names, "minutes", "milliseconds", "run", "skipped"))
    for cell in cells:
        values = (
            cell.data,
            cell.subject,
            *(cell.varied.get(key, "") for key in varied),
            cell.seed,
            *(cell.figures.get(name, "") for name in names),
            cell.minutes,
            cell.milliseconds,
            cell.run,
            cell.skipped,
        )
        table += csv_line(text_cell(value) if isinstance(value, str) else value for value in values)
    columns, rows = summary(cells)
    lines = [columns, ["---"] * len(columns), *rows]
    readable = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    replace_text(out_dir / "table.csv", table)
    replace_text(out_dir / "table.md", readable)


def write_curve(path: Path, curve: Sequence[tuple[int, float, float]]) -> None:
    """Training and validation loss over the epochs."""
    epochs = [epoch + 1 for epoch, _, _ in curve]
    highest = max(max(a, b) for _, a, b in curve)
    ends = (epochs[0], max(epochs[-1], epochs[0] + 1))
    chart = Chart("Loss", "epoch", "loss", ends, (0.0, highest if highest > 0 else 1.0))
    chart.line(epochs, [a for _, a, _ in curve], BLUE, "training")
    chart.line(epochs, [b for _, _, b in curve], AMBER, "held-out images")
    path.write_text(chart.svg(), encoding="utf-8")


def _mean(values: Sequence[float]) -> str:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    mean = f"{np.mean(finite):.3f}"
    return mean if len(finite) == 1 else f"{mean} ± {np.std(finite, ddof=1):.3f}"
