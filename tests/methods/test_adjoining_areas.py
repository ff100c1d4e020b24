"""An image that is its own reference: edges between areas that differ are left out, a scratch as long is not."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.images import from_array
from surfedge.methods.adjoining_areas import NOTE, adjoining_areas
from surfedge.methods.statistics import Statistics

GAP = slice(40, 44)


def _part(*, holder_grey: int, spot: bool = False, turned: bool = False) -> np.ndarray:
    """A textured face, a dark gap, and what is left of it: 160 x 160 px."""
    rng = np.random.default_rng(7)
    image = rng.normal(120, 8, (160, 160))
    image[:, :40] += holder_grey - 120
    image[:, GAP] = rng.normal(12, 2, (160, 4))
    if spot:
        image[90:96, 120:126] -= 45
    if turned:
        image = image.T
    return np.ascontiguousarray(image.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("turned", [False, True])
def test_a_spot_outshines_the_edges_of_a_part(turned: bool) -> None:
    raw = Statistics().inspect(from_array(_part(holder_grey=220, spot=True, turned=turned)))
    row, column = divmod(int(raw.map.argmax()), raw.map.shape[1])
    across = row if turned else column
    assert raw.notes == (NOTE,)
    assert 30 <= across <= 31  # cells of 4 px
    assert np.unique(raw.map[9:12] if turned else raw.map[:, 9:12]).size == 1  # the gap is the image's middle


def test_a_line_on_one_texture_is_no_edge() -> None:
    raw = Statistics().inspect(from_array(_part(holder_grey=120)))
    assert raw.notes == ()
    assert 9 <= int(raw.map.max(axis=0).argmax()) <= 11


def test_areas_are_numbered_and_their_edge_is_none() -> None:
    statistics = Statistics()
    frame = from_array(_part(holder_grey=220))
    features = statistics.features(frame, False)
    distance = np.zeros(features.shape[1:], np.float32)
    distance[:, 10] = 9.0
    areas = adjoining_areas(distance, features)
    assert areas is not None
    assert areas[0, 0] == 1 and areas[0, -1] == 2 and areas[20, 10] == 0
    distance[18:30, 10] = 0.0  # an edge that ends is none
    assert adjoining_areas(distance, features) is None


def test_learned_statistics_judge_the_whole_image() -> None:
    frames = [from_array(_part(holder_grey=grey)) for grey in (218, 220, 222)]
    raw = Statistics().fit(frames).inspect(frames[0])
    assert raw.notes == ()
