"""Methods with and without the filter on the same plates: the main table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from plate_draws import plates
from plate_judges import FILTERS, calibrated_on, judges
from plate_lattices import found_errors, shares

from surfedge.detector import Preparation
from surfedge.images import from_array
from surfedge.metrics import Evaluation
from surfedge.synthesis import USUAL_DEFECTS


def ablation_table(
    count: int, difficulty: str, calibrated: int = 0, first_seed: int = 0, networks: Path | None = None
) -> list[str]:
    """Image AUROC and AU-PRO up to 5 % false positives of each method; `calibrated` on so many good plates, or not."""
    named = judges(networks)
    if calibrated:
        named = {name: calibrated_on(judge, calibrated, difficulty) for name, judge in named.items()}
    judged = {name: Evaluation(exact_px=0) for name in named}
    milliseconds = dict.fromkeys(named, np.inf)
    errors = []
    for number, shown in enumerate(plates(count, difficulty, first_seed)):
        mask = shown.mask if shown.kind != "good" else None
        seen = {name: Preparation(prefilter=name).filter(from_array(shown.image)) for name in FILTERS}
        errors.append(found_errors(shown))
        for name, judge in named.items():
            result = judge.detector(seen[judge.prefilter])
            milliseconds[name] = min(milliseconds[name], result.milliseconds)
            judged[name].add(
                f"{number}", shown.kind, result.score, result.anomaly_map, mask, threshold=result.threshold
            )
    what = f"{difficulty}, {f'calibrated on {calibrated}' if calibrated else 'own reference'}"
    found, exact = shares(errors)
    return [
        *_rows(what, judged, milliseconds),
        "",
        f"{count} {difficulty} plates from seed {first_seed}: lattice "
        f"found on {found:.1%}, within 0.5 % and 0.3 degrees on {exact:.1%}",
        "",
    ]


def _rows(what: str, judged: Mapping[str, Evaluation], milliseconds: Mapping[str, float]) -> list[str]:
    kinds = USUAL_DEFECTS
    lines = [f"| {what} | image AUROC | AU-PRO 0.05 | {' | '.join(kinds)} | ms |", "| --- " * (4 + len(kinds)) + "|"]
    for name, evaluation in judged.items():
        record = evaluation.record(bootstrap=0)
        each = [record.classes.get(kind, {}).get("image_auroc", np.nan) for kind in kinds]
        figures = [record.figures["image_auroc"], record.figures["au_pro_0.05"], *each]
        lines.append(f"| {name} | {' | '.join(f'{f:.3f}' for f in figures)} | {milliseconds[name]:.0f} |")
    return lines
