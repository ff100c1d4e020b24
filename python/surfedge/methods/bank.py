"""Patch statistics compared with a bank: those of the default, whitened where they are, against the nearest good ones.

The features are those of surfedge.methods.statistics; what is usual may have several forms (a part, its gap, its
holder), for which one Gaussian has no place. Until it has learned it is that method.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import require
from surfedge.images import Frame
from surfedge.methods.bank_of_features import BankForm, FeatureBank, learn_bank
from surfedge.methods.method import Method
from surfedge.methods.statistics import Statistics


@dataclass(frozen=True)
class Bank(Method):
    """cell_px, patch_cells, shrinkage, own_share, use_colour, own_reference : as in Statistics. entries, positions,
    prior_images, by_spacing, seed : see BankForm. centre, triangle, bank, spacing : learned, see FeatureBank.
    """

    name: ClassVar[str] = "bank"
    cell_px: int = 4
    patch_cells: tuple[int, ...] = (1, 3, 9)
    shrinkage: float = 0.01
    own_share: float = 0.5
    use_colour: bool = True
    own_reference: str = "plain"
    entries: int = 1000
    positions: int = 32
    prior_images: float = 40.0
    by_spacing: bool = True
    seed: int = 0
    centre: np.ndarray | None = None
    triangle: np.ndarray | None = None
    bank: np.ndarray | None = None
    spacing: np.ndarray | None = None

    def __post_init__(self) -> None:
        require("bank.entries", self.entries, 0 <= self.entries <= 65_536, "0 to 65,536")
        require("bank.positions", self.positions, 1 <= self.positions <= 64, "1 to 64")
        require("bank.prior_images", self.prior_images, 0 < self.prior_images <= 1e6, "above 0, at most 1e6")
        require("bank.seed", self.seed, self.seed >= 0, "0 or more")
        self.statistics  # noqa: B018  # checks the settings that are its own
        self._check_learned()

    def _check_learned(self) -> None:
        """All arrays or none, float32, finite, of shapes that fit each other and the settings."""
        learned = {name: getattr(self, name) for name in ("centre", "triangle", "bank", "spacing")}
        given = [name for name, values in learned.items() if values is not None]
        if not given:
            return
        require("bank.centre", f"{', '.join(given)} alone", len(given) == len(learned), "all that is learned, or none")
        for name, values in learned.items():
            require(f"bank.{name}", values.dtype, values.dtype == np.float32, "float32")
            require(f"bank.{name}", "NaN or infinity", bool(np.isfinite(values).all()), "finite values")
        shape = learned["centre"].shape
        sizes = [self.statistics.count(colour) for colour in (False, True)]
        is_grid = len(shape) == 3 and shape[2] in sizes and min(shape[:2]) >= 1 and max(shape[:2]) <= self.positions
        require("bank.centre", shape, is_grid, f"(R, C, {sizes[0]} or {sizes[1]}), {self.positions} positions at most")
        triangle = (*shape[:2], shape[2] * (shape[2] + 1) // 2)
        require("bank.triangle", learned["triangle"].shape, learned["triangle"].shape == triangle, str(triangle))
        entries = learned["bank"].shape
        fits = len(entries) == 2 and entries[1] == shape[2] and (1 if self.entries else 0) <= entries[0] <= self.entries
        require("bank.bank", entries, fits, f"(M, {shape[2]}), {self.entries} entries at most")
        spacing = learned["spacing"]
        fits = spacing.shape == entries[:1] and bool((spacing > 0).all())
        require("bank.spacing", spacing.shape, fits, f"({entries[0]},), above 0")

    @cached_property
    def statistics(self) -> Statistics:
        """The same features compared by one Gaussian, not yet learned."""
        return Statistics(
            self.cell_px,
            self.patch_cells,
            self.shrinkage,
            own_share=self.own_share,
            use_colour=self.use_colour,
            own_reference=self.own_reference,
        )

    @cached_property
    def _learned(self) -> FeatureBank | None:
        if self.centre is None or self.triangle is None or self.bank is None or self.spacing is None:
            return None
        return FeatureBank(self._form, self.centre, self.triangle, self.bank, self.spacing)

    @property
    def _form(self) -> BankForm:
        return BankForm(
            self.entries,
            self.positions,
            2,
            self.prior_images,
            self.shrinkage,
            self.own_share,
            self.by_spacing,
            self.seed,
        )

    def inspect(self, frame: Frame) -> RawMap:
        """Distance of each cell, in standard deviations, from the nearest good one; float32 (ceil(H / cell_px),
        ceil(W / cell_px))."""
        learned = self._learned
        if learned is None:
            return self.statistics.inspect(frame)
        with_colour = learned.centre.shape[2] == self.statistics.count(True)
        return RawMap(learned.distance(self.statistics.features(frame, with_colour)), self.cell_px)

    def fit(self, frames: Iterable[Frame]) -> Bank:
        """A copy that knows good images; colour only if the first is in colour, and a grey one then has none.

        There is no `learn`: which entries are kept depends on every image, so that none can be taken out again.
        Calibration fits anew without each fourth of the images instead.
        """
        chosen: list[bool] = []

        def features() -> Iterable[np.ndarray]:
            for frame in frames:
                if not chosen:
                    chosen.append(self.use_colour and frame.pixels.ndim == 3)
                yield self.statistics.features(frame, chosen[0])

        found = learn_bank(self._form, features())
        return replace(self, centre=found.centre, triangle=found.triangle, bank=found.entries, spacing=found.spacing)
