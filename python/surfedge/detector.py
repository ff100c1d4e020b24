"""The pipeline on one page: read, make the map, decide."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np

from surfedge.bundle import Bundle
from surfedge.decision import Decision
from surfedge.errors import ArgumentError, BundleError, SurfedgeError
from surfedge.images import Frame, to_picture
from surfedge.methods import METHODS, Method
from surfedge.networked import Networked
from surfedge.preparation import Preparation
from surfedge.presets import default_bundle
from surfedge.records import put_together
from surfedge.registry import resolve
from surfedge.result import Result
from surfedge.runtime import PRECISIONS, EngineOptions

Source = TypeVar("Source", str, Path, np.ndarray)


class Detector:
    """Inspects images with a bundle; without one, with a method that needs neither training nor calibration.

    Parameters
    ----------
    bundle : path of a ``.surfedge`` file, a Bundle, or None for the training-free default.
    device : "CPU", "GPU", or "AUTO" (a GPU where the engine finds one); only networks look at it.
    threads : CPU threads of a network, 0 leaves it to the engine.

    A Detector is immutable and may be called from any number of threads.

    >>> import numpy as np
    >>> plate = np.random.default_rng(0).normal(128, 4, (128, 128)).clip(0, 255).astype(np.uint8)
    >>> plate[60:70, 40:90] = 10
    >>> Detector()(plate).is_defective
    True
    """

    def __init__(
        self, bundle: str | Path | Bundle | None = None, *, device: str = "AUTO", threads: int = 0
    ) -> None:
        self.bundle = _opened(bundle)
        self.preparation = _from_bundle(self.bundle, Preparation, self.bundle.input, "input")
        self.decision = _from_bundle(self.bundle, Decision, self.bundle.decision, "decision")
        self.method = _method_of(self.bundle, device, threads)
        try:
            self.method.warm_up()
        except ArgumentError as error:
            raise BundleError("bundle", found=str(error), expected="a network that fits the method",
                              remedy="export it again") from error  # fmt: skip

    def __call__(self, image: str | Path | np.ndarray | Frame) -> Result:
        """Inspect one image.

        image : path of a file, or array (H, W) or (H, W, 3) RGB of uint8, uint16 or float in [0, 1]; never changed.

        Raises ImageError for an image that cannot be inspected.
        """
        frame = self.preparation.read(image)
        start = perf_counter()
        seen = self.preparation.filter(frame)
        raw_map = self.method.anomaly_map(seen)
        judgement = self.decision.judge(raw_map, frame.shape, self.method.cell_px)
        return Result(
            score=judgement.score,
            threshold=self.decision.threshold,
            is_defective=judgement.is_defective,
            anomaly_map=judgement.anomaly_map,
            mask=judgement.mask,
            regions=judgement.regions,
            shape=frame.shape,
            image=to_picture(frame),
            method=self.bundle.method,
            milliseconds=1e3 * (perf_counter() - start),
            notes=seen.notes,
        )

    def stream(
        self, images: Iterable[Source], *, workers: int = 0
    ) -> Iterator[tuple[Source, Result | SurfedgeError]]:
        """Inspect many images, decoding and inspection overlapped; (image, result) in the order given.

        An image that cannot be inspected gives its SurfedgeError in place of a result, so that one broken file
        does not end the run. At most ``2 * workers`` images are in memory. workers : threads, 0 for one per core.
        """
        if workers < 0:
            raise ArgumentError("workers", found=workers, expected="0 or more", remedy="0 takes one per core")
        return self._stream(images, workers or os.cpu_count() or 1)

    def _stream(
        self, images: Iterable[Source], workers: int
    ) -> Iterator[tuple[Source, Result | SurfedgeError]]:
        waiting: deque[tuple[Source, Future[Result]]] = deque()
        with ThreadPoolExecutor(workers, thread_name_prefix="surfedge") as pool:
            try:
                for image in images:
                    waiting.append((image, pool.submit(self, image)))
                    if len(waiting) >= 2 * workers:
                        yield _outcome(*waiting.popleft())
                while waiting:
                    yield _outcome(*waiting.popleft())
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def with_threshold(self, threshold: float) -> Detector:
        """A Detector that differs in the threshold only; the method and its network are shared."""
        return self.with_decision(replace(self.decision, threshold=float(threshold)))

    def with_decision(self, decision: Decision) -> Detector:
        """A Detector with another decision on the same maps."""
        twin = object.__new__(type(self))
        twin.bundle, twin.preparation, twin.method = self.bundle, self.preparation, self.method
        twin.decision = decision
        return twin


def _opened(bundle: str | Path | Bundle | None) -> Bundle:
    if bundle is None:
        return default_bundle()
    return bundle if isinstance(bundle, Bundle) else Bundle.read(bundle)


def _method_of(bundle: Bundle, device: str, threads: int) -> Method:
    if bundle.method not in METHODS:
        raise BundleError("bundle", found=f"the method {bundle.method!r}", expected=", ".join(METHODS),
                          remedy="update surfedge, or make the bundle again")  # fmt: skip
    method = _from_bundle(bundle, resolve(METHODS, bundle.method), bundle.settings, "method")
    if isinstance(method, Networked):
        precision = bundle.runtime.get("precision", "f32")
        if precision not in tuple(PRECISIONS):
            raise BundleError("bundle", found=f"the precision {precision!r}", expected=", ".join(PRECISIONS))
        method = method.on(EngineOptions(device=device, precision=precision, threads=threads))
    return method


def _from_bundle(bundle: Bundle, kind: type, settings: dict, section: str):  # type: ignore[no-untyped-def]
    """The record of `kind` that the bundle holds; a wrong one is the bundle's fault."""
    try:
        return put_together(kind, settings, bundle.parts_of(section), name=section)
    except SurfedgeError as error:
        raise BundleError("bundle", found=str(error), expected="settings that this release knows",
                          remedy="calibrate or export it again") from error  # fmt: skip


def _outcome(image: Source, future: Future[Result]) -> tuple[Source, Result | SurfedgeError]:
    try:
        return image, future.result()
    except SurfedgeError as error:
        return image, error
