"""Charts as standalone SVG: a frame with ticks and a legend, lines, areas, bars and points inside it.

Everything is placed by arithmetic; a viewer needs no script, no font file and no network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

INK, SOFT, GRID, FRAME = "#18202a", "#55616e", "#e6eaee", "#b9c2cb"
GOOD, DEFECT, BLUE, AMBER = "#1a7f72", "#c0391b", "#1f5f99", "#a86a00"
SVG_FONT = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, Liberation Sans, sans-serif"'
_LEFT, _RIGHT, _BOTTOM, _TITLE, _ROW = 66.0, 24.0, 58.0, 46.0, 21.0

Ticks = Sequence[tuple[float, str]]


def nice_ticks(low: float, high: float, about: int = 5) -> list[tuple[float, str]]:
    """Round positions in [low, high], steps of 1, 2 or 5 times a power of ten, with their texts.

    >>> [text for _, text in nice_ticks(0, 1)]
    ['0', '0.2', '0.4', '0.6', '0.8', '1']
    """
    if not high > low:
        return [(low, f"{low:g}")]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(i * step, f"{round(i * step, 12):g}") for i in range(first, last + 1)]


class Chart:
    """A chart being drawn: add marks, then take `svg()`.

    x_range, y_range : the data values at the frame's ends. x_ticks, y_ticks : (position, text) pairs, round
    numbers when left out. width, height : pixels of the plot's frame; title and legend stand above it.

    >>> chart = Chart("A line", "x", "y", (0, 1), (0, 1))
    >>> chart.line([0, 1], [0, 1], BLUE, "y = x")
    >>> chart.svg().startswith("<svg xmlns=")
    True
    """

    def __init__(
        self,
        title: str,
        x_label: str,
        y_label: str,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        *,
        x_ticks: Ticks | None = None,
        y_ticks: Ticks | None = None,
        width: int = 560,
        height: int = 380,
    ) -> None:
        self._title, self._x_label, self._y_label = title, x_label, y_label
        self._x_range, self._y_range = x_range, y_range
        self._x_ticks = nice_ticks(*x_range) if x_ticks is None else x_ticks
        self._y_ticks = nice_ticks(*y_range) if y_ticks is None else y_ticks
        self._width, self._height = width, height
        self._marks: list[str] = []
        self._legend: list[tuple[str, str, str, float]] = []

    def line(self, x: Any, y: Any, colour: str, label: str = "", *, dashed: bool = False) -> None:
        """A line through points in data units; what lies beyond the right end is cut off there."""
        dash = 'stroke-dasharray="5 5" stroke-width="1.3"' if dashed else 'stroke-width="2.2"'
        self._marks.append(
            f'<polyline points="{self._points(x, y)}" fill="none" stroke="{colour}" {dash} stroke-linejoin="round"/>'
        )
        self.note(label, colour, "dashed" if dashed else "line")

    def area(self, x: Any, y: Any, colour: str, opacity: float, label: str = "") -> None:
        """The area between points and the lower end of the frame."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        low = self._y_range[0]
        points = self._points(np.r_[x[:1], x, x[-1:]], np.r_[low, y, low])
        self._marks.append(f'<polygon points="{points}" fill="{colour}" fill-opacity="{opacity:g}"/>')
        self.note(label, colour, "box", opacity)

    def bars(self, edges: Any, heights: Any, colour: str, label: str = "") -> None:
        """Bars between neighbouring edges, from zero upward, or downward where heights are negative."""
        zero = self._y(0.0)
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
            if height:
                x0, x1, end = self._x(float(left)), self._x(float(right)), self._y(float(height))
                self._marks.append(
                    f'<rect x="{x0 + 0.5:.1f}" y="{min(zero, end):.1f}" width="{max(x1 - x0 - 1, 1):.1f}" '
                    f'height="{abs(zero - end):.1f}" fill="{colour}" fill-opacity="0.8"/>'
                )
        self.note(label, colour, "box", 0.8)

    def upright(self, x: float, text: str, colour: str = INK) -> None:
        """A dashed upright line with a text at its top."""
        at, left_half = self._x(x), x < 0.5 * (self._x_range[0] + self._x_range[1])
        anchor, shift = ("start", 6) if left_half else ("end", -6)
        self._marks.append(
            f'<line x1="{at:.1f}" y1="0" x2="{at:.1f}" y2="{self._height}" stroke="{colour}" '
            f'stroke-width="1.6" stroke-dasharray="6 4"/>'
            + svg_text(at + shift, 15, text, colour, anchor=anchor, halo=True)
        )

    def point(self, x: float, y: float, colour: str, label: str = "") -> None:
        """A ringed point."""
        self._marks.append(
            f'<circle cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="5.5" fill="{colour}" stroke="white" '
            f'stroke-width="2"/>'
        )
        self.note(label, colour, "point")

    def svg(self) -> str:
        """The chart as one SVG document."""
        top = _TITLE + _ROW * len(self._legend) + 6
        width, height = self._width + _LEFT + _RIGHT, self._height + top + _BOTTOM
        legend = [_legend_row(i, *entry) for i, entry in enumerate(self._legend)]
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" {SVG_FONT} font-size="13">',
            f"<title>{escape(self._title)}</title>",
            f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
            svg_text(_LEFT, 30, self._title, INK, size=17, bold=True),
            *legend,
            f'<g transform="translate({_LEFT:g} {top:g})">',
            *self._frame(),
            *self._marks,
            "</g>",
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _frame(self) -> list[str]:
        parts = []
        for value, text in self._x_ticks:
            at = self._x(value)
            parts.append(f'<line x1="{at:.1f}" y1="0" x2="{at:.1f}" y2="{self._height}" stroke="{GRID}"/>')
            parts.append(svg_text(at, self._height + 19, text, SOFT, anchor="middle"))
        for value, text in self._y_ticks:
            at = self._y(value)
            parts.append(f'<line x1="0" y1="{at:.1f}" x2="{self._width}" y2="{at:.1f}" stroke="{GRID}"/>')
            parts.append(svg_text(-9, at + 4.5, text, SOFT, anchor="end"))
        parts.append(f'<rect width="{self._width}" height="{self._height}" fill="none" stroke="{FRAME}"/>')
        parts.append(svg_text(self._width / 2, self._height + 45, self._x_label, INK, anchor="middle"))
        middle = self._height / 2
        label = svg_text(0, 0, self._y_label, INK, anchor="middle")
        parts.append(f'<g transform="translate(-46 {middle:g}) rotate(-90)">{label}</g>')
        return parts

    def note(self, label: str, colour: str, kind: str, opacity: float = 1.0) -> None:
        """A row of the legend; `kind` is line, dashed, box or point."""
        if label:
            self._legend.append((label, colour, kind, opacity))

    def _x(self, value: float) -> float:
        low, high = self._x_range
        return (value - low) / (high - low) * self._width

    def _y(self, value: float) -> float:
        low, high = self._y_range
        return self._height * (1.0 - (value - low) / (high - low))

    def _points(self, x: Any, y: Any) -> str:
        x, y = np.asarray(x, float), np.asarray(y, float)
        end = self._x_range[1]
        if x.size and x[-1] > end >= x[0]:
            kept = x <= end
            at_end = float(np.interp(end, x, y))
            x, y = np.r_[x[kept], end], np.r_[y[kept], at_end]
        return " ".join(f"{self._x(a):.1f},{self._y(b):.1f}" for a, b in zip(x, y, strict=True))


def _legend_row(row: int, label: str, colour: str, kind: str, opacity: float) -> str:
    x, y = _LEFT, _TITLE + _ROW * row + 8
    stroke = f'<line x1="{x:g}" y1="{y:g}" x2="{x + 24:g}" y2="{y:g}" stroke="{colour}" stroke-width='
    box = f'<rect x="{x + 5:g}" y="{y - 6:g}" width="14" height="12" stroke="{colour}" stroke-opacity="0.4" '
    marks = {
        "line": stroke + '"2.6"/>',
        "dashed": stroke + '"1.3" stroke-dasharray="5 4"/>',
        "box": box + f'fill="{colour}" fill-opacity="{opacity:g}"/>',
        "point": f'<circle cx="{x + 12:g}" cy="{y:g}" r="5" fill="{colour}"/>',
    }
    return marks[kind] + svg_text(x + 33, y + 4.5, label, INK)


def svg_text(
    x: float,
    y: float,
    text: str,
    colour: str,
    *,
    anchor: str = "start",
    size: int = 13,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """A line of text whose baseline is at y; anchor : "start", "middle" or "end" of it at x. halo : white around it."""
    style = ' font-weight="650"' if bold else ""
    if halo:
        style += ' stroke="white" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}"{style}>'
        f"{escape(text)}</text>"
    )
