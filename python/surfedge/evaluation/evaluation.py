"""Evaluating a detector on labelled images: metrics, tables, curves, the worst cases as pictures, a report."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge import __version__
from surfedge.datasets import GOOD, Sample
from surfedge.detector import Detector
from surfedge.errors import DatasetError
from surfedge.evaluation.judging import Judged, Judging, Skipped, Tally, class_given
from surfedge.evaluation.shown_pictures import ShownPictures
from surfedge.evaluation.tables import confusion_csv, figures_csv, images_csv
from surfedge.evaluation.worst import write_worst
from surfedge.files import replace_text
from surfedge.kernels import active_isa
from surfedge.metrics import EvaluationRecord, figures_of
from surfedge.metrics.counting.figure import CLASSES
from surfedge.progress import Progress, silent
from surfedge.report import PictureChoice, Pictures, ReportRow, ReportSummary, write_curves, write_report

if TYPE_CHECKING:
    from surfedge.evaluation.elsewhere import Elsewhere
    from surfedge.scoring import Cluster

PARTLY = "{:,} of the images judged in part: the first page alone, score --pages all inspects every page"


@dataclass(frozen=True)
class Evaluated:
    """record : all metrics. skipped : (path, reason). refused : the same of images refused as implausible: not judged,
    neither found nor missed, beside the metrics and not in them. partly : (path, which pages) of those judged by the
    first of several pages. milliseconds : median time per image from pixels to
    verdict. skipped_share : mean share of an image that a screen kept from the network. tally : what the record was
    counted in.
    """

    record: EvaluationRecord
    out_dir: Path
    skipped: tuple[Skipped, ...]
    tally: Tally = field(repr=False)
    rows: tuple[ReportRow, ...] = field(repr=False, default=())
    refused: tuple[Skipped, ...] = ()
    partly: tuple[Skipped, ...] = ()

    @property
    def milliseconds(self) -> float:
        """Median time per image from pixels to verdict."""
        return self.tally.milliseconds

    @property
    def skipped_share(self) -> float:
        """Mean fraction of an image that a screen kept from the network."""
        return self.tally.skipped_share()


def evaluate(
    detector: Detector,
    samples: Sequence[Sample],
    out_dir: str | Path,
    *,
    workers: int = 1,
    bootstrap: int = 1000,
    remarks: Sequence[str] = (),
    cluster: Cluster | None = None,
    progress: Progress = silent,
) -> Evaluated:
    """Judge `detector` on labelled images and write what was found to `out_dir`.

    samples : as from surfedge.datasets.labelled_images. workers : images inspected at once; 1 gives true
    times per image. bootstrap : resamplings for the intervals, 0 for none. remarks : on the data, for the page.
    cluster : judges on the workers of a surfedge.scoring.Cluster that was entered; `workers` then are threads that read
    files here.

    Writes figures.json, figures.csv, images.csv, curves as SVG in curves/, pictures in worst/ (image, map, overlay,
    truth) and report.html. Images that cannot be read are skipped and listed, implausible ones counted apart; good
    images alone give the false-call rate only; of a classifier confusion.csv. Raises DatasetError when there is no
    good image, unless a classifier is judged, for a class that it does not know, or when no image can be judged.
    """
    _check_classes(samples, detector.method.class_names)
    if cluster is not None:
        cluster.ship(detector)
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    tally, shelf, names = Tally(), ShownPictures(detector), names_of(samples)
    rows: list[ReportRow] = []
    by_path = {str(sample.path): sample for sample in samples}
    elsewhere = _elsewhere(cluster, detector, tally, workers).outcomes if cluster is not None else None
    judging = Judging([detector], samples, workers, progress, "evaluating", elsewhere=elsewhere)
    for judged in judging:
        tally.add(judged)
        rows.append(_row(judged, names[str(judged.sample.path)]))
        shelf.offer(judged, rows[-1])
    rows += _unjudged(judging, by_path, names)
    progress(len(samples), len(samples), "counting")
    refused, skipped = tuple(judging.refused), tuple(each for each in judging.skipped if each not in judging.refused)
    defective = sum(by_path[path].is_defective for path, _ in refused)
    record = replace(tally.record(bootstrap=bootstrap), refused=(len(refused) - defective, defective))
    evaluated = Evaluated(record, out_dir, skipped, tally, tuple(rows), refused, tuple(judging.partly))
    if evaluated.partly:
        remarks = (*remarks, PARTLY.format(len(evaluated.partly)))
    _write(evaluated, detector, by_path)
    _write_page(evaluated, detector, folder_of(samples), shelf.kept(), remarks)
    return evaluated


def _check_classes(samples: Sequence[Sample], known: Sequence[str]) -> None:
    """Refuses what cannot be judged: classes that a classifier (of the classes `known`) was never shown; for others a
    set without good images, because every metric that compares defects with them would be made up."""
    labels = sorted({sample.label for sample in samples})
    if unknown := [label for label in labels if known and label not in known]:
        raise DatasetError(
            "data set",
            found=f"the class{'es' * (len(unknown) > 1)} {_listed(unknown)}",
            expected=f"classes that the bundle knows: {', '.join(known)}",
            remedy="name the folders as in training, or leave those out",
        )
    if samples and not known and GOOD not in labels:
        raise DatasetError(
            "data set",
            found=f"no good images among the classes {_listed(labels)}",
            expected=f"a class of images without a defect, called {GOOD}",
            remedy=f"name the folder of the good ones {GOOD}",
        )


def _listed(labels: Sequence[str]) -> str:
    return f"{', '.join(labels[:8])}{' ...' * (len(labels) > 8)}"


def names_of(samples: Sequence[Sample]) -> dict[str, str]:
    """Paths below the folder that all images lie in, by their paths: class and name are enough to find them.

    >>> names_of([Sample(Path("set/test/good/a.png"), "good"), Sample(Path("set/test/hole/b.png"), "hole")])
    {'set/test/good/a.png': 'good/a.png', 'set/test/hole/b.png': 'hole/b.png'}
    """
    root = folder_of(samples)
    return {str(sample.path): sample.path.relative_to(root).as_posix() for sample in samples}


def folder_of(samples: Sequence[Sample]) -> Path:
    """The folder that holds the folders of all images."""
    parents = {str(sample.path.parent) for sample in samples}
    common = Path(os.path.commonpath(parents))
    return common.parent if len(parents) == 1 else common


def _elsewhere(cluster: Cluster, detector: Detector, tally: Tally, workers: int) -> Elsewhere:
    from surfedge.evaluation.elsewhere import Elsewhere  # needs the extra

    return Elsewhere(cluster, detector, tally, workers)


def _row(judged: Judged, name: str) -> ReportRow:
    sample, result = judged.sample, judged.result
    return ReportRow(
        name,
        "defective" if result.is_defective else "good",
        score=result.score,
        threshold=result.threshold,
        label=sample.label,
        regions=len(result.regions),
        defect_area_px=result.defect_area_px,
        milliseconds=result.milliseconds,
        reason="; ".join((*_class_in_words(judged), *result.notes)),
        width=result.shape[1],
        height=result.shape[0],
        is_defect=sample.is_defective,
        given_class=class_given(result),
        kinds=tuple(sorted({region.label for region in result.regions if region.label})),
    )


def _class_in_words(judged: Judged) -> tuple[str, ...]:
    """What a classifier took the image for, where that is wrong; how a detector names the strongest region."""
    given, held = judged.result.label, judged.result.probabilities
    if given and not held:
        return (f"strongest region named {given}",)
    if given in ("", judged.sample.label):
        return ()
    return (
        f"given {given} ({held[given]:.2f}); {judged.sample.label} was held {held.get(judged.sample.label, 0):.2f}",
    )


def _unjudged(judging: Judging, by_path: dict[str, Sample], names: dict[str, str]) -> list[ReportRow]:
    """The rows of images without a verdict: refused as implausible, or not inspected."""
    refused = set(judging.refused)
    return [
        ReportRow(
            names[path],
            "implausible" if (path, why) in refused else "skipped",
            label=by_path[path].label,
            reason=why,
            is_defect=by_path[path].is_defective if (path, why) in refused else None,
        )
        for path, why in judging.skipped
    ]


def _write(evaluated: Evaluated, detector: Detector, by_path: dict[str, Sample]) -> None:
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
    figures |= {"refused": list(evaluated.refused), "partly": list(evaluated.partly)}
    replace_text(out_dir / "figures.json", json.dumps(figures, indent=1, ensure_ascii=False))
    replace_text(out_dir / "figures.csv", figures_csv(record))
    replace_text(out_dir / "images.csv", images_csv(record))
    if record.confusion is not None:
        replace_text(out_dir / "confusion.csv", confusion_csv(record.confusion))
    write_curves(record, out_dir / "curves")
    write_worst(record, detector, by_path, out_dir / "worst")


def _write_page(
    evaluated: Evaluated, detector: Detector, source: Path, pictures: dict[str, Pictures], remarks: Sequence[str]
) -> None:
    """report.html: the evaluation as a page that opens offline."""
    known, record = detector.bundle.calibration, evaluated.record
    images = known.get("labelled_images", known.get("good_images", 0))
    kind = "labelled" if "labelled_images" in known else "good"
    rule = str(known.get("rule", ""))
    summary = ReportSummary(
        detector.bundle.method,
        None if detector.decision.own_limit else detector.decision.threshold,
        rule=f"{rule} on {images:,} {kind} images" if rule and images else rule,
        title="Evaluation report",
        source=str(source),
        bundle="" if detector.bundle.source == "bundle" else detector.bundle.source,
        bundle_hash=detector.bundle.identity,
        created=time.strftime("%Y-%m-%d %H:%M"),
        versions={"surfedge": __version__, "instruction set": active_isa()},
        notes=(*record.notes, *remarks),
        evaluation=record,
    )
    rows = [replace(row, pictures=pictures.get(row.path)) for row in evaluated.rows]
    every = PictureChoice(worst=len(pictures), near=0, sample=0)
    write_report(evaluated.out_dir / "report.html", rows, summary, choice=every)


def headline(record: EvaluationRecord) -> dict[str, float]:
    """The metrics to quote: of images, of pixels, and the two that separate found defects from different photos."""
    chosen = [f for f in figures_of() if f.is_quoted and not (record.is_of_kinds and f.needs != CLASSES)]
    return {f.name: record.figures[f.name] for f in chosen if f.name in record.figures}
