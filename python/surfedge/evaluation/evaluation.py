"""Evaluating a detector on labelled images: figures, tables, curves, the worst cases as pictures, a report."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from surfedge import __version__
from surfedge.datasets import GOOD, Sample
from surfedge.detector import Detector
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.files import replace_text
from surfedge.kernels import active_isa
from surfedge.metrics import Evaluation, EvaluationRecord
from surfedge.progress import Progress, silent
from surfedge.report import PictureShelf, ReportRow, ReportSummary, draw_pictures, write_curves, write_report
from surfedge.result import Result

WORST = 12


@dataclass(frozen=True)
class Evaluated:
    """record : all figures. skipped : (path, reason). milliseconds : median time per image from pixels to verdict.
    skipped_share : mean share of an image that a screen kept from the network.
    """

    record: EvaluationRecord
    out_dir: Path
    skipped: tuple[tuple[str, str], ...]
    milliseconds: float
    rows: tuple[ReportRow, ...] = field(repr=False, default=())
    skipped_share: float = 0.0


def evaluate(
    detector: Detector,
    samples: Sequence[Sample],
    out_dir: str | Path,
    *,
    workers: int = 1,
    bootstrap: int = 1000,
    progress: Progress = silent,
) -> Evaluated:
    """Judge `detector` on labelled images and write what was found to `out_dir`.

    samples : as from surfedge.datasets.labelled_images. workers : images inspected at once; 1 gives honest
    times per image. bootstrap : resamplings for the intervals, 0 for none.

    Writes figures.json, figures.csv, images.csv, curves as SVG in curves/, pictures in worst/ (image, map, overlay,
    truth) and report.html. Images that cannot be read are skipped and listed; raises DatasetError when none can.
    """
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    evaluation, shelf = Evaluation(good_label=GOOD), PictureShelf()
    rows: list[ReportRow] = []
    skipped: list[tuple[str, str]] = []
    shares: list[float] = []
    by_path = {str(sample.path): sample for sample in samples}
    for done, (path, outcome) in enumerate(_inspected(detector, [str(s.path) for s in samples], workers)):
        progress(done, len(samples), "evaluating")
        sample = by_path[path]
        if not isinstance(outcome, SurfedgeError):
            outcome = _counted(evaluation, sample, outcome)
        if isinstance(outcome, SurfedgeError):
            skipped.append((path, outcome.reason))
            rows.append(ReportRow(path, "skipped", label=sample.label, reason=outcome.reason))
            continue
        shelf.offer(path, outcome.score, outcome.threshold, partial(draw_pictures, outcome))
        rows.append(_row(sample, outcome))
        shares.append(outcome.skipped_share)
    if not len(evaluation):
        raise DatasetError(
            "data set",
            found=f"{len(samples)} images, none readable",
            expected="at least one",
            remedy=skipped[0][1] if skipped else "check the path",
        )
    progress(len(samples), len(samples), "counting")
    record = evaluation.record(bootstrap=bootstrap)
    milliseconds = median(row.milliseconds for row in rows if row.status != "skipped")
    evaluated = Evaluated(record, out_dir, tuple(skipped), milliseconds, tuple(rows), float(np.mean(shares)))
    _write(evaluated, detector, by_path, shelf)
    return evaluated


def _inspected(detector: Detector, paths: list[str], workers: int) -> Iterator[tuple[str, Result | SurfedgeError]]:
    """(path, outcome) in order; a single worker shares its core with nobody, so that its times can be quoted."""
    if workers != 1:
        yield from detector.stream(paths, workers=workers)
        return
    for path in paths:
        try:
            yield path, detector(path)
        except SurfedgeError as error:
            yield path, error


def _counted(evaluation: Evaluation, sample: Sample, result: Result) -> Result | SurfedgeError:
    """The result, counted; or the error of a mask that does not fit."""
    try:
        mask = sample.mask(result.shape) if sample.is_defective else None
    except SurfedgeError as error:
        return error
    evaluation.add(
        str(sample.path),
        sample.label,
        result.score,
        result.anomaly_map,
        mask,
        threshold=result.threshold,
        predicted=result.mask,
        is_called=result.is_defective,
    )
    return result


def _row(sample: Sample, result: Result) -> ReportRow:
    return ReportRow(
        str(sample.path),
        "defective" if result.is_defective else "good",
        score=result.score,
        threshold=result.threshold,
        label=sample.label,
        regions=len(result.regions),
        defect_area_px=result.defect_area_px,
        milliseconds=result.milliseconds,
        reason="; ".join(result.notes),
        width=result.shape[1],
        height=result.shape[0],
    )


def _write(evaluated: Evaluated, detector: Detector, by_path: dict[str, Sample], shelf: PictureShelf) -> None:
    record, out_dir = evaluated.record, evaluated.out_dir
    settings = {
        "method": detector.bundle.method,
        "bundle": detector.bundle.identity,
        "median_milliseconds": evaluated.milliseconds,
        "surfedge": __version__,
        "skipped_share": evaluated.skipped_share,
        "isa": active_isa(),
    }
    figures = {**settings, **record.to_dict(images=False, curves=False), "skipped": list(evaluated.skipped)}
    replace_text(out_dir / "figures.json", json.dumps(figures, indent=1, ensure_ascii=False))
    replace_text(out_dir / "figures.csv", _figures_csv(record))
    replace_text(out_dir / "images.csv", _images_csv(record))
    write_curves(record, out_dir / "curves")
    _write_worst(evaluated, detector, by_path)
    pictures = shelf.kept()
    rows = [replace(row, pictures=pictures.get(row.path)) for row in evaluated.rows]
    summary = ReportSummary(
        detector.bundle.method,
        detector.decision.threshold,
        rule=str(detector.bundle.calibration.get("rule", "")),
        title="Evaluation report",
        bundle_hash=detector.bundle.identity,
        created=time.strftime("%Y-%m-%d %H:%M"),
        versions={"surfedge": __version__, "instruction set": active_isa()},
        notes=(", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in headline(record).items()),),
    )
    write_report(out_dir / "report.html", rows, summary)


def headline(record: EvaluationRecord) -> dict[str, float]:
    """The figures to quote: of images, of pixels, and the two that tell a found defect from a different photograph."""
    names = (
        "image_auroc",
        "image_ap",
        "image_f1_best",
        "pixel_auroc",
        "pixel_ap",
        "au_pro_0.30",
        "au_pro_0.05",
        "in_image_auroc",
        "outside_control",
    )
    return {name: record.figures[name] for name in names if name in record.figures}


def _figures_csv(record: EvaluationRecord) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labels = list(record.classes)
    writer.writerow(["figure", "value", "low_95", "high_95", *labels])
    for name, value in record.figures.items():
        low, high = record.intervals.get(name, ("", ""))
        writer.writerow([name, value, low, high, *(record.classes[label].get(name, "") for label in labels)])
    return text.getvalue()


def _images_csv(record: EvaluationRecord) -> str:
    text = StringIO()
    rows = [row.to_dict() for row in record.rows]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_worst(evaluated: Evaluated, detector: Detector, by_path: dict[str, Sample]) -> None:
    """The images to look at first: image, overlay, truth side by side; they are inspected once more."""
    folder = evaluated.out_dir / "worst"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for rank, row in enumerate(evaluated.record.worst(WORST), start=1):
        sample = by_path[row.path]
        picture = worst_case_picture(detector(sample.path), sample)
        _, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        (folder / f"{rank:02}_{sample.label}_{sample.path.stem}.png").write_bytes(encoded.tobytes())


def worst_case_picture(result: Result, sample: Sample, side_px: int = 512) -> np.ndarray:
    """Image, map, overlay and truth beside each other, uint8 (H, W, 3) RGB."""
    from surfedge.drawing import draw_image, draw_map

    truth = sample.mask(result.shape)
    plain, overlay = draw_image(result, limit_px=side_px), result.overlay(limit_px=side_px)
    size = plain.shape[1::-1]
    shown = np.zeros(result.shape, np.uint8) if truth is None else truth.astype(np.uint8) * 255
    mask = cv2.cvtColor(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)
    panels = [plain, draw_map(result, limit_px=side_px), overlay, mask]
    return np.hstack([cv2.resize(panel, size, interpolation=cv2.INTER_AREA) for panel in panels])
