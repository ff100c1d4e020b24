"""What a rendering hands back: the image and the truth about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Defect:
    """One defect to render; what is None is drawn from the seed.

    Attributes
    ----------
    name : a key of `surfedge.synthesis.DEFECTS`.
    size_mm : length of a scratch, crack or lamination, diameter of everything else, > 0.
    severity : depth and contrast, > 0; 1 is plain to see, 0.25 is subtle.
    centre_mm : (x, y) of the centre in the image, from its upper left corner.
    options : what only this kind knows, such as ``{"pitch_mm": 80}`` of a roll mark.

    >>> Defect("scratch", size_mm=30, severity=0.5).name
    'scratch'
    """

    name: str
    size_mm: float | None = None
    severity: float | None = None
    centre_mm: tuple[float, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """One visible defect.

    Attributes
    ----------
    class_name : the kind of defect.
    box : (x, y, width, height) in pixels, of its pixels in the mask.
    area_px : number of its pixels in the mask.
    contrast : mean grey-level change that it causes on them, before camera noise.
    severity, size_mm : what it was rendered with.
    group : instances with the same number belong together (the marks of one roll).
    """

    class_name: str
    box: tuple[int, int, int, int]
    area_px: int
    contrast: float
    severity: float
    size_mm: float
    group: int


@dataclass(frozen=True, eq=False)
class Rendering:
    """A rendered image with its truth.

    Attributes
    ----------
    image : uint8, (H, W), or (H, W, 3) in R, G, B order for leather.
    mask : bool, (H, W): the visible defect pixels.
    labels : uint16, (H, W): 0, or 1 + index into `instances`.
    instances : one per visible defect; the marks of one roll are instances of one group.
    surface, pixel_size_mm, seed : what was asked for; they and `parameters` render the same bytes again.
    parameters : the remaining arguments of `render`, defaults included.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    labels: NDArray[np.uint16]
    instances: tuple[Instance, ...]
    surface: str
    pixel_size_mm: float
    seed: int
    parameters: Mapping[str, Any]

    @property
    def classes(self) -> tuple[str, ...]:
        """The kinds of defect that can be seen, each once, in the order asked for."""
        return tuple(dict.fromkeys(instance.class_name for instance in self.instances))

    @property
    def is_defective(self) -> bool:
        """Whether any defect can be seen."""
        return bool(self.instances)
