"""The head of the report: what ran, with what, and what the reader must know; there without a script too."""

from __future__ import annotations

import html
from statistics import median

from surfedge.report.rows import ReportRow, ReportSummary


def shown_text(text: str) -> str:
    """`text` as a UTF-8 file can hold it: undecodable bytes of file names become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def facts_html(rows: list[ReportRow], summary: ReportSummary) -> str:
    """A list of terms and values; those that are unknown are left out."""
    pairs = [
        ("Method", summary.method),
        ("Threshold", "per image" if summary.threshold is None else f"{summary.threshold:.6g}"),
        ("Rule", summary.rule),
        ("Bundle", summary.bundle),
        ("Bundle SHA-256", summary.bundle_hash),
        ("Time per image", _times(rows, summary.milliseconds_per_image)),
        ("Device", summary.device),
        ("Date", summary.created),
        ("Versions", ", ".join(f"{name} {version}" for name, version in summary.versions.items())),
    ]
    return "\n".join(_fact(term, shown_text(value)) for term, value in pairs if value)


def _fact(term: str, value: str) -> str:
    """One pair; a long hash shows its beginning, and is whole in the title and when copied."""
    text = html.escape(value)
    extra = f' class="hash" title="{text}"' if len(value) == 64 and value.isalnum() else ""
    return f"<div><dt>{html.escape(term)}</dt><dd{extra}>{text}</dd></div>"


def notes_html(total: int, listed: int, pictured: int, summary: ReportSummary) -> str:
    """What the page leaves out, and the run's own notes; one paragraph each."""
    lines = list(summary.notes)
    if pictured < total:
        wrong = "" if summary.evaluation is None else "wrong verdicts, "
        lines.append(
            f"Pictures of {pictured:,} of {total:,} images are in this file: {wrong}the highest scores, those "
            "nearest the threshold, and a sample of the others."
        )
    if listed < total:
        left_out = f"{total - listed:,} good images of low score"
        lines.append(f"{left_out} are counted above but not listed; see results.csv.")
    return "\n".join(f"<p>{html.escape(shown_text(line))}</p>" for line in lines)


def _times(rows: list[ReportRow], per_image: float | None) -> str:
    times = sorted(row.milliseconds for row in rows if row.is_judged and row.milliseconds > 0)
    texts = [] if per_image is None else [f"{per_image:.3g} ms overall"]
    if times:
        texts.append(f"{median(times):.3g} ms median, {times[-1]:.3g} ms slowest")
    return "; ".join(texts)
