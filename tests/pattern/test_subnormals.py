"""No intermediate holds subnormal numbers: on some processors a product with them is thirty times slower."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import surfaces
from surfedge.calibration import calibrate
from surfedge.detector import Detector, default_bundle
from surfedge.synthesis import render

UNWRITTEN = "map_memory"  # hands out memory as it is: its numbers are nobody's
FEW = 16  # a value that happens to underflow costs nothing; a tail of a Gaussian is thousands


@contextmanager
def watched() -> Iterator[Counter[str]]:
    """Counts of subnormal numbers in the arrays that each function of the package holds when it returns."""
    found: Counter[str] = Counter()

    def look(frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if event != "return" or "surfedge" not in code.co_filename or code.co_name == UNWRITTEN:
            return
        for name, value in [*frame.f_locals.items(), ("its result", result)]:
            if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
                parts = (value.real, value.imag) if value.dtype.kind == "c" else (value,)
                tiny = np.finfo(value.dtype).tiny
                count = sum(int(np.count_nonzero((part != 0) & (np.abs(part) < tiny))) for part in parts)
                found[f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}: {name}"] += count

    before: Callable | None = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("pixel_size_mm", [0.5, 1.0, 1.75])
@pytest.mark.parametrize("method", ["statistics", "pattern"])
def test_inspection(method: str, pixel_size_mm: float) -> None:
    plate = render("plate", (288, 288), pixel_size_mm, seed=3).image
    detector = Detector(default_bundle(method))
    with watched() as found:
        result = detector(plate)
    assert any("regular pattern of" in note for note in result.notes)
    assert len(found) > 20, "nothing was looked at"
    assert not {name: count for name, count in found.items() if count > FEW}


@pytest.mark.parametrize("pixel_size_mm", [0.75, 1.0, 1.75])
def test_calibration(pixel_size_mm: float, tmp_path: Path) -> None:
    plates = [render("plate", (160, 160), pixel_size_mm, seed=seed).image for seed in range(8)]
    paths = [surfaces.save(tmp_path / f"{number}.png", plate) for number, plate in enumerate(plates)]
    start = Detector(default_bundle("statistics"))
    with watched() as found:
        calibrate(start.method, start.decision, paths, rule="max", prefilter="cells")
    assert not {name: count for name, count in found.items() if count > FEW}
