"""What people see of a coil on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.strips import CoilSummary

LISTED = 100  # defects


class Shown:
    """Takes what a run finds, and shows it. `metres` : how far it is."""

    def __init__(self, console: Console) -> None:
        self._console, self.metres = console, 0.0

    def __call__(self, item: Any) -> None:
        """A tile, a defect or an alarm."""
        from surfedge.strips import Alarm, StripDefect

        if isinstance(item, StripDefect):
            if item.number <= LISTED:
                self._console.line(_line(item) + (", more in defects.jsonl" if item.number == LISTED else ""))
        elif isinstance(item, Alarm):
            self._console.line(f"{item.at_m:>10.3f} m  ALARM {item.text}")
        else:
            self.metres = item.to_m
            self._console.progress(int(item.to_m), int(item.to_m), "metres inspected")


def show(summary: CoilSummary, console: Console) -> None:
    """Series, figures and grade."""
    from surfedge.datasets import printable

    rows = [
        (
            f"P{number}: every {each['pitch_m']:.3f} m",
            f"{each['y_mm']:.0f} mm",
            f"{each['from_m']:.1f} to {each['to_m']:.1f} m",
            f"{each['hits']} of {each['expected']}" + (" under the limit" if each["is_faint"] else ""),
            f"{each['p']:.0e}",
            f"{each['diameter_mm']:.0f} mm",
            ", ".join(f"{one['name']} ({one['diameter_mm']:.0f} mm)" for one in each["suspects"]),
        )
        for number, each in enumerate(summary.series, 1)
    ]
    if rows:
        console.table(("periodic defects", "lane", "where", "marks", "p", "pitch / pi", "suspects"), rows)
    console.line(
        f"{summary.name}: {summary.length_m:,.1f} m, {summary.defects:,} defects ({summary.defects_per_100_m:.1f} per "
        f"100 m), {summary.not_inspected_m2:,.2f} m2 not inspected{_in_doubt(summary)}; {summary.seconds:.1f} s"
    )
    if summary.left_out:
        console.line(printable(f"left out: {'; '.join(summary.left_out)}"))
    console.line(f"grade: {summary.verdict}")
    for reason in summary.reasons:
        console.line(f"  {reason['verdict']}: {reason['rule']}, {reason['text']}")
    console.line(f"map: {summary.map}")


def _in_doubt(summary: CoilSummary) -> str:
    return f", {summary.in_doubt_m2:,.2f} m2 in doubt" if summary.in_doubt_m2 else ""


def _line(defect: Any) -> str:
    size = f"{defect.length_mm:.1f} x {defect.width_mm:.1f} mm"
    label = f"{defect.label}, " if defect.label else ""
    return f"{defect.x_m:>10.3f} m {defect.y_mm:>7.1f} mm  {label}{size}, severity {defect.severity:.2f}"
