"""Lugs that are missing or turned stand out because the other cells have them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from conftest import Budget
from surfedge.detector import Detector, default_bundle
from surfedge.synthesis import render

SIDE, PIXEL_MM = 448, 0.5
SURFACES = ("plate-diamond", "plate-teardrop")


def plates(surface: str, seed: int, height_mm: float) -> np.ndarray:
    """The same plate with lugs of a height, float32; the scale and the light do not change with it."""
    shot = render(surface, (SIDE, SIDE), PIXEL_MM, seed=seed, wear=0.0, lug_height_mm=height_mm, rotation_deg=2.0)
    return shot.image.astype(np.float32)


def one_lug(usual: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Weights, 1 on the lug nearest to the middle and its shadow, falling to 0 around it, float32."""
    raised = cv2.morphologyEx((np.abs(usual - flat) > 25).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, centres = cv2.connectedComponentsWithStats(raised)
    away = np.hypot(*(centres - SIDE / 2).T) + 1e6 * (stats[:, cv2.CC_STAT_AREA] < 150)
    away[0] = np.inf
    lug = (labels == int(away.argmin())).astype(np.uint8)
    return cv2.GaussianBlur(cv2.dilate(lug, np.ones((7, 7), np.uint8)).astype(np.float32), (0, 0), 1.0)


def faulty(surface: str, fault: str, seed: int) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """A plate with one faulty lug and the same one without, uint8; where the lug is, (x, y)."""
    usual, flat = plates(surface, seed, 1.5), plates(surface, seed, 0.0)
    weight = one_lug(usual, flat)
    moments = cv2.moments(weight)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    if fault == "missing":
        instead = flat
    else:
        turn = cv2.getRotationMatrix2D((x, y), 25.0, 1.0)
        lug, turned_weight = (cv2.warpAffine(plane, turn, (SIDE, SIDE)) for plane in (usual, weight))
        instead = flat + turned_weight * (lug - flat)
        weight = np.maximum(weight, turned_weight)
    image = usual + weight * (instead - usual)
    return np.rint(image).clip(0, 255).astype(np.uint8), usual.astype(np.uint8), (x, y)


@pytest.mark.parametrize("fault", ["missing", "turned"])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_faulty_lug_is_found_where_it_is(surface: str, fault: str, budget: Budget) -> None:
    detector = Detector(default_bundle("pattern"))
    for seed in range(budget.count(test=1, nightly=5, release=20)):
        image, usual, (x, y) = faulty(surface, fault, seed)
        found = detector(image)
        assert found.anomaly_map is not None
        row, column = np.unravel_index(int(found.anomaly_map.argmax()), found.anomaly_map.shape)
        assert np.hypot(row - y, column - x) < 32  # a lug is 54 px long
        assert not detector(usual).is_defective
        centres = [(r.box[0] + r.box[2] / 2, r.box[1] + r.box[3] / 2) for r in found.regions]
        assert found.is_defective and any(np.hypot(u - x, v - y) < 32 for u, v in centres)
