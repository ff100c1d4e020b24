"""Five kinds of defects on the surfaces of other_materials.py, and the sets that they make."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from bank_forms import Set
from other_materials import MATERIALS, SIDE, Field, Rng, X, Y, noise

Marked = tuple[Field, np.ndarray]  # image, bool (SIDE, SIDE)


def scratch(image: Field, rng: Rng) -> Marked:
    """30 to 90 px long, 1 or 2 px wide, 1.5 times as strong as the surface's contrast, 35 grey levels at least."""
    along = np.linspace(-0.5, 0.5, 6)[:, None] * rng.uniform(30, 90)
    angle = rng.uniform(0, np.pi)
    path = rng.uniform(40, SIDE - 40, 2) + along * (np.cos(angle), np.sin(angle)) + rng.normal(0, 1.2, (6, 2))
    mark = np.zeros((SIDE, SIDE), np.float32)
    cv2.polylines(mark, [(path * 8).astype(np.int32)], False, 1.0, int(rng.integers(1, 3)), cv2.LINE_AA, 3)
    return image + rng.choice([-1, 1]) * mark[..., None] * max(35.0, 1.5 * contrast(image)), mark > 0.3


def blob(image: Field, rng: Rng) -> Marked:
    """Nearly black or white, 8 to 18 px."""
    x, y = rng.uniform(40, SIDE - 40, 2).astype(int).tolist()
    axes = (int(rng.uniform(4, 9)), int(rng.uniform(4, 9)))
    mark = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(mark, (x, y), axes, rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
    share = 0.8 * cv2.GaussianBlur(mark, (0, 0), 1.0)
    return image * (1 - share[..., None]) + share[..., None] * rng.choice([30, 235]), share > 0.24


def stain(image: Field, rng: Rng) -> Marked:
    """A fifth darker or lighter, 32 to 60 px, with an uneven rim."""
    x, y = rng.uniform(40, SIDE - 40, 2)
    away = np.hypot(X - x, Y - y) + noise(rng, 8, 4)
    share = 1 / (1 + np.exp((away - rng.uniform(16, 30)) / 1.5))
    tint = np.array((0.8, 0.8, 0.75) if rng.integers(2) else (1.15, 1.15, 1.2))
    return image * (1 + share[..., None] * (tint - 1)), share > 0.3


def smear(image: Field, rng: Rng) -> Marked:
    """A square of 28 to 52 px without its texture."""
    half, (x, y) = int(rng.integers(14, 26)), rng.uniform(40, SIDE - 40, 2).astype(int)
    place = np.s_[y - half : y + half, x - half : x + half]
    smeared, mark = image.copy(), np.zeros((SIDE, SIDE), np.bool_)
    smeared[place], mark[place] = cv2.GaussianBlur(image[place], (0, 0), 3.0), True
    return smeared, mark


def dent(image: Field, rng: Rng) -> Marked:
    """Lit on one side, dark on the other, 20 to 30 px."""
    x, y = rng.uniform(40, SIDE - 40, 2)
    radius = rng.uniform(9, 16)
    across, down = (X - x) / radius, (Y - y) / radius
    hollow = np.exp(-(across**2 + down**2))
    shade = rng.choice([-1, 1]) * (0.8 * across + 0.6 * down) * hollow * max(60.0, 2 * contrast(image))
    return image + shade[..., None], hollow > 0.3


DEFECTS: tuple[Callable[[Field, Rng], Marked], ...] = (scratch, blob, stain, smear, dent)


def contrast(image: Field) -> float:
    """Mean std of the channels."""
    return float(image.std((0, 1)).mean())


def made(name: str, seed: int, good: int, tests: int) -> Set:
    """`good` images of a material that teach; as many new ones as defective ones, each kind of defect in turn."""
    rng = np.random.default_rng([seed, list(MATERIALS).index(name)])
    surface, none = MATERIALS[name], np.zeros((SIDE, SIDE), np.bool_)
    test = [(in_bytes(surface(rng)), none) for _ in range(tests)]
    for number in range(tests):
        image, mask = DEFECTS[number % len(DEFECTS)](surface(rng).astype(np.float32), rng)
        test.append((in_bytes(image), mask))
    return Set(name, [in_bytes(surface(rng)) for _ in range(good)], test)


def in_bytes(image: Field) -> np.ndarray:
    """uint8 (SIDE, SIDE, 3)."""
    return np.asarray(np.clip(image, 0, 255), np.uint8)
