"""Patterned plates: how exact the lattice is, whether one is ever invented, what the filter is worth, what can be seen.

    python benchmarks/plates.py all --count 1000            medium, hard and calibrated, 1,000 plates; and besides:
    python benchmarks/plates.py lattice --count 1000        pitch and angle on rendered plates, easy and hard
    python benchmarks/plates.py false --count 1000          lattices found where there is none
    python benchmarks/plates.py false images/               the same on a folder of real images
    python benchmarks/plates.py ablation --count 1000       methods with and without the filter: the main table
    python benchmarks/plates.py chart --count 1000 --out docs/images    detectability over size and contrast, as SVG
    python benchmarks/plates.py speed                       a 2048 x 2048 plate, filtered, compared and decided
    python benchmarks/plates.py good --count 160 --out good/    good plates that are in no table, to train networks on

`medium` plates: 512 x 512 px of 0.5 mm, pitch 28 mm, both kinds of lug, turned up to 5 degrees either way, stretched up
to 1 %, camera and light as rendered by default, JPEG of quality 90, defects of severity 0.6 and of the default
sizes, six kinds in turn. `hard` ones: turned up to 15 degrees, 24 to 32 mm at 0.35 to 0.8 mm, light from anywhere,
wear 0.2 to 0.8, dirt to 0.6, blur to 1.2 px, noise to 4 levels, light lost at the edges to 30 %, perspective to 3 %,
JPEG of quality 60 to 95, severity 0.4. The same seed gives the same plates. One thread.

--networks FOLDER adds reconstruction: none.surfedge and cells.surfedge there, trained with that prefilter.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.datasets.finding import find_images
from surfedge.detector import Detector
from surfedge.images import from_array, read, to_grey_f32
from surfedge.metrics.evaluation.evaluation import Evaluation
from surfedge.pattern.lattice import Lattice, find_lattice
from surfedge.preparation import Preparation
from surfedge.presets import default_bundle
from surfedge.report.svg import AMBER, BLUE, DEFECT, GOOD, INK, Chart
from surfedge.synthesis import DEFECTS, render

SURFACES = ("plate-diamond", "plate-teardrop")
PLAIN = ("leather", "strip", "strip-galvanised")
SEVERITY = {"medium": 0.6, "hard": 0.4}
SIDE_PX, PIXEL_MM = 512, 0.5
SIZES_MM = (4.0, 8.0, 16.0, 32.0)
SEVERITIES = (0.3, 0.6, 1.0)
CHART_KINDS = ("scratch", "dent", "pit", "stain")


@dataclass(frozen=True)
class Plate:
    """One rendered plate: image uint8 (H, W), mask bool, kind of defect or "good", the true base vectors (2, 2)."""

    image: np.ndarray
    mask: np.ndarray
    kind: str
    base: np.ndarray


def plate(
    seed: int,
    difficulty: str,
    kind: str = "good",
    *,
    size_mm: float | None = None,
    severity: float | None = None,
) -> Plate:
    """A plate of a difficulty; the kinds of lug take turns with the seed."""
    rng = np.random.default_rng([seed, 6])
    hard = difficulty == "hard"
    turn = float(rng.uniform(-15, 15) if hard else rng.uniform(-5, 5))
    stretch = (1 + float(rng.uniform(-0.01, 0.01)), 1 + float(rng.uniform(-0.01, 0.01)))
    pitch_mm, pixel_mm, quality, options = 28.0, PIXEL_MM, 90, {}
    if hard:
        pitch_mm, pixel_mm = float(rng.uniform(24, 32)), float(rng.uniform(0.35, 0.8))
        quality = int(rng.integers(60, 96))
        ranges = {"light_azimuth_deg": (0, 360), "wear": (0.2, 0.8), "blur_px": (0.4, 1.2),
                  "noise_levels": (1.5, 4), "vignetting": (0, 0.3), "dirt": (0, 0.6)}  # fmt: skip
        options = {name: float(rng.uniform(*ends)) for name, ends in ranges.items()}
    shot = render(
        SURFACES[seed % 2], (SIDE_PX, SIDE_PX), pixel_mm, () if kind == "good" else (kind,), seed=seed,
        severity=SEVERITY[difficulty] if severity is None else severity, size_mm=size_mm, rotation_deg=turn,
        stretch=stretch, pitch_mm=pitch_mm, **options,
    )  # fmt: skip
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
    lines = ["| plates | count | found | within 0.5 % and 0.3 deg | pitch error, 50 / 98 % | angle error, 50 / 98 % |",
             "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    kinds = ("good", *DEFECTS)
    for difficulty in SEVERITY:
        errors = []
        for seed in range(count):
            shown = plate(seed, difficulty, kinds[seed // 2 % len(kinds)])
            found = find_lattice(shown.image).lattice
            errors.append((np.inf, np.inf) if found is None else lattice_errors(found, shown.base))
        pitch, angle = np.array(errors).T
        middle, far = (np.quantile(e, (0.5, 0.98), method="higher") for e in (pitch, angle))
        lines.append(
            f"| {difficulty} | {count} | {np.isfinite(pitch).mean():.1%} | "
            f"{((pitch <= 0.005) & (angle <= 0.3)).mean():.1%} | {middle[0]:.2%} / {middle[1]:.2%} | "
            f"{far[0]:.3f} / {far[1]:.3f} deg |"
        )
    return lines


def false_table(count: int, folders: Sequence[Path]) -> list[str]:
    """Share of images without a pattern in which a lattice is found; folders of images, or rendered surfaces."""
    lines = ["| images | count | false lattices | highest confidence |", "| --- | --- | --- | --- |"]
    sources: dict[str, Iterator[np.ndarray]] = {
        "/".join(folder.parts[-3:]): (to_grey_f32(read(path)) for path in find_images([folder]))
        for folder in folders
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
    kinds = ("good", *DEFECTS)
    for seed in range(count):
        side, kind = (256, 512)[seed % 2], kinds[seed % len(kinds)]
        shot = render(surface, (side, side), PIXEL_MM, () if kind == "good" else (kind,), seed=seed,
                      rotation_deg=float(seed % 15))  # fmt: skip
        yield to_grey_f32(from_array(shot.image))


@dataclass(frozen=True)
class Judge:
    """A detector that sees what `prefilter` leaves; so each filter works once for all of them."""

    prefilter: str
    detector: Detector


FILTERS = {"none": "no filter", "harmonics": "notch filter", "cells": "cells compared"}


def judges(networks: Path | None = None) -> dict[str, Judge]:
    """The methods of the ablation, each as its own reference, with and without the filters; networks as trained."""
    made: dict[str, Judge] = {}
    for method in ("dzl", "statistics"):
        bundle = replace(default_bundle(method), input={})
        for prefilter, words in FILTERS.items():
            made[f"{method}, {words}"] = Judge(prefilter, Detector(bundle))
    for prefilter in ("none", "cells") if networks else ():
        bundle = replace(Bundle.read(networks / f"{prefilter}.surfedge"), input={})
        made[f"reconstruction, {FILTERS[prefilter]}"] = Judge(
            prefilter, Detector(bundle, device="CPU", threads=1)
        )
    energy = {"threshold": 0.01, "blur_sigma_px": 6.0, "normalise": "median"}
    start = default_bundle("pattern")
    made["pattern, notch"] = Judge(
        "none", Detector(replace(start, settings={"form": "notch"}, decision=energy))
    )
    for form in ("phase", "shift", "harmonics", "cells"):
        made[f"pattern, {form}"] = Judge("none", Detector(replace(start, settings={"form": form})))
    return made


def plates(count: int, difficulty: str, first_seed: int = 0) -> Iterator[Plate]:
    """Half good, half with a defect, in turn."""
    kinds = tuple(DEFECTS)
    for number in range(count):
        kind = "good" if number < count - count // 2 else kinds[number // 2 % len(kinds)]
        yield plate(first_seed + number, difficulty, kind)


def ablation_table(
    count: int, difficulty: str, calibrated: int = 0, first_seed: int = 0, networks: Path | None = None
) -> list[str]:
    """Image AUROC and AU-PRO up to 5 % false positives of each method; `calibrated` on so many good plates, or not."""
    named = judges(networks)
    if calibrated:
        named = {name: _calibrated(judge, calibrated, difficulty) for name, judge in named.items()}
    judged = {name: Evaluation(exact_px=0) for name in named}
    milliseconds = dict.fromkeys(named, np.inf)
    errors = []
    for number, shown in enumerate(plates(count, difficulty, first_seed)):
        mask = shown.mask if shown.kind != "good" else None
        seen = {name: Preparation(prefilter=name).filter(from_array(shown.image)) for name in FILTERS}
        found = find_lattice(shown.image).lattice
        errors.append((np.inf, np.inf) if found is None else lattice_errors(found, shown.base))
        for name, judge in named.items():
            result = judge.detector(seen[judge.prefilter])
            milliseconds[name] = min(milliseconds[name], result.milliseconds)
            judged[name].add(
                f"{number}", shown.kind, result.score, result.anomaly_map, mask, threshold=result.threshold
            )
    kinds = tuple(DEFECTS)
    what = f"{difficulty}, {f'calibrated on {calibrated}' if calibrated else 'own reference'}"
    lines = [f"| {what} | image AUROC | AU-PRO 0.05 | {' | '.join(kinds)} | ms |",
             "| --- " * (4 + len(kinds)) + "|"]  # fmt: skip
    for name, evaluation in judged.items():
        record = evaluation.record(bootstrap=0)
        each = [record.classes.get(kind, {}).get("image_auroc", np.nan) for kind in kinds]
        figures = [record.figures["image_auroc"], record.figures["au_pro_0.05"], *each]
        lines.append(f"| {name} | {' | '.join(f'{f:.3f}' for f in figures)} | {milliseconds[name]:.0f} |")
    pitch, angle = np.array(errors).T
    exact = float(((pitch <= 0.005) & (angle <= 0.3)).mean())
    return [*lines, "", f"{count} {difficulty} plates from seed {first_seed}: lattice found on "
            f"{np.isfinite(pitch).mean():.1%}, within 0.5 % and 0.3 degrees on {exact:.1%}", ""]  # fmt: skip


def _calibrated(judge: Judge, count: int, difficulty: str) -> Judge:
    """Calibrated on filtered plates; a network is as it was trained, and calibrated then."""
    detector = judge.detector
    if detector.bundle.method == "reconstruction":
        return judge
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04d}.png" for number in range(count)]
        for number, path in enumerate(paths):
            cv2.imwrite(str(path), plate(10**6 + number, difficulty).image)
        decision = replace(detector.decision, normalise="none")
        bundle = calibrate(detector.method, decision, paths, prefilter=judge.prefilter).bundle
        return Judge(judge.prefilter, Detector(replace(bundle, input={})))


def everything(count: int, networks: Path | None) -> Iterator[str]:
    """`count` plates in all, other ones in each table, and the plain surfaces; a table as soon as it is known."""
    half, quarter = max(count // 2, 4), max(count // 4, 4)
    yield from ablation_table(half, "medium", networks=networks)
    yield from ablation_table(quarter, "hard", first_seed=100_000, networks=networks)
    yield from ablation_table(
        quarter, "medium", min(40, max(8, quarter)), first_seed=200_000, networks=networks
    )
    yield from false_table(quarter, ())


def write_good(count: int, folder: Path) -> list[str]:
    """Good medium plates of seeds that are in no table."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:04d}.png"), plate(2 * 10**6 + number, "medium").image)
    return [f"{count} good plates in {folder}"]


def chart_figures(count: int) -> tuple[list[str], dict[str, Chart]]:
    """AUROC over the size of the defect for some methods at severity 0.6, and over three severities for the best."""
    every = judges()
    names = ("dzl, no filter", "statistics, no filter", "statistics, cells compared", "pattern, cells")
    chosen = {name: every[name] for name in names}
    cells = len(SIZES_MM) * len(SEVERITIES)
    each = max(len(CHART_KINDS), count // (cells + 4))
    good = [_scores(chosen, plate(seed, "medium")) for seed in range(4 * each)]
    found: dict[tuple[str, float, float], float] = {}
    for severity in SEVERITIES:
        for size_mm in SIZES_MM:
            bad = []
            for number in range(each):
                kind = CHART_KINDS[number % len(CHART_KINDS)]
                shown = plate(20_000 + number, "medium", kind, size_mm=size_mm, severity=severity)
                if shown.kind != "good":
                    bad.append(_scores(chosen, shown))
            for name in names:
                found[name, severity, size_mm] = _auroc([s[name] for s in good], [s[name] for s in bad])
    lines = [
        f"| method | severity | {' | '.join(f'{s:g} mm' for s in SIZES_MM)} |",
        "| --- " * (2 + len(SIZES_MM)) + "|",
    ]
    for name in names:
        for severity in SEVERITIES:
            row = " | ".join(f"{found[name, severity, s]:.3f}" for s in SIZES_MM)
            lines.append(f"| {name} | {severity:g} | {row} |")
    by_method, by_contrast = (
        _chart("Which method sees what, severity 0.6"),
        _chart("Contrast: pattern, cells"),
    )
    for name, colour in zip(names, (AMBER, BLUE, INK, DEFECT), strict=True):
        by_method.line(np.log2(SIZES_MM), [found[name, 0.6, s] for s in SIZES_MM], colour, name)
    for severity, colour in zip(SEVERITIES, (BLUE, DEFECT, GOOD), strict=True):
        curve = [found["pattern, cells", severity, s] for s in SIZES_MM]
        by_contrast.line(np.log2(SIZES_MM), curve, colour, f"severity {severity:g}")
    return lines, {"plate-methods": by_method, "plate-contrast": by_contrast}


def _chart(title: str) -> Chart:
    ticks = [(float(np.log2(size)), f"{size:g}") for size in SIZES_MM]
    return Chart(
        title, "size of the defect, mm", "image AUROC", (ticks[0][0], ticks[-1][0]), (0.4, 1.0), x_ticks=ticks
    )


def _scores(chosen: dict[str, Judge], shown: Plate) -> dict[str, float]:
    return {
        name: judge.detector.score(Preparation(prefilter=judge.prefilter).filter(from_array(shown.image)))
        for name, judge in chosen.items()
    }


def _auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    one, other = np.asarray(good)[:, None], np.asarray(bad)[None]
    return float((other > one).mean() + 0.5 * (other == one).mean()) if other.size else float("nan")


def speed_lines(rounds: int) -> list[str]:
    """Best of some rounds on a 2048 x 2048 plate in memory."""
    image = render("plate-diamond", (2048, 2048), PIXEL_MM, ("scratch",), seed=3, rotation_deg=3.0).image
    detector = Detector(default_bundle("pattern"))
    times = [detector(image).milliseconds for _ in range(rounds)]
    return [f"2048 x 2048 plate, compared and decided, one thread: {min(times):.1f} ms (best of {rounds})"]


def main(argv: Sequence[str] | None = None) -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("all", "lattice", "false", "ablation", "chart", "speed", "good"))
    parser.add_argument("folder", nargs="*", type=Path, help="real images without a pattern, for `false`")
    parser.add_argument("--count", type=int, default=200, help="plates in all")
    parser.add_argument("--difficulty", choices=tuple(SEVERITY), default="medium")
    parser.add_argument("--calibrate", type=int, default=0, metavar="N", help="on so many good plates")
    parser.add_argument("--first-seed", type=int, default=0, help="of the ablation's plates")
    parser.add_argument("--networks", type=Path, default=None, metavar="FOLDER", help="trained networks")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the charts or the good plates")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "all": lambda: everything(arguments.count, arguments.networks),
        "good": lambda: write_good(arguments.count, arguments.out),
        "lattice": lambda: lattice_table(arguments.count),
        "false": lambda: false_table(arguments.count, arguments.folder),
        "ablation": lambda: ablation_table(
            arguments.count,
            arguments.difficulty,
            arguments.calibrate,
            arguments.first_seed,
            arguments.networks,
        ),
        "speed": lambda: speed_lines(max(3, arguments.count // 10)),
    }
    if arguments.part == "chart":
        lines, charts = chart_figures(arguments.count)
        arguments.out.mkdir(parents=True, exist_ok=True)
        for name, chart in charts.items():
            (arguments.out / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")
        print("\n".join(lines))
    else:
        for line in parts[arguments.part]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
