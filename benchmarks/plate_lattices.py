"""How exact the lattice of a rendered plate is, and how often one is found where there is none: two tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from plate_draws import PIXEL_MM, SEVERITY, Plate, plate

from surfedge.datasets import find_images
from surfedge.images import from_array, read, to_grey_f32
from surfedge.pattern import Lattice, find_lattice
from surfedge.synthesis import USUAL_DEFECTS, render

PLAIN = ("leather", "strip", "strip-galvanised")


def found_errors(shown: Plate) -> tuple[float, float]:
    """Errors of the lattice found in a plate, as `lattice_errors` has them; infinite where none is found."""
    found = find_lattice(shown.image).lattice
    return (np.inf, np.inf) if found is None else lattice_errors(found, shown.base)


def shares(errors: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Share of the plates on which a lattice is found, and on which it is within 0.5 % and 0.3 degrees."""
    pitch, angle = np.array(errors).T
    return float(np.isfinite(pitch).mean()), float(((pitch <= 0.005) & (angle <= 0.3)).mean())


def lattice_errors(found: Lattice, base: np.ndarray) -> tuple[float, float]:
    """Largest relative error of the two pitches, and error of the angle in degrees; square pattern, any base of it."""
    true = [base[:, 0], base[:, 1]]
    if abs(true[0][1]) > abs(true[0][0]):
        true.reverse()
    pitches = [float(np.hypot(*vector)) for vector in true]
    angle = float(np.degrees(np.arctan2(true[0][1], true[0][0])))
    pitch_error = max(abs(a / b - 1) for a, b in zip(found.pitch_px, pitches, strict=True))
    return pitch_error, abs((found.angle_deg - angle + 90) % 180 - 90)


def lattice_table(count: int) -> list[str]:
    """Share of plates whose lattice is within 0.5 % and 0.3 degrees, and quantiles of the errors."""
    lines = [
        "| plates | count | found | within 0.5 % and 0.3 deg | pitch error, 50 / 98 % | angle error, 50 / 98 % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    kinds = ("good", *USUAL_DEFECTS)
    for difficulty in SEVERITY:
        drawn = (plate(seed, difficulty, kinds[seed // 2 % len(kinds)]) for seed in range(count))
        errors = [found_errors(shown) for shown in drawn]
        found, exact = shares(errors)
        pitch, angle = (np.quantile(e, (0.5, 0.98), method="higher") for e in np.array(errors).T)
        lines.append(
            f"| {difficulty} | {count} | {found:.1%} | {exact:.1%} | {pitch[0]:.2%} / {pitch[1]:.2%} | "
            f"{angle[0]:.3f} / {angle[1]:.3f} deg |"
        )
    return lines


def false_table(count: int, folders: Sequence[Path]) -> list[str]:
    """Share of images without a pattern in which a lattice is found; folders of images, or rendered surfaces."""
    lines = ["| images | count | false lattices | highest confidence |", "| --- | --- | --- | --- |"]
    sources: dict[str, Iterator[np.ndarray]] = {
        "/".join(folder.parts[-3:]): (to_grey_f32(read(path)) for path in find_images([folder])) for folder in folders
    }
    for surface in () if folders else PLAIN:
        sources[surface] = _plain(surface, count)
    for name, images in sources.items():
        searches = [find_lattice(image) for image in images]
        false = [search.lattice is not None for search in searches]
        highest = max(search.confidence for search in searches)
        lines.append(f"| {name} | {len(false)} | {sum(false)} ({np.mean(false):.2%}) | {highest:.2f} |")
    return lines


def _plain(surface: str, count: int) -> Iterator[np.ndarray]:
    kinds = ("good", *USUAL_DEFECTS)
    for seed in range(count):
        side, kind = (256, 512)[seed % 2], kinds[seed % len(kinds)]
        shot = render(
            surface, (side, side), PIXEL_MM, () if kind == "good" else (kind,), seed=seed, rotation_deg=float(seed % 15)
        )
        yield to_grey_f32(from_array(shot.image))
