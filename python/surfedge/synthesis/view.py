"""The camera's view on the material: rotation and stretch, by rendering a larger scene and resampling it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError

_LONGEST_WARP_PX = 32_000  # cv2.warpAffine counts in 16 bits


@dataclass(frozen=True)
class View:
    """A view of `shape` (H, W) on a scene of `scene_shape`; `matrix` leads from view to scene pixels."""

    shape: tuple[int, int]
    scene_shape: tuple[int, int]
    matrix: tuple[tuple[float, float, float], tuple[float, float, float]] | None

    @classmethod
    def of(cls, shape: tuple[int, int], rotation_deg: float, stretch: tuple[float, float]) -> View:
        """The view turned by `rotation_deg` and stretched by (along x, along y) about the centre.

        >>> View.of((100, 200), 0.0, (1.0, 1.0)).scene_shape
        (100, 200)
        """
        if not all(0.5 <= s <= 2 for s in stretch) or len(stretch) != 2:
            raise ArgumentError("stretch", found=stretch, expected="(along x, along y), each 0.5 to 2")
        if not abs(rotation_deg) <= 360:
            raise ArgumentError("rotation_deg", found=rotation_deg, expected="-360 to 360")
        h, w = (int(n) for n in shape)
        if rotation_deg == 0 and tuple(stretch) == (1.0, 1.0):
            return cls((h, w), (h, w), None)
        angle = np.deg2rad(rotation_deg)
        c, s = float(np.cos(angle)), float(np.sin(angle))
        a = np.array([[c / stretch[0], s / stretch[0]], [-s / stretch[1], c / stretch[1]]])
        extent = np.abs(a) @ np.array([w, h])
        scene_w, scene_h = (int(np.ceil(n)) + 6 for n in extent)
        if max(scene_w, scene_h, w, h) > _LONGEST_WARP_PX:
            raise ArgumentError(
                "shape", found=shape, expected=f"at most {_LONGEST_WARP_PX:,} px with rotation or stretch"
            )
        b = np.array([(scene_w - 1) / 2, (scene_h - 1) / 2]) - a @ np.array([(w - 1) / 2, (h - 1) / 2])
        rows = tuple((float(a[i, 0]), float(a[i, 1]), float(b[i])) for i in (0, 1))
        return cls((h, w), (scene_h, scene_w), (rows[0], rows[1]))

    def warp(self, radiance: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scene's radiance as the camera sees it."""
        return self._warp(radiance, cv2.INTER_CUBIC)

    def warp_labels(self, labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """The scene's labels as the camera sees them."""
        return self._warp(labels, cv2.INTER_NEAREST)

    def _warp(self, values: NDArray[Any], interpolation: int) -> NDArray[Any]:
        if self.matrix is None:
            return values
        size = self.shape[1], self.shape[0]
        flags = interpolation | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(values, np.array(self.matrix), size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)

    def scene_point(
        self, point_mm: tuple[float, float] | None, pixel_size_mm: float, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Scene pixel (x, y) of a point of the view in mm, or of a random one; inner 70 % of the view."""
        h, w = self.shape
        drawn = rng.uniform(0.15, 0.85, 2)
        x, y = (drawn[0] * w, drawn[1] * h) if point_mm is None else (p / pixel_size_mm for p in point_mm)
        if self.matrix is None:
            return float(x), float(y)
        a, b = self.matrix
        return float(a[0] * x + a[1] * y + a[2]), float(b[0] * x + b[1] * y + b[2])
