"""One picture that explains what the pattern methods do with an image: six panels, from the image to the map."""

from __future__ import annotations

import cv2
import numpy as np

from surfedge.drawing import heat_colours, write_text
from surfedge.pattern.lattice import Lattice, Search
from surfedge.pattern.spectrum import Spectrum, harmonics, spectrum
from surfedge.robust import MAD_TO_DEVIATION

PANEL_PX, ROW_PX, GAP_PX, TEXT_PX = 480, 34, 10, 18
GROUND, INK, GREEN, RED = (18, 20, 26), (240, 242, 246), (60, 230, 140), (255, 80, 60)
ORDERS_SHOWN = 8
LIMITS_SHOWN = 3.0  # the map's colours end at so many times the limit


def spectrum_picture(
    grey: np.ndarray, search: Search, rest: np.ndarray, anomaly_map: np.ndarray, map_limit: float
) -> np.ndarray:
    """uint8 (H, W, 3) RGB.

    grey : float32 (H, W) in [0, 1]. search : of this image. rest : float32 (H, W), the image without its pattern.
    anomaly_map : float32, any shape that covers the image. map_limit : above which it is called defective.
    """
    lattice = search.lattice
    found, after = spectrum(grey), spectrum(rest)
    limit = 0.5 if lattice is None else min(0.5, ORDERS_SHOWN / min(lattice.pitch_px))
    words = f"to {limit:.2f} cycles per px"
    panels = [
        ("image and lattice" if lattice else "image: no lattice found", _lattice_panel(grey, lattice)),
        (f"log amplitude, {words}", _spectrum_panel(found, limit, lattice)),
        (f"phase, {words}", _phase_panel(found, limit)),
        ("what remains" if lattice else "image less its light", _rest_panel(rest)),
        ("log amplitude of what remains", _spectrum_panel(after, limit, None)),
        ("anomaly map", _map_panel(anomaly_map, grey.shape, map_limit)),
    ]
    step = PANEL_PX + GAP_PX
    picture = np.full((2 * (step + ROW_PX) + ROW_PX + GAP_PX, 3 * step + GAP_PX, 3), GROUND, np.uint8)
    write_text(picture, _title(search), (GAP_PX, 0), ROW_PX, TEXT_PX, INK)
    for number, (words, panel) in enumerate(panels):
        top = ROW_PX + (number // 3) * (step + ROW_PX)
        left = GAP_PX + (number % 3) * step
        write_text(picture, words, (left, top), ROW_PX, TEXT_PX, INK)
        picture[top + ROW_PX : top + ROW_PX + PANEL_PX, left : left + PANEL_PX] = panel
    return picture


def _title(search: Search) -> str:
    if search.lattice is None:
        return f"no regular pattern, confidence {search.confidence:.2f}"
    one, other = search.lattice.pitch_px
    return (
        f"pitch {one:.2f} x {other:.2f} px, turned {search.lattice.angle_deg:.2f} degrees, "
        f"confidence {search.confidence:.2f}"
    )


def _fitted(image: np.ndarray, interpolation: int = cv2.INTER_AREA) -> tuple[np.ndarray, float, tuple[int, int]]:
    """The image on a square panel, RGB; its scale and its corner (x, y) there."""
    height, width = image.shape[:2]
    scale = PANEL_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=interpolation if scale < 1 else cv2.INTER_LINEAR)
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    panel = np.full((PANEL_PX, PANEL_PX, 3), GROUND, np.uint8)
    left, top = (PANEL_PX - size[0]) // 2, (PANEL_PX - size[1]) // 2
    panel[top : top + size[1], left : left + size[0]] = small
    return panel, scale, (left, top)


def _lattice_panel(grey: np.ndarray, lattice: Lattice | None) -> np.ndarray:
    panel, scale, corner = _fitted(_levels(grey, float(grey.min()), float(grey.max())))
    if lattice is None:
        return panel
    middle = np.array(grey.shape[::-1]) / 2
    reach = int(np.ceil(max(grey.shape) / min(lattice.pitch_px))) + 1
    lines = range(-reach, reach + 1)
    for one, other in ((0, 1), (1, 0)):
        along, across = lattice.base[:, one], lattice.base[:, other]
        for k in lines:
            ends = [(middle + k * across + end * reach * along) * scale + corner for end in (-1, 1)]
            start, stop = (tuple(int(v) for v in np.rint(end)) for end in ends)
            cv2.line(panel, start, stop, GREEN, 1, cv2.LINE_AA)
    return panel


def _cut(values: np.ndarray, limit: float) -> np.ndarray:
    """The frequencies up to `limit` cycles per pixel, 0 in the middle."""
    rows, columns = values.shape
    down, across = max(2, round(limit * rows)), max(2, round(limit * columns))
    return values[
        max(rows // 2 - down, 0) : rows // 2 + down + 1, max(columns // 2 - across, 0) : columns // 2 + across + 1
    ]


def _spectrum_panel(found: Spectrum, limit: float, lattice: Lattice | None) -> np.ndarray:
    cut = _cut(found.log_amplitude, limit)
    low, high = (float(q) for q in np.quantile(cut, (0.02, 0.9995)))
    size = (PANEL_PX, PANEL_PX)
    levels = cv2.resize(_levels(cut, low, high), size, interpolation=cv2.INTER_LINEAR)
    panel = cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB)
    for peak in harmonics(found, lattice, most=60) if lattice else ():
        for sign in (1, -1):
            x, y = ((0.5 + sign * f / (2 * limit)) * PANEL_PX for f in peak.frequency)
            if 0 <= x < PANEL_PX and 0 <= y < PANEL_PX:
                colour = RED if peak.share > 0.1 else GREEN
                cv2.circle(panel, (round(x), round(y)), 9, colour, 1, cv2.LINE_AA)
    return panel


def _phase_panel(found: Spectrum, limit: float) -> np.ndarray:
    levels = _levels(_cut(found.phase, limit), -np.pi, np.pi)
    levels = cv2.resize(levels, (PANEL_PX, PANEL_PX), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB))


def _rest_panel(rest: np.ndarray) -> np.ndarray:
    middle = float(np.median(rest))
    spread = MAD_TO_DEVIATION * float(np.median(np.abs(rest - middle))) + 1e-9
    return _fitted(_levels(rest, middle - 8 * spread, middle + 8 * spread))[0]


def _map_panel(anomaly_map: np.ndarray, shape: tuple[int, ...], limit: float) -> np.ndarray:
    full = cv2.resize(anomaly_map, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _fitted(heat_colours()[_levels(full, 0.0, LIMITS_SHOWN * limit)])[0]


def _levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """uint8, `low` as 0 and `high` as 255."""
    scaled = (values - np.float32(low)) * np.float32(255.0 / max(high - low, 1e-12))
    return np.asarray(np.clip(scaled, 0, 255).astype(np.uint8))
