"""The confusion matrix as a picture: a row for each true class, a column for each class given."""

from __future__ import annotations

from xml.sax.saxutils import escape

from surfedge.drawing import BLUE, DEFECT, FRAME, INK, SOFT, SVG_FONT, svg_text
from surfedge.metrics import Confusion

CELL_PX, LEAST_PX, LETTER_PX, SIZE_PX = 54, 26, 7.2, 620
_TITLE_PX, _MARGIN_PX = 56, 16
_FADED, _FADED_WRONG = 0.12, 0.3  # opacity of a cell that holds next to none of its row: an error is seen all the same
_DARKEST = 0.62  # opacity of a full cell: letters stay readable on it, by day and by night


def confusion_svg(found: Confusion, title: str = "Classes given, by true class") -> str:
    """How often images of each class were given each class, as an SVG document: counts, shaded by the fraction of the
    class's images; right ones blue, wrong ones red; each class's recall beside its row, precision below its column.

    >>> svg = confusion_svg(Confusion.of(["dent", "dent", "hole"], ["dent", "hole", "hole"]))
    >>> svg.startswith("<svg xmlns="), ">50 %<" in svg
    (True, True)
    """
    count = len(found.names)
    cell = max(LEAST_PX, min(CELL_PX, SIZE_PX // count))
    names = [_shortened(name) for name in found.names]
    left = _MARGIN_PX + LETTER_PX * max(len(name) for name in names) + 14
    above = _TITLE_PX + 26 + 0.75 * LETTER_PX * max(len(name) for name in names)
    slant = 0.75 * LETTER_PX * len(names[-1])  # what the last column's name reaches beyond it
    width, height = left + cell * count + max(78, slant) + _MARGIN_PX, above + cell * count + 58
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" {SVG_FONT} font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>',
        svg_text(_MARGIN_PX, 30, title, INK, size=17, bold=True),
        *_cells(found, left, above, cell),
        f'<rect x="{left:.1f}" y="{above:.1f}" width="{cell * count}" height="{cell * count}" fill="none" '
        f'stroke="{FRAME}"/>',
        *_names(names, left, above, cell),
        *_margins(found, left, above, cell),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _cells(found: Confusion, left: float, above: float, cell: int) -> list[str]:
    parts, size = [], 13 if cell >= 40 else 11
    for row, images in enumerate(found.images):
        for column, held in enumerate(found.counts[row].tolist()):
            if not held:
                continue
            x, y = left + cell * column, above + cell * row
            colour, least = (BLUE, _FADED) if row == column else (DEFECT, _FADED_WRONG)
            shade = least + (_DARKEST - least) * held / images
            parts.append(
                f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2}" height="{cell - 2}" rx="3" fill="{colour}" '
                f'fill-opacity="{shade:.3f}"/>'
            )
            parts.append(svg_text(x + cell / 2, y + cell / 2 + 4.5, f"{held}", INK, anchor="middle", size=size))
    return parts


def _names(names: list[str], left: float, above: float, cell: int) -> list[str]:
    parts = []
    for number, name in enumerate(names):
        parts.append(svg_text(left - 9, above + cell * (number + 0.5) + 4.5, name, INK, anchor="end"))
        x = left + cell * (number + 0.5)
        upright = svg_text(0, 0, name, INK)
        parts.append(f'<g transform="translate({x:.1f} {above - 9:.1f}) rotate(-45)">{upright}</g>')
    return parts


def _margins(found: Confusion, left: float, above: float, cell: int) -> list[str]:
    """Recall to the right of each row, precision below each column."""
    end_x, end_y = left + cell * len(found.names), above + cell * len(found.names)
    parts = [svg_text(left - 9, end_y + 24, "precision", SOFT, anchor="end")]
    parts.append(svg_text(end_x + 10, end_y + 24, "recall", SOFT))
    for number, (recall, precision) in enumerate(zip(found.recall.tolist(), found.precision.tolist(), strict=True)):
        parts.append(svg_text(end_x + 10, above + cell * (number + 0.5) + 4.5, _percent(recall), SOFT))
        x = left + cell * (number + 0.5)
        parts.append(svg_text(x, end_y + 24, _percent(precision), SOFT, anchor="middle", size=13 if cell >= 50 else 10))
    figures = f"{sum(found.images):,} images, accuracy {found.accuracy:.3f}, macro F1 {found.macro_f1:.3f}"
    return [*parts, svg_text(_MARGIN_PX, end_y + 48, figures, INK)]


def _percent(share: float) -> str:
    if share != share:
        return "-"
    return f"{100 * share:.1f} %" if 0 < share < 1 and 1000 * share % 10 >= 0.5 else f"{100 * share:.0f} %"


def _shortened(name: str, most: int = 36) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
