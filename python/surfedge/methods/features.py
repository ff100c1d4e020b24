"""Features: a network's features of each cell, compared with what good images showed there.

Until it has learned from good images it judges nothing; learning needs no torch (`surfedge calibrate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import ArgumentError, require
from surfedge.images import Frame
from surfedge.methods.bank_of_features import BankForm
from surfedge.methods.bfloat16 import from_bfloat16
from surfedge.methods.feature_memory import FeatureMemory
from surfedge.methods.feature_network import FeatureNetwork
from surfedge.methods.feature_store import FeatureStore, projected
from surfedge.methods.lesson import Lesson
from surfedge.methods.marked_head import MarkedForm
from surfedge.methods.marked_method import MarkedMethod, See

KINDS = ("pooled", "positions", "bank")  # of memories, the cheapest first
MEMORIES = ("auto", *KINDS)


@dataclass(frozen=True)
class Features(FeatureNetwork, MarkedMethod):
    """layers : how many of the graph's D features belong to each layer, in order; () for one. dimensions : that they
    are projected to, see surfedge.methods.feature_projection.

    memory : "positions", a Gaussian for each cell; "pooled", one for all; "bank", the nearest of `entries` good cells;
    "auto", the one by which calibration tells drawn defects best, which is then `chosen`, else "positions".
    positions : most of them along a side. prior_images, shrinkage, entries, seed : see BankForm.
    projection, offset : learned, float32 (D, d) and (d,). centre, triangle, bank, spacing : learned, see FeatureMemory.
    """

    name: ClassVar[str] = "features"
    marked_form: ClassVar[MarkedForm] = MarkedForm(order=1, weight=0.1, shrinkage=0.2, gain=4.0, is_root=False)
    layers: tuple[int, ...] = ()
    dimensions: int = 128
    memory: str = "auto"
    chosen: str = ""
    positions: int = 32
    entries: int = 1000
    prior_images: float = 40.0
    shrinkage: float = 0.01
    seed: int = 0
    projection: np.ndarray | None = None
    offset: np.ndarray | None = None
    centre: np.ndarray | None = None
    triangle: np.ndarray | None = None
    bank: np.ndarray | None = None
    spacing: np.ndarray | None = None

    def __post_init__(self) -> None:
        are_sizes = all(1 <= size <= 65_536 for size in self.layers)
        require("features.layers", self.layers, are_sizes and len(self.layers) <= 64, "at most 64 numbers above 0")
        require("features.dimensions", self.dimensions, 1 <= self.dimensions <= 1024, "1 to 1024")
        require("features.memory", self.memory, self.memory in MEMORIES, ", ".join(MEMORIES))
        require("features.chosen", self.chosen, self.chosen in ("", *KINDS), ", ".join(KINDS))
        require("features.positions", self.positions, 2 <= self.positions <= 64, "2 to 64")
        require("features.entries", self.entries, 1 <= self.entries <= 65_536, "1 to 65,536")
        require("features.prior_images", self.prior_images, 0 < self.prior_images <= 1e6, "above 0, at most 1e6")
        require("features.shrinkage", self.shrinkage, 0 <= self.shrinkage <= 1, "0 to 1")
        require("features.seed", self.seed, self.seed >= 0, "0 or more")
        self._check_learned()

    def _check_learned(self) -> None:
        """All arrays or none, finite, of types and shapes that fit each other."""
        names = ("projection", "offset", "centre", "triangle", "bank", "spacing")
        learned = {name: value for name in names if (value := getattr(self, name)) is not None}
        if not learned:
            self.check_marked(None)
            require("features.marked_head", "one alone", not self.knows_defects, "what good images taught, with it")
            return
        require("features.centre", ", ".join(learned), len(learned) == len(names), "all that is learned, or none")
        for name, values in learned.items():
            kind = np.uint8 if name == "triangle" else np.float32
            require(f"features.{name}", values.dtype, values.dtype == kind, np.dtype(kind).name)
        shapes = {name: values.shape for name, values in learned.items()}
        projection, centre = shapes["projection"], shapes["centre"]
        is_matrix = len(projection) == 2 and 1 <= projection[1] <= self.dimensions
        require("features.projection", projection, is_matrix, f"(D, 1 to {self.dimensions})")
        size = projection[1]
        require("features.offset", shapes["offset"], shapes["offset"] == (size,), f"({size},)")
        is_grid = len(centre) == 3 and centre[2] == size and min(centre) >= 1 and max(centre[:2]) <= self.positions
        require("features.centre", centre, is_grid, f"(R, C, {size}), {self.positions} positions at most")
        triangle = (*centre[:2], size * (size + 1))
        require("features.triangle", shapes["triangle"], shapes["triangle"] == triangle, str(triangle))
        bank = shapes["bank"]
        require("features.bank", bank, len(bank) == 2 and bank[1] == size, f"(M, {size})")
        require("features.bank", bank, bank[0] == 0 or centre[:2] == (1, 1), "none where positions have their own")
        is_spacing = shapes["spacing"] == bank[:1] and bool((learned["spacing"] > 0).all())
        require("features.spacing", shapes["spacing"], is_spacing, f"({bank[0]},), above 0")
        for name, values in learned.items():
            numbers = from_bfloat16(values) if name == "triangle" else values
            require(f"features.{name}", "NaN or infinity", bool(np.isfinite(numbers).all()), "finite values")
        self.check_marked(projection[0])

    def variants(self) -> tuple[Features, ...]:
        """One for each kind of memory, where that is to be chosen; they share the compiled network."""
        if self.memory != "auto":
            return ()
        return tuple(replace(self, chosen=kind, shared=self.engine) for kind in KINDS)

    @property
    def kind(self) -> str:
        """Of memory, one of KINDS."""
        return self.memory if self.memory != "auto" else self.chosen or "positions"

    @property
    def form(self) -> BankForm:
        """How good features are remembered."""
        return BankForm(
            self.entries if self.kind == "bank" else 0,
            self.positions if self.kind == "positions" else 1,
            1,
            self.prior_images,
            self.shrinkage,
            0.0,
            True,
            self.seed,
        )

    @cached_property
    def _learned(self) -> FeatureMemory | None:
        if self.centre is None or self.triangle is None or self.bank is None or self.spacing is None:
            return None
        return FeatureMemory(self.centre, self.triangle, self.bank, self.spacing)

    def inspect(self, frame: Frame) -> RawMap:
        """How far each cell is from what is good there, in standard deviations, float32 (rows, columns).

        Raises ArgumentError where no good image has been learned from.
        """
        return self.judged(self.cells(frame))

    def cells(self, frame: Frame) -> np.ndarray:
        """The network's features, float32 (D, rows, columns)."""
        self._memory()
        features = self.features(frame)
        self._check_size(features.shape[2])
        return np.moveaxis(features, 2, 0)

    def distance(self, cells: np.ndarray) -> np.ndarray:
        """From what is good at each place, in standard deviations, float32 (rows, columns)."""
        memory, projection, offset = self._memory()
        return memory.distance(projected(np.moveaxis(cells, 0, 2), projection, offset))

    def _memory(self) -> tuple[FeatureMemory, np.ndarray, np.ndarray]:
        memory, projection, offset = self._learned, self.projection, self.offset
        if memory is None or projection is None or offset is None:
            raise ArgumentError(
                "features",
                found="a network alone",
                expected="what good images show",
                remedy="surfedge calibrate BUNDLE good_images/",
            )
        return memory, projection, offset

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output is features, as many as the layers have and the memory knows."""
        super().check_answers(answers)
        self._check_size(answers[0].shape[3])

    def _check_size(self, size: int) -> None:
        layers = sum(self.layers) or size
        require("features.layers", self.layers, layers == size, f"{size} in all, this network's")
        known = size if self.projection is None else len(self.projection)
        require("features.projection", f"for {known} features", known == size, f"for {size}, this network's")

    def fit(self, frames: Iterable[Frame]) -> Features:
        """A copy that knows good images."""
        return self.learn(frames).all()

    def learn_good(self, frames: Iterable[Frame], see: See) -> FeaturesLesson:
        """What good images teach; the network runs once for each."""

        def seen() -> Iterator[np.ndarray]:
            for frame in frames:
                features = self.features(frame)
                see(np.moveaxis(features, 2, 0))
                yield features

        store = FeatureStore.of(seen(), self.layers, self.dimensions, np.random.default_rng(self.seed))
        return FeaturesLesson(self, store)

    def remembering(self, store: FeatureStore, found: FeatureMemory) -> Features:
        """A copy with what was learned; the compiled network is shared."""
        return replace(
            self,
            shared=self.engine,
            projection=store.projection,
            offset=store.offset,
            centre=found.centre,
            triangle=found.triangle,
            bank=found.bank,
            spacing=found.spacing,
        )


@dataclass
class FeaturesLesson(Lesson[Features]):
    """method : with its network. store : the features of the good images."""

    method: Features
    store: FeatureStore
    _last: tuple[FeatureMemory, Features] | None = field(default=None, repr=False)

    def all(self) -> Features:
        """What all images taught."""
        return self.method.remembering(self.store, self.store.all(self.method.form))

    def without(self, number: int) -> Features:
        """What all images but `number` and the others of its fold taught; the same object for all of a fold."""
        found = self.store.without(self.method.form, number)
        if self._last is None or self._last[0] is not found:
            self._last = found, self.method.remembering(self.store, found)
        return self._last[1]
