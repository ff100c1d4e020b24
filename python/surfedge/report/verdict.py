"""What the page of an evaluation shows beside a run's: the verdict, the metrics, the curves; there without a script."""

from __future__ import annotations

import html
import math
from dataclasses import replace

from surfedge.metrics import EvaluationRecord, figures_of
from surfedge.metrics.counting.figure import CLASSES
from surfedge.metrics.counting.share import Share
from surfedge.report.curves import evaluation_charts

SAID_BY_THE_VERDICT = ("image_recall", "false_call_rate")
"""Metrics that the verdict says with the interval of a fraction, which a bootstrap gives too narrow near 0 and 1."""
_CHART_PX = (380, 250)


def verdict_html(record: EvaluationRecord | None, rule: str) -> str:
    """How many defective images were found and how many good ones called falsely, at the limit in use."""
    if record is None:
        return ""
    good, bad = record.refused
    if record.confusion is not None and record.is_of_kinds:
        return _named_html(record, bad)
    found, false = record.verdict(is_defect=True), record.verdict(is_defect=False)
    limit = "the threshold of each image" if math.isnan(record.threshold) else f"the threshold {record.threshold:.4g}"
    origin = f" ({html.escape(rule)})" if rule else ""
    return (
        '<section class="verdict" id="verdict" aria-label="Verdict at the threshold">\n'
        + _claim("found", found, "defective images found", "no defective images: no detection rate", bad)
        + _claim("false", false, "good images falsely called", "no good images: no rate of false calls", good)
        + f'<p id="verdict-limit">At {limit}{origin}.</p>\n</section>'
    )


def _named_html(record: EvaluationRecord, refused: int) -> str:
    """The verdict on a classifier of kinds of defects: how many images it named right."""
    right = Share(sum(row.is_right for row in record.rows), len(record.rows), record.confidence)
    box = _claim("found", right, "images named right", "no images", refused).replace(
        'data-claim="found"', 'data-claim="named"'
    )
    limit = '<p id="verdict-limit">Every class is a kind of defect.</p>'
    return f'<section class="verdict" id="verdict" aria-label="Images named right">\n{box}{limit}</section>'


def refused_text(count: int) -> str:
    """What is said beside m of n of images that were refused as implausible; "" for none.

    >>> refused_text(3)
    '3 more refused as implausible: not judged, not counted here'
    """
    return f"{count:,} more refused as implausible: not judged, not counted here" if count else ""


def _claim(name: str, share: Share, what: str, unknown: str, refused: int) -> str:
    """One box; the page's script counts it anew when the limit is moved."""
    beside = f'<small class="refused">{refused_text(refused)}</small>' if refused else ""
    if not share.total:
        return f'<div class="claim {name} none"><p>{unknown}</p>{beside}</div>\n'
    low, high = share.interval
    text = f"{100 * share.value:.1f} %, {100 * share.confidence:.0f} % interval {100 * low:.1f} to {100 * high:.1f} %"
    return (
        f'<div class="claim {name}" data-claim="{name}"><b>{share.count} of {share.total}</b><span>{what}</span>'
        f'<small>{text}</small>{beside}<button type="button" class="quiet" hidden></button></div>\n'
    )


def figures_html(record: EvaluationRecord | None) -> str:
    """The metrics to quote with their intervals and the images that they come from, and the curves, as panels."""
    if record is None:
        return ""
    rows = [
        _figure_row(figure.title, record, figure.name)
        for figure in figures_of()
        if figure.is_quoted
        and not (record.is_of_kinds and figure.needs != CLASSES)
        and figure.name not in SAID_BY_THE_VERDICT
        and math.isfinite(record.figures.get(figure.name, math.nan))
    ]
    head = "".join(
        f'<th scope="col"{_NUMBER if is_number else ""}>{text}</th>'
        for text, is_number in (
            ("Metric", False),
            ("Value", True),
            (f"{100 * record.confidence:.0f} % interval", True),
            ("From images", False),
        )
    )
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    table = f'<div class="scroll whole"><table class="figure-table">{body}</table></div>'
    drawn = _page_charts(record)
    charts = [f'<div class="chart">{svg}</div>' for name, svg in drawn.items() if name not in ("scores", "confusion")]
    panels = [
        _panel("figures", "Metrics that need no threshold", table) if rows else "",
        _classes_panel(record, drawn.get("confusion", "")),
        _panel("curves", "Curves", f'<div class="charts">{"".join(charts)}</div>') if charts else "",
    ]
    return "\n".join(panels)


def _classes_panel(record: EvaluationRecord, confusion: str) -> str:
    """What a classifier gave: the confusion matrix, and a row for each class; "" without one."""
    found = record.confusion
    if found is None:
        return ""
    of_class = zip(found.names, found.images, found.recall, found.precision, found.f1, strict=True)
    rows = [
        f'<tr><th scope="row"><bdi>{html.escape(name)}</bdi></th><td{_NUMBER}>{images:,}</td>'
        + "".join(f"<td{_NUMBER}>{'' if math.isnan(value) else f'{value:.3f}'}</td>" for value in values)
        + "</tr>"
        for name, images, *values in of_class
    ]
    head = "".join(f'<th scope="col"{_NUMBER}>{text}</th>' for text in ("Images", "Recall", "Precision", "F1"))
    table = f'<table class="figure-table"><thead><tr><th scope="col">Class</th>{head}</tr></thead><tbody>'
    body = f'<div class="scroll whole"><div class="chart of-classes">{confusion}</div></div>'
    rest = f'<div class="scroll whole">{table}{"".join(rows)}</tbody></table></div>'
    return _panel("given", "Classes given", body + rest)


def _panel(name: str, title: str, body: str) -> str:
    head = f'<div class="panel-head"><h2 id="{name}-title">{title}</h2></div>'
    return f'<section class="panel" id="{name}" aria-labelledby="{name}-title">{head}{body}</section>'


_NUMBER = ' class="number"'


def _figure_row(title: str, record: EvaluationRecord, name: str) -> str:
    low, high = record.intervals.get(name, (math.nan, math.nan))
    good, defective = record.support.get(name, (0, 0))
    cells = [
        f'<th scope="row">{html.escape(title)}</th>',
        f"<td{_NUMBER}>{record.figures[name]:.3f}</td>",
        f"<td{_NUMBER}>{f'{low:.3f} to {high:.3f}' if math.isfinite(low) else ''}</td>",
        f"<td>{images_text(good, defective)}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def images_text(good: int, defective: int) -> str:
    """From which images a metric comes, in words.

    >>> images_text(32, 92), images_text(0, 1)
    ('32 good, 92 defective', '1 defective')
    """
    return ", ".join(f"{count:,} {kind}" for count, kind in ((good, "good"), (defective, "defective")) if count)


def _page_charts(record: EvaluationRecord) -> dict[str, str]:
    """The charts in the page's size; their intervals stand in the table."""
    return evaluation_charts(replace(record, intervals={}), size=_CHART_PX)
