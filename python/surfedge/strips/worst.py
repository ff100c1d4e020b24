"""Small pictures of the worst defects of a strip, cut while their lines are at hand."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from surfedge.images import from_array, to_rgb_u8
from surfedge.strips.findings import StripDefect, Tile
from surfedge.strips.joining import Piece, TileDefects, with_pictures

WORST = 20
LEAST_PX, LONGEST_PX = 96, 1024  # of what is cut out
PICTURE_PX = 224
QUALITY = 80
MARK = (255, 60, 30)


class Worst:
    """The pictures of the `WORST` highest scores; kept : those there are already, (score, picture) by number."""

    def __init__(self, kept: Mapping[int, tuple[float, bytes]] | None = None) -> None:
        self._kept = dict(kept or {})

    @property
    def pictures(self) -> dict[int, bytes]:
        """Picture by the defect's number."""
        return {number: picture for number, (_, picture) in self._kept.items()}

    @property
    def limit(self) -> float:
        """The score that a defect has to exceed to be among the worst."""
        return min(score for score, _ in self._kept.values()) if len(self._kept) >= WORST else -np.inf

    def drawn(self, tile: Tile, bit_depth: int | None = None) -> TileDefects:
        """The tile's pieces, with pictures of those that may be among the worst."""
        limit, pieces = self.limit, tile.defects.pieces
        places = sorted((k for k in range(len(pieces)) if pieces[k].score > limit), key=lambda k: -pieces[k].score)
        return with_pictures(tile.defects, [(k, picture_of(tile, pieces[k], bit_depth)) for k in places[:WORST]])

    def offer(self, defect: StripDefect) -> None:
        """Keeps a defect's picture if it is among the worst."""
        if not defect.picture or defect.score <= self.limit:
            return
        self._kept[defect.number] = (defect.score, defect.picture)
        if len(self._kept) > WORST:
            del self._kept[min(self._kept, key=lambda number: (self._kept[number][0], -number))]


def picture_of(tile: Tile, piece: Piece, bit_depth: int | None) -> bytes:
    """The surroundings of a piece with its box, WebP."""
    window, (lines, columns) = tile.window, tile.window.pixels.shape[:2]
    first, below = piece.first - window.first, piece.below - window.first
    side = int(min(LONGEST_PX, max(LEAST_PX, 1.6 * max(below - first, piece.right - piece.left))))
    top, left = (int(0.5 * (a + b) - side / 2) for a, b in ((first, below), (piece.left, piece.right)))
    top, left = max(0, min(top, lines - side)), max(0, min(left, columns - side))
    cut = window.pixels[top : top + side, left : left + side]
    depth = bit_depth if cut.dtype == np.uint16 else None
    rgb = np.ascontiguousarray(to_rgb_u8(from_array(np.ascontiguousarray(cut), bit_depth=depth)))
    scale = PICTURE_PX / max(rgb.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    rgb = cv2.resize(rgb, (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)), interpolation=how)
    corners = ((piece.left - left - 3, first - top - 3), (piece.right - left + 2, below - top + 2))
    begin, end = (tuple(round(value * scale) for value in corner) for corner in corners)
    cv2.rectangle(rgb, begin, end, MARK, 1, cv2.LINE_AA)
    done, encoded = cv2.imencode(".webp", rgb[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return encoded.tobytes() if done else b""
