"""Rendered plates of three difficulties, the same for the same seed.

`medium` plates: 512 x 512 px of 0.5 mm, pitch 28 mm, both kinds of lug, turned up to 5 degrees either way, stretched up
to 1 %, camera and light as rendered by default, JPEG of quality 90, defects of severity 0.6 and of the default
sizes, six kinds in turn. `hard` ones: turned up to 15 degrees, 24 to 32 mm at 0.35 to 0.8 mm, light from anywhere,
wear 0.2 to 0.8, dirt to 0.6, blur to 1.2 px, noise to 4 levels, light lost at the edges to 30 %, perspective to 3 %,
JPEG of quality 60 to 95, severity 0.4. `worn` ones are medium ones in use, 0.4 to 1 (see surfedge.synthesis.plate_use).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from surfedge.synthesis import USUAL_DEFECTS, render

SURFACES = ("plate-diamond", "plate-teardrop")
SEVERITY = {"medium": 0.6, "hard": 0.4, "worn": 0.6}
SIDE_PX, PIXEL_MM = 512, 0.5


@dataclass(frozen=True)
class Plate:
    """One rendered plate: image uint8 (H, W), mask bool, kind of defect or "good", the true base vectors (2, 2)."""

    image: np.ndarray
    mask: np.ndarray
    kind: str
    base: np.ndarray


def plate(
    seed: int, difficulty: str, kind: str = "good", *, size_mm: float | None = None, severity: float | None = None
) -> Plate:
    """A plate of a difficulty; the kinds of lug take turns with the seed."""
    rng = np.random.default_rng([seed, 6])
    hard = difficulty == "hard"
    turn = float(rng.uniform(-15, 15) if hard else rng.uniform(-5, 5))
    stretch = (1 + float(rng.uniform(-0.01, 0.01)), 1 + float(rng.uniform(-0.01, 0.01)))
    pitch_mm, pixel_mm, quality, options = 28.0, PIXEL_MM, 90, {}
    if difficulty == "worn":
        options["in_use"] = float(rng.uniform(0.4, 1))
    if hard:
        pitch_mm, pixel_mm = float(rng.uniform(24, 32)), float(rng.uniform(0.35, 0.8))
        quality = int(rng.integers(60, 96))
        ranges = {
            "light_azimuth_deg": (0, 360),
            "wear": (0.2, 0.8),
            "blur_px": (0.4, 1.2),
            "noise_levels": (1.5, 4),
            "vignetting": (0, 0.3),
            "dirt": (0, 0.6),
        }
        options = {name: float(rng.uniform(*ends)) for name, ends in ranges.items()}
    shot = render(
        SURFACES[seed % 2],
        (SIDE_PX, SIDE_PX),
        pixel_mm,
        () if kind == "good" else (kind,),
        seed=seed,
        severity=SEVERITY[difficulty] if severity is None else severity,
        size_mm=size_mm,
        rotation_deg=turn,
        stretch=stretch,
        pitch_mm=pitch_mm,
        **options,
    )
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    base = np.array([[cosine, -sine], [sine, cosine]]) * stretch * (pitch_mm / pixel_mm)
    image, mask = shot.image, shot.mask
    if hard:
        image, mask, base = _tilted(image, mask, base, rng.uniform(0, 0.03, 2))
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Plate(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), mask, kind if mask.any() else "good", base)


def _tilted(
    image: np.ndarray, mask: np.ndarray, base: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As a camera out of plumb sees it: the upper edge's ends moved outwards by shares of the width."""
    side = image.shape[0]
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    moved = corners + np.array([[-share[0], 0], [share[1], 0], [0, 0], [0, 0]], np.float32) * side
    matrix = cv2.getPerspectiveTransform(corners, moved)
    ends = np.array([[8, 0], [-8, 0], [0, 8], [0, -8]], np.float64)
    middle = cv2.perspectiveTransform(np.array([[[side / 2, side / 2]]]), np.linalg.inv(matrix))[0, 0]
    seen = cv2.perspectiveTransform((middle + ends)[None], matrix)[0]
    jacobian = np.stack([seen[0] - seen[1], seen[2] - seen[3]], axis=1) / 16
    size = (side, side)
    image = cv2.warpPerspective(image, matrix, size, borderMode=cv2.BORDER_REFLECT)
    mask = cv2.warpPerspective(mask.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0
    return image, mask, jacobian @ base


def plates(count: int, difficulty: str, first_seed: int = 0) -> Iterator[Plate]:
    """Half good, half with a defect, in turn."""
    kinds = USUAL_DEFECTS
    for number in range(count):
        kind = "good" if number < count - count // 2 else kinds[number // 2 % len(kinds)]
        yield plate(first_seed + number, difficulty, kind)


def write_good(count: int, folder: Path) -> list[str]:
    """Good medium plates of seeds that are in no table."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:04d}.png"), plate(2 * 10**6 + number, "medium").image)
    return [f"{count} good plates in {folder}"]
