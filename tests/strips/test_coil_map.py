"""The map of a coil: a defect along metres is drawn along them, and not at its middle alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surfedge.strips.coil_map import COLOURS, MOST_MARKS, WIDTH, map_svg, raster
from surfedge.strips.map_data import MapData


@pytest.mark.parametrize("others", [0, MOST_MARKS])
def test_a_defect_along_the_strip_is_drawn_along_it(others: int) -> None:
    x = np.array([50.0, *np.linspace(1, 99, others)])
    y, severity = np.array([300.0, *[900.0] * others]), np.array([3.0, *[1.1] * others])
    data = MapData(x, y, severity, np.zeros(1 + others, int), [""], np.zeros(1 + others, int), 100.0, 1000.0)
    half = np.array([20.0, *[0.01] * others])
    long = replace(data, from_m=x - half, to_m=x + half)
    red = tuple(int(COLOURS[2][k : k + 2], 16) for k in (5, 3, 1))
    for each, columns in ((data, 1), (long, round(0.4 * WIDTH) + 1)):
        assert np.count_nonzero((raster(each)[..., :3] == red).all(axis=2)) == columns
    drawn = f'x1="{0.3 * WIDTH:.1f}" y1="78.0" x2="{0.7 * WIDTH:.1f}" y2="78.0" stroke="{COLOURS[2]}"'
    assert (drawn in map_svg(long)) == (others == 0) and drawn not in map_svg(data)
