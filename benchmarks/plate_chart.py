"""What can be seen: AUROC over size and contrast of the defect, as table and as charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from plate_draws import Plate, plate
from plate_judges import Judge, judges

from surfedge.detector import Preparation
from surfedge.drawing import AMBER, BLUE, DEFECT, GOOD, INK, Chart
from surfedge.images import from_array

SIZES_MM = (4.0, 8.0, 16.0, 32.0)
SEVERITIES = (0.3, 0.6, 1.0)
KINDS = ("scratch", "dent", "pit", "stain")
METHODS = ("dzl, no filter", "statistics, no filter", "statistics, cells compared", "pattern, cells")
Cell = tuple[str, float, float]  # method, severity, size in mm


def detectability(count: int, folder: Path) -> list[str]:
    """The table of image AUROC over size and contrast; both charts are written into the folder."""
    found = _figures(count)
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in _charts(found).items():
        (folder / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")
    lines = [
        f"| method | severity | {' | '.join(f'{s:g} mm' for s in SIZES_MM)} |",
        "| --- " * (2 + len(SIZES_MM)) + "|",
    ]
    for name in METHODS:
        for severity in SEVERITIES:
            row = " | ".join(f"{found[name, severity, s]:.3f}" for s in SIZES_MM)
            lines.append(f"| {name} | {severity:g} | {row} |")
    return lines


def _figures(count: int) -> dict[Cell, float]:
    """Image AUROC by method, severity and size in mm, from about `count` plates."""
    every = judges()
    chosen = {name: every[name] for name in METHODS}
    cells = len(SIZES_MM) * len(SEVERITIES)
    each = max(len(KINDS), count // (cells + 4))
    good = [_scores(chosen, plate(seed, "medium")) for seed in range(4 * each)]
    found: dict[Cell, float] = {}
    for severity in SEVERITIES:
        for size_mm in SIZES_MM:
            bad = []
            for number in range(each):
                kind = KINDS[number % len(KINDS)]
                shown = plate(20_000 + number, "medium", kind, size_mm=size_mm, severity=severity)
                if shown.kind != "good":
                    bad.append(_scores(chosen, shown))
            for name in METHODS:
                found[name, severity, size_mm] = _auroc([s[name] for s in good], [s[name] for s in bad])
    return found


def _charts(found: dict[Cell, float]) -> dict[str, Chart]:
    """Methods over the size of the defect at severity 0.6, and three severities for the best of them; by file name."""
    by_method = _chart("Which method sees what, severity 0.6")
    by_contrast = _chart("Contrast: pattern, cells")
    for name, colour in zip(METHODS, (AMBER, BLUE, INK, DEFECT), strict=True):
        by_method.line(np.log2(SIZES_MM), [found[name, 0.6, s] for s in SIZES_MM], colour, name)
    for severity, colour in zip(SEVERITIES, (BLUE, DEFECT, GOOD), strict=True):
        curve = [found["pattern, cells", severity, s] for s in SIZES_MM]
        by_contrast.line(np.log2(SIZES_MM), curve, colour, f"severity {severity:g}")
    return {"plate-methods": by_method, "plate-contrast": by_contrast}


def _chart(title: str) -> Chart:
    ticks = [(float(np.log2(size)), f"{size:g}") for size in SIZES_MM]
    return Chart(title, "size of the defect, mm", "image AUROC", (ticks[0][0], ticks[-1][0]), (0.4, 1.0), x_ticks=ticks)


def _scores(chosen: dict[str, Judge], shown: Plate) -> dict[str, float]:
    return {
        name: judge.detector.score(Preparation(prefilter=judge.prefilter).filter(from_array(shown.image)))
        for name, judge in chosen.items()
    }


def _auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    one, other = np.asarray(good)[:, None], np.asarray(bad)[None]
    return float((other > one).mean() + 0.5 * (other == one).mean()) if other.size else float("nan")
