"""What a folder run came to: the lines and the JSON object of `surfedge score`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.scoring import Outcome, Row, Summary

LISTED = 30  # images: with more of them the highest scores alone are shown


def show_scored(summary: Summary, console: Console, listed: bool = True, more: dict[str, Any] | None = None) -> None:
    """Verdicts or the worst of them, counts, and where the report is. more : for the JSON object."""
    from surfedge.datasets import printable

    is_short = summary.images <= LISTED
    if listed and is_short:
        for row in sorted((*summary.worst, *summary.refused, *summary.problems), key=lambda row: row.item.position):
            console.line(verdict_line(row))
    elif listed:
        _show_worst(summary, console)
    if summary.partly and not (listed and is_short):
        for row in summary.partial[:10]:
            console.line(f"IN PART    {printable(row.item.shown)}: {row.pages_left}")
    for line in _remarks(summary):
        console.line(line)
    before = summary.images - summary.inspected - summary.skipped - summary.implausible
    refused = f"{summary.implausible:,} implausible, " if summary.implausible else ""
    console.line(
        f"{summary.images:,} images: {summary.defective:,} defective, {summary.good:,} good, "
        f"{refused}{summary.skipped:,} skipped; {summary.seconds:.1f} s"
        + (f" ({before:,} were done before)" if before else "")
    )
    console.line(f"report: {printable(str(summary.report))}")
    console.result({**summary.to_dict(), **(more or {})})


def _show_worst(summary: Summary, console: Console) -> None:
    """A table of the highest scores, then what was not judged."""
    table = [_cells(row) for row in summary.worst[:10]]
    has_classes = any(row.verdict and row.verdict.label for row in summary.worst)
    last = ("class", "probability") if has_classes else ("regions", "area px")
    console.table(("highest scores", "verdict", "score", *last), table)
    for rows, total, what in (
        (summary.refused, summary.implausible, "implausible"),
        (summary.problems, summary.skipped, "skipped"),
    ):
        for row in rows[:10]:
            console.line(verdict_line(row))
        if total > 10:
            console.line(f"... and {total - 10:,} more {what}; the reasons are in results.csv")


def _remarks(summary: Summary) -> Iterator[str]:
    """What the counts do not say: images inspected in part, or in doubt, what was left out, the classes."""
    from surfedge.datasets import printable
    from surfedge.detector import BY_RAISED_LIMIT

    if summary.partly:
        yield (
            f"{summary.partly:,} of the images inspected in part: the first page alone; --pages all inspects every page"
        )
    if summary.undeclared_depth:
        yield (
            f"{summary.undeclared_depth:,} of the images use fewer than 16 bits: --bit-depth N if the camera has N; "
            "results.csv says more"
        )
    if summary.by_raised_limit:
        yield f"{summary.by_raised_limit:,} {BY_RAISED_LIMIT}"
    if summary.left_out:
        yield printable(f"left out: {'; '.join(map(str, summary.left_out[:LISTED]))}")
    if summary.classes:
        yield printable("classes: " + ", ".join(f"{name} {n:,}" for name, n in summary.classes.items()))


def verdict_line(row: Row | Outcome) -> str:
    """One image's verdict, or why it has none."""
    from surfedge.datasets import printable

    v, name = row.verdict, printable(row.item.shown)
    if v is None:
        return f"{row.status.upper():<10} {name}: {row.reason}"
    word = "DEFECTIVE" if v.defective else "good"
    regions = f", {v.regions} region{'s' * (v.regions != 1)} of {v.defect_area_px:,} px" if v.regions else ""
    part = f"; IN PART, {v.pages_left}" if v.pages_left else ""
    named = "" if v.probability is None else f"{printable(v.label)} ({v.probability:.2f}), "
    return f"{word:<10} {name}: {named}score {v.score:.4g}, limit {v.threshold:.4g}{regions}{part}"


def _cells(row: Row) -> tuple[str, ...]:
    from surfedge.datasets import printable

    v = row.verdict
    assert v is not None
    verdict = "DEFECTIVE" if v.defective else "good"
    found = (f"{v.regions:,}", f"{v.defect_area_px:,}")
    last = found if v.probability is None else (printable(v.label), f"{v.probability:.2f}")
    return printable(row.item.shown), verdict, f"{v.score:.4g}", *last
