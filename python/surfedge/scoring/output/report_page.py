"""``report.html`` of a folder run, from the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surfedge.datasets import LeftOut, printable
from surfedge.detector import BY_RAISED_LIMIT, RAISED_NOTE
from surfedge.report import PictureChoice, ReportRow, ReportSummary, write_report
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.output.whole_file import refuse

NAMED = 12  # kinds of what was left out


def write_page(
    out_dir: Path, ledger: Ledger, record: Mapping[str, Any], choice: PictureChoice | None, ms_per_image: float | None
) -> None:
    """Writes the page whole, or raises OutputError."""
    for left_by_a_killed_run in out_dir.glob(".report.html.*.part"):
        left_by_a_killed_run.unlink(missing_ok=True)
    choice = choice or PictureChoice()
    try:
        every = PictureChoice(worst=choice.worst + choice.near + choice.sample, near=0, sample=0)
        write_report(out_dir / "report.html", _rows(ledger), _summary(record, ms_per_image, ledger), choice=every)
    except OSError as error:
        refuse(out_dir / "report.html", error)


def _rows(ledger: Ledger) -> Iterator[ReportRow]:
    pictured, kinds = ledger.pictured(), ledger.region_kinds()
    for row in ledger.rows():
        v = row.verdict
        if v is None:
            yield ReportRow(row.item.name, row.status, reason=row.reason)
        else:
            yield ReportRow(
                path=row.item.name,
                status=row.status,
                score=v.score,
                threshold=v.threshold,
                label=v.label,
                regions=v.regions,
                defect_area_px=v.defect_area_px,
                milliseconds=v.milliseconds,
                reason=v.notes,
                width=v.width,
                height=v.height,
                kinds=kinds.get(row.content, ()),
                pictures=ledger.pictures(row.content) if row.content in pictured else None,
            )


def _summary(record: Mapping[str, Any], ms_per_image: float | None, ledger: Ledger) -> ReportSummary:
    rule, good_images = record.get("rule", ""), record.get("good_images", 0)
    promise = f": {record['promise']}" if record.get("promise") else ""
    threads, isa = record["workers"], record.get("instruction_set", "")
    device = f"{record.get('device', 'CPU')}, {threads} thread{'s' * (threads != 1)}, {isa}"
    inputs, images = record["inputs"], record["images"]
    partly, _ = ledger.partial(0)
    notes = []
    if implausible := ledger.counts()["implausible"]:
        notes.append(f"{implausible:,} refused as implausible: not judged, neither good nor defective")
    if partly:
        notes.append(f"{partly:,} inspected in part: the first page alone; --pages all inspects every page")
    if raised := ledger.noted(RAISED_NOTE):
        notes.append(f"{raised:,} {BY_RAISED_LIMIT}")
    if left_out := [str(LeftOut(**each)) for each in record.get("left_out", ())]:
        notes.append(printable(f"left out: {'; '.join(left_out[:NAMED])}"))
    return ReportSummary(
        method=record.get("method", ""),
        threshold=record.get("threshold"),
        rule=f"{rule} on {good_images:,} good images{promise}" if good_images else rule,
        source=", ".join(inputs) if len(inputs) < 20 else f"{inputs[0]} and others, {images:,} images",
        bundle=record.get("bundle_path", ""),
        bundle_hash=record.get("bundle", ""),
        device=device.rstrip(", "),
        created=time.strftime("%Y-%m-%d %H:%M"),
        milliseconds_per_image=ms_per_image,
        versions=record["versions"],
        notes=tuple(notes),
    )
