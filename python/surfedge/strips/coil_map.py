"""The map of a coil: defects along metres and across millimetres, as SVG and PNG; any number of them.

Marks are drawn one by one up to `MOST_MARKS`, the most severe first to be drawn last; the others are a raster below
them whose colour is the highest severity in each of its cells, so that a map of 200,000 defects is as large as one of
2,000.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from xml.sax.saxutils import escape

import cv2
import numpy as np

from surfedge.drawing import AMBER, BLUE, FRAME, INK, SOFT, nice_ticks
from surfedge.strips.map_data import MapData

MOST_MARKS = 1500
WIDTH, HEIGHT, DENSITY = 1200, 260, 76  # pixels of the map, across, and of the bars of density
LEFT, TOP, GAP, BOTTOM = 64, 46, 30, 52
SEVERE = (1.5, 2.5)  # from here on orange, from here on red
COLOURS = ("#c98a00", "#e0561b", "#a3122a")
SHAPES = ("circle", "square", "triangle", "diamond", "cross")
GREY = "#8a94a0"
FONT = 'font-family="system-ui, -apple-system, Segoe UI, Roboto, Liberation Sans, sans-serif"'


def level(severity: np.ndarray) -> np.ndarray:
    """0, 1 or 2: the colour of each severity."""
    return np.digitize(severity, SEVERE)


def density(data: MapData, cells: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """Edges of stretches in metres, and defects per metre in each."""
    edges = np.linspace(0, max(data.length_m, 1e-3), cells + 1)
    return edges, np.histogram(data.x_m, edges)[0] / np.diff(edges)


def raster(data: MapData, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """uint8 (height, width, 4) BGRA: the highest severity of each cell as a colour, transparent where there is none."""
    picture = np.zeros((height, width, 4), np.uint8)
    if not len(data.x_m):
        return picture
    column = np.clip((data.x_m / max(data.length_m, 1e-9) * width).astype(int), 0, width - 1)
    row = np.clip((data.y_mm / max(data.width_mm, 1e-9) * height).astype(int), 0, height - 1)
    worst = np.zeros((height, width), np.uint8)
    levels = level(data.severity).astype(np.uint8) + 1
    np.maximum.at(worst, (row, column), levels)
    for place in data.longest(2 * max(data.length_m, 1e-9) / width):
        first, last = (int(metres / max(data.length_m, 1e-9) * width) for metres in data.stretch(place))
        np.maximum(worst[row[place], first : last + 1], levels[place], out=worst[row[place], first : last + 1])
    for number, colour in enumerate(COLOURS, 1):
        rgb = [int(colour[k : k + 2], 16) for k in (5, 3, 1)]
        picture[worst == number] = (*rgb, 235)
    return picture


def map_svg(data: MapData) -> str:
    """The whole coil in one SVG document."""
    width, height = LEFT + WIDTH + 24, TOP + HEIGHT + GAP + DENSITY + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" {FONT} font-size="13">',
        f"<title>{escape(data.name)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *_legend(data),
        f'<g transform="translate({LEFT} {TOP})">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f2f4f6" stroke="{FRAME}"/>',
        *_gaps(data),
        *_across(data),
        *_lengths(data),
        *_marks(data),
        *_periodic(data),
        "</g>",
        f'<g transform="translate({LEFT} {TOP + HEIGHT + GAP})">',
        *_bars(data),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def map_png(data: MapData) -> bytes:
    """The marks alone, PNG: for systems that take pictures only. Head to the left, the stated edge above."""
    picture = np.full((HEIGHT, WIDTH, 3), (246, 244, 242), np.uint8)
    for gap in data.gaps:
        first, last = (int(place / max(data.length_m, 1e-9) * WIDTH) for place in (gap.from_m, gap.to_m))
        picture[:, first : max(last, first + 1)] = (160, 148, 138)
    marks = raster(data)
    seen = cv2.dilate(marks, np.ones((3, 3), np.uint8)) if len(data.x_m) <= MOST_MARKS else marks
    picture[seen[..., 3] > 0] = seen[..., :3][seen[..., 3] > 0]
    done, encoded = cv2.imencode(".png", picture)
    return encoded.tobytes() if done else b""


def _x(data: MapData, x_m: float) -> float:
    return x_m / max(data.length_m, 1e-9) * WIDTH


def _y(data: MapData, y_mm: float) -> float:
    return min(max(y_mm / max(data.width_mm, 1e-9), 0.0), 1.0) * HEIGHT


def _gaps(data: MapData) -> Iterator[str]:
    for gap in data.gaps:
        at, wide = _x(data, gap.from_m), max(1.0, _x(data, gap.to_m - gap.from_m))
        yield (
            f'<rect x="{at:.1f}" y="0" width="{wide:.1f}" height="{HEIGHT}" fill="{GREY}" fill-opacity="0.75">'
            f"<title>not inspected, {gap.from_m:.2f} to {gap.to_m:.2f} m: {escape(gap.reason)}</title></rect>"
        )


def _across(data: MapData) -> Iterator[str]:
    for value, text in nice_ticks(0, data.width_mm, 4):
        at = _y(data, value)
        yield f'<line x1="-5" y1="{at:.1f}" x2="0" y2="{at:.1f}" stroke="{FRAME}"/>'
        yield f'<text x="-9" y="{at + 4.5:.1f}" fill="{SOFT}" text-anchor="end">{text}</text>'
    turned = f'transform="translate(-48 {HEIGHT / 2:g}) rotate(-90)"'
    yield f'<text {turned} fill="{INK}" text-anchor="middle">mm across</text>'


def _marks(data: MapData) -> Iterator[str]:
    order = np.argsort(data.severity, kind="stable")
    if len(order) > MOST_MARKS:
        _, png = cv2.imencode(".png", raster(data))
        uri = "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()
        yield f'<image width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="none" href="{uri}"/>'
        return
    levels = level(data.severity)
    for place in order.tolist():
        x, y = _x(data, float(data.x_m[place])), _y(data, float(data.y_mm[place]))
        size = 2.6 + 1.3 * int(levels[place])
        shape = SHAPES[int(data.label[place]) % len(SHAPES)]
        label = data.labels[int(data.label[place])] or "defect"
        title = f"{label}, {data.x_m[place]:.2f} m, {data.y_mm[place]:.0f} mm, severity {data.severity[place]:.2f}"
        yield mark(shape, x, y, size, COLOURS[int(levels[place])], title)


def _lengths(data: MapData) -> Iterator[str]:
    """A line along each defect that is longer than its mark; the raster has them where marks are one."""
    if len(data.x_m) > MOST_MARKS:
        return
    for place in data.longest(8 * data.length_m / WIDTH):
        (first, last), y = (_x(data, metres) for metres in data.stretch(place)), _y(data, float(data.y_mm[place]))
        colour = COLOURS[int(level(data.severity[place : place + 1])[0])]
        yield f'<line x1="{first:.1f}" y1="{y:.1f}" x2="{last:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="3"/>'


def mark(shape: str, x: float, y: float, size: float, colour: str, title: str = "") -> str:
    """One symbol."""
    style = f'fill="{colour}" stroke="white" stroke-width="0.8"'
    inside = f"<title>{escape(title)}</title>" if title else ""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {style}>{inside}</circle>'
    a = size * 1.1
    points = {
        "square": ((-a, -a), (a, -a), (a, a), (-a, a)),
        "triangle": ((0, -1.3 * a), (1.2 * a, a), (-1.2 * a, a)),
        "diamond": ((0, -1.4 * a), (1.4 * a, 0), (0, 1.4 * a), (-1.4 * a, 0)),
        "cross": (
            (-a, -0.4 * a),
            (-0.4 * a, -0.4 * a),
            (0, -1.4 * a),
            (0.4 * a, -0.4 * a),
            (a, -0.4 * a),
            (0, 1.2 * a),
        ),
    }[shape]
    text = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points)
    return f'<polygon points="{text}" {style}>{inside}</polygon>'


def _periodic(data: MapData) -> Iterator[str]:
    for number, each in enumerate(data.periodic, 1):
        dashes = ' stroke-dasharray="7 5"' if each.get("is_faint") else ""
        drift = each["drift_mm_per_100_m"] * (each["to_m"] - each["from_m"]) / 200
        (x1, y1), (x2, y2) = (
            (_x(data, each["from_m"]), _y(data, each["y_mm"] - drift)),
            (_x(data, each["to_m"]), _y(data, each["y_mm"] + drift)),
        )
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{BLUE}" stroke-width="1.6"{dashes}>'
            f"<title>every {each['pitch_m']:.3f} m, {each['hits']} of {each['expected']}</title></line>"
        )
        yield (
            f'<text x="{min(x1 + 4, WIDTH - 90):.1f}" y="{max(y1 - 6, 12):.1f}" fill="{BLUE}" font-weight="650" '
            f'stroke="white" stroke-width="3.5" paint-order="stroke">P{number}: {each["pitch_m"]:.3f} m</text>'
        )


def _bars(data: MapData) -> Iterator[str]:
    edges, per_m = density(data)
    highest = float(per_m.max(initial=0)) or 1.0
    for left, right, value in zip(edges[:-1], edges[1:], per_m, strict=True):
        if value > 0:
            x, tall = _x(data, float(left)), float(value) / highest * DENSITY
            yield (
                f'<rect x="{x:.1f}" y="{DENSITY - tall:.1f}" width="{max(_x(data, float(right)) - x, 1):.1f}" '
                f'height="{tall:.1f}" fill="{AMBER}" fill-opacity="0.8"/>'
            )
    yield f'<line x1="0" y1="{DENSITY}" x2="{WIDTH}" y2="{DENSITY}" stroke="{FRAME}"/>'
    yield f'<text x="-9" y="10" fill="{SOFT}" text-anchor="end">{highest:.3g}</text>'
    yield f'<text transform="translate(-48 {DENSITY / 2:g}) rotate(-90)" fill="{INK}" text-anchor="middle">per m</text>'
    for value, text in nice_ticks(0, data.length_m, 10):
        at = _x(data, value)
        yield f'<line x1="{at:.1f}" y1="{DENSITY}" x2="{at:.1f}" y2="{DENSITY + 5}" stroke="{FRAME}"/>'
        shown = f"{float(text):,.12g}" if abs(value) >= 1 else text
        yield f'<text x="{at:.1f}" y="{DENSITY + 19}" fill="{SOFT}" text-anchor="middle">{shown}</text>'
    yield f'<text x="{WIDTH / 2:g}" y="{DENSITY + 42}" fill="{INK}" text-anchor="middle">metres from the head</text>'


def _legend(data: MapData) -> Iterator[str]:
    x = float(LEFT)
    limits = ("1", *map(str, SEVERE))
    for number, colour in enumerate(COLOURS):
        text = f"severity from {limits[number]}"
        yield mark("circle", x + 5, 22, 2.6 + 1.3 * number, colour)
        yield f'<text x="{x + 14:.0f}" y="26.5" fill="{INK}">{text}</text>'
        x += 24 + 7.2 * len(text)
    for number, label in enumerate(data.labels[:6]):
        if label:
            yield mark(SHAPES[number % len(SHAPES)], x + 5, 22, 4, SOFT)
            yield f'<text x="{x + 14:.0f}" y="26.5" fill="{INK}">{escape(label)}</text>'
            x += 26 + 7.2 * len(label)
    if data.gaps:
        yield f'<rect x="{x:.0f}" y="16" width="14" height="12" fill="{GREY}" fill-opacity="0.75"/>'
        yield f'<text x="{x + 20:.0f}" y="26.5" fill="{INK}">not inspected</text>'
        x += 120
    if data.periodic:
        yield f'<line x1="{x:.0f}" y1="22" x2="{x + 16:.0f}" y2="22" stroke="{BLUE}" stroke-width="2"/>'
        yield f'<text x="{x + 22:.0f}" y="26.5" fill="{INK}">periodic</text>'
