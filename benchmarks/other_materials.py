"""Nineteen surfaces drawn by another hand than surfedge's own renderings: wood, felt, terrazzo, a circuit board, ...

No limit and no score was chosen on them. 256 x 256 px, colour; other_defects.py has five kinds of defects for them, and
`unseen_material.py --others` judges them.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Rng = np.random.Generator
Field = np.ndarray  # float32 (SIDE, SIDE), or (SIDE, SIDE, 3) in R, G, B order
SIDE = 256
Y, X = np.mgrid[:SIDE, :SIDE].astype(np.float32)


def noise(rng: Rng, sigma: float | tuple[float, float], strength: float = 1.0) -> Field:
    """Gaussian noise of std `strength`, smoothed by `sigma` px, or by so much across and down."""
    across, down = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    field = cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)).astype(np.float32), (0, 0), across, sigmaY=down)
    return np.asarray(field * (strength / field.std()), np.float32)


def tinted(grey: Field, red: float = 1.0, green: float = 1.0, blue: float = 1.0) -> Field:
    """A grey field in one colour."""
    return np.stack([grey * red, grey * green, grey * blue], -1)


def wood(rng: Rng) -> Field:
    """Wavy dark rings along the grain."""
    wave = noise(rng, (40, 12), 6) + noise(rng, (60, 3), 1.5)
    rings = np.sin((Y + wave + rng.uniform(0, 99)) * 2 * rng.uniform(0.12, 0.2))
    grey = 120 + 22 * rings + noise(rng, (12, 0.8), 6) + noise(rng, (3, 0.6), 3) + rng.normal(0, 5)
    return tinted(grey, 1.05, 0.8, 0.55)


def brushed(rng: Rng) -> Field:
    """Metal brushed across, a highlight that moves."""
    light = rng.uniform(-20, 20) * (X / SIDE - 0.5) + 15 * np.exp(-((Y / SIDE - rng.uniform(0.3, 0.7)) ** 2) / 0.05)
    return tinted(150 + noise(rng, (60, 0.7), 10) + noise(rng, (8, 0.5), 4) + light)


def terrazzo(rng: Rng) -> Field:
    """Chips of all sizes and colours in a grey ground."""
    image = np.ascontiguousarray(tinted(180 + noise(rng, 1, 3)))
    for _ in range(160):
        colour = rng.uniform(60, 230) + rng.normal(0, 12, 3)
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 8)))
        corners = rng.uniform(0, SIDE, 2) + np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(2, 9)
        cv2.fillPoly(image, [corners.astype(np.int32)], colour.tolist(), cv2.LINE_AA)
    return image


def denim(rng: Rng) -> Field:
    """A blue twill of 7 px."""
    jitter = noise(rng, 6, 1.2)
    twill = 30 * np.sin(2 * np.pi * (X + Y / 2 + jitter) / rng.uniform(6.5, 7.5))
    grey = 90 + twill + 12 * np.sin(2 * np.pi * (Y + jitter / 2) / 3.3) + noise(rng, 0.7, 9) + noise(rng, (2, 40), 6)
    return tinted(grey, 0.7, 0.85, 1.2)


def orange_peel(rng: Rng) -> Field:
    """Paint with a wavy surface lit from the side, dark places black."""
    height = noise(rng, 5) + noise(rng, 12, 0.8)
    slope = 0.8 * cv2.Sobel(height, cv2.CV_32F, 1, 0) + 0.5 * cv2.Sobel(height, cv2.CV_32F, 0, 1)
    away = (X / SIDE - rng.uniform(0.2, 0.8)) ** 2 + (Y / SIDE - rng.uniform(0.2, 0.8)) ** 2
    return tinted(130 + 28 * slope + noise(rng, 0.6, 2) + 40 * np.exp(-away / 0.2), 1.2, 0.5, 0.5)


def card(rng: Rng) -> Field:
    """Corrugated board with some fibres that stand out."""
    grey = 150 + 8 * np.sin(2 * np.pi * (Y + rng.uniform(0, 20)) / rng.uniform(15.5, 16.5))
    grey = grey + noise(rng, (6, 1), 5) + noise(rng, 0.8, 5)
    for _ in range(rng.poisson(25)):
        grey += rng.normal(0, 22) * line(rng.uniform(0, SIDE, 2), rng.uniform(0, np.pi), rng.uniform(4, 15))
    return tinted(grey, 1.0, 0.85, 0.65)


def board(rng: Rng) -> Field:
    """One circuit board, moved by up to 2 px, lit within 5 %."""
    image, moved, design = tinted(np.ones_like(X), 30, 90, 40), rng.uniform(-2, 2, 2), np.random.default_rng(7)
    image = np.ascontiguousarray(image)
    for track in range(10):
        corners = [(20.0 + 24 * track, 0.0)]
        while corners[-1][1] < SIDE:
            corners.append((corners[-1][0] + design.integers(-8, 8), corners[-1][1] + design.integers(20, 70)))
        points = ((np.array(corners) + moved) * 16).astype(np.int32)
        cv2.polylines(image, [points], False, (80, 150, 60), 4, cv2.LINE_AA, 4)
    for _ in range(18):
        x, y = ((design.uniform(15, SIDE - 15, 2) + moved) * 16).astype(int).tolist()
        cv2.circle(image, (x, y), 7 * 16, (210, 190, 120), -1, cv2.LINE_AA, 4)
        cv2.circle(image, (x, y), 3 * 16, (20, 30, 20), -1, cv2.LINE_AA, 4)
    return np.asarray(image * rng.uniform(0.95, 1.05) + noise(rng, 0.7, 4)[..., None])


def felt(rng: Rng) -> Field:
    """Curved fibres, lighter and darker."""
    grey = np.full((SIDE, SIDE), 110, np.float32)
    for _ in range(900):
        turns = rng.uniform(0, np.pi) + rng.normal(0, 0.05) * np.arange(12)
        steps = 2.5 * np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1), 0)
        points = ((rng.uniform(-10, SIDE + 10, 2) + steps) * 8).astype(np.int32)
        cv2.polylines(grey, [points], False, float(110 + rng.normal(0, 35)), 1, cv2.LINE_AA, 3)
    return tinted(cv2.GaussianBlur(grey, (0, 0), 0.7) + noise(rng, 30, 6))


def stone(rng: Rng) -> Field:
    """Clouds of all sizes."""
    clouds = sum((noise(rng, 2.0**n, 2.0 ** (0.1 * n)) for n in range(7)), np.zeros_like(X))
    return tinted(140 + 20 * clouds / clouds.std() + noise(rng, 0.6, 6), 0.93, 0.97, 1.0)


def cells(rng: Rng, count: int) -> tuple[Field, np.ndarray, np.ndarray]:
    """Cells around `count` random points: how much nearer the first is than the second, whose they are, the points."""
    points = rng.uniform(-8, SIDE + 8, (count, 2)).astype(np.float32)
    first, second, owner = np.full_like(X, 1e9), np.full_like(X, 1e9), np.zeros(X.shape, np.int64)
    for number, (x, y) in enumerate(points):
        away = np.hypot(X - x, Y - y)
        nearer = away < first
        second, owner = np.where(nearer, first, np.minimum(second, away)), np.where(nearer, number, owner)
        first = np.minimum(first, away)
    return second - first, owner, points


def pebble(rng: Rng) -> Field:
    """Pebbles with dark joints."""
    margin, owner, _ = cells(rng, 420)
    level = rng.normal(0, 9, 420).astype(np.float32)[owner]
    return tinted(60 + 70 * np.clip(margin / 4, 0, 1) + level + noise(rng, 0.7, 4), 1.0, 0.7, 0.5)


def hammered(rng: Rng) -> Field:
    """Hammered metal lit from one side."""
    _, owner, points = cells(rng, 140)
    shade = 150 + 1.54 * (X - points[owner, 0] + Y - points[owner, 1]) + noise(rng, 0.7, 3)
    return tinted(cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 1.0))


def carbon(rng: Rng) -> Field:
    """A weave of tows of 8 px."""
    x, y = X + rng.uniform(0, 16), Y + rng.uniform(0, 16)
    is_warp = (x // 8 + y // 8) % 4 < 2
    tows = np.where(is_warp, 70 + 20 * np.sin(np.pi * (x % 8) / 8), 50 + 25 * np.sin(np.pi * (y % 8) / 8))
    return tinted(tows + noise(rng, (0.6, 2), 4) + noise(rng, 0.6, 3))


def sand(rng: Rng) -> Field:
    """Grain of a pixel."""
    return tinted(128 + noise(rng, 0.8, 28), 1.0, 0.85, 0.7)


def glass(rng: Rng) -> Field:
    """Next to even, with a few specks of dust."""
    slope = rng.normal(0, 15, 2)
    grey = 180 + slope[0] * (X / SIDE - 0.5) + slope[1] * (Y / SIDE - 0.5) + noise(rng, 0.6, 1.2)
    for x, y in rng.integers(0, SIDE, (rng.poisson(3), 2)):
        grey = grey + rng.choice([-44, 44]) * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / 2.88)
    return tinted(grey)


def rust(rng: Rng) -> Field:
    """Islands of rust on grey."""
    islands = sum((noise(rng, 2.0**n, 2.0 ** (0.5 * n)) for n in range(1, 7)), np.zeros_like(X))
    share = 1 / (1 + np.exp(3 - 5 * islands / islands.std()))[..., None]
    rusty = np.array([120, 60, 30]) + noise(rng, 1, 14)[..., None]
    return np.asarray((1 - share) * tinted(110 + noise(rng, 0.8, 8) + noise(rng, 3, 6)) + share * rusty)


def knit(rng: Rng) -> Field:
    """Stitches of 11 by 7 px."""
    jitter, shift = noise(rng, 10, 0.8), rng.uniform(0, 11, 2)
    x = (X + jitter + shift[0]) % 11 - 5.5
    stitch = np.cos(2 * np.pi * (Y + shift[1] + 0.9 * np.abs(x) + jitter) / 7) * np.cos(np.pi * x / 11)
    return tinted(120 + 35 * stitch + noise(rng, 0.8, 7), 1.0, 0.7, 0.8)


def ground(rng: Rng) -> Field:
    """Ground metal with shallow scratches of its own, most in one direction."""
    grey = 150 + noise(rng, 1, 4) + noise(rng, 25, 6)
    for _ in range(90):
        start, angle, length = rng.uniform(0, SIDE, 2), rng.normal(0.3, 0.25), rng.exponential(25) + 5
        grey += rng.normal(0, 12) * line(start, angle, length)
    return tinted(grey)


def mesh(rng: Rng) -> Field:
    """Round holes in staggered columns of 14 px."""
    x, y = X + rng.uniform(0, 20), Y + rng.uniform(0, 20)
    away = np.hypot(x % 14 - 7, (y + 7 * (x // 14 % 2)) % 14 - 7)
    return tinted(190 - 150 / (1 + np.exp(2.5 * (away - 4))) + noise(rng, 0.7, 5) + noise(rng, 30, 5))


def cork(rng: Rng) -> Field:
    """Granules, some dark."""
    margin, owner, _ = cells(rng, 900)
    grey = 170 - rng.gamma(2, 9, 900).astype(np.float32)[owner] - 12 * (margin < 1.5)
    return tinted(grey + noise(rng, 0.8, 5) + noise(rng, 12, 6), 1.0, 0.75, 0.5)


_EVEN = (wood, brushed, denim, stone, sand, carbon, knit, mesh)
_UNEVEN = (terrazzo, orange_peel, card, board, felt, pebble, hammered, glass, rust, ground, cork)
MATERIALS: dict[str, Callable[[Rng], Field]] = {each.__name__: each for each in (*_EVEN, *_UNEVEN)}


def line(start: np.ndarray, angle: float, length: float) -> Field:
    """A line of 1 px, 1 on it and 0 beside it."""
    field, end = np.zeros((SIDE, SIDE), np.float32), start + length * np.array([np.cos(angle), np.sin(angle)])
    ends = ((np.array([start, end])) * 8).astype(np.int32)
    return np.asarray(cv2.polylines(field, [ends], False, 1.0, 1, cv2.LINE_AA, 3))
