"""Images judged one by one: their verdicts and masks, summed over a test set or over bootstrap samples of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calls:
    """rows : an `ImageRow` for each of M images. weights : float64 (B, M), how often each image counts.

    >>> from surfedge.metrics.test_set import ImageRow
    >>> rows = [ImageRow("a", "good", False, 0.9, 0.5, True), ImageRow("b", "hole", True, 0.8, 0.5, True)]
    >>> calls = Calls(rows, np.ones((1, 2)))
    >>> calls.false_calls.tolist(), calls.found.tolist()
    ([1.0], [1.0])
    """

    rows: Sequence[Any] = field(repr=False)
    weights: Array = field(repr=False)

    @property
    def is_limited(self) -> bool:
        """Whether every image was compared with a limit."""
        return all(np.isfinite(row.threshold) for row in self.rows)

    @property
    def is_classified(self) -> bool:
        """Whether every image was given a class."""
        return all(row.given_class for row in self.rows)

    @cached_property
    def is_named(self) -> npt.NDArray[np.bool_]:
        """Images that were given their true class, (M,)."""
        return np.array([row.given_class == row.label for row in self.rows], np.bool_)

    def column(self, name: str) -> Array:
        """One attribute of all rows, (M,)."""
        return np.array([getattr(row, name) for row in self.rows], np.float64)

    def total(self, values: Any) -> Array:
        """The sum of a value for each image (M,) over the images drawn, (B,)."""
        return np.asarray(self.weights @ np.asarray(values, np.float64))

    @cached_property
    def defective(self) -> Array:
        """Defective images."""
        return self.total(self.column("is_defect"))

    @cached_property
    def good(self) -> Array:
        """Good images."""
        return self.total(1.0 - self.column("is_defect"))

    @cached_property
    def found(self) -> Array:
        """Defective images that were called."""
        return self.total(self.column("is_defect") * self.column("is_called"))

    @cached_property
    def false_calls(self) -> Array:
        """Good images that were called."""
        return self.total((1.0 - self.column("is_defect")) * self.column("is_called"))

    @cached_property
    def hit_px(self) -> Array:
        """Pixels of the true masks that were marked."""
        return self.total(self.column("hit_px"))

    @cached_property
    def false_px(self) -> Array:
        """Pixels outside of the true masks that were marked."""
        return self.total(self.column("false_px"))

    @cached_property
    def missed_px(self) -> Array:
        """Pixels of the true masks that were not marked."""
        return self.total(self.column("missed_px"))

    @cached_property
    def is_masked(self) -> npt.NDArray[np.bool_]:
        """Images with a true mask, (M,)."""
        return self.column("regions") > 0
