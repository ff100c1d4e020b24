"""The pipeline on one page: read, make the map, decide."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar, overload

import cv2
import numpy as np

from surfedge.bundle import Bundle
from surfedge.cores import checked_count, usable_cores
from surfedge.decision import Decision
from surfedge.detector.loading import from_bundle, method_of, opened
from surfedge.detector.own_reference import doubts_on_good
from surfedge.detector.plausibility import Plausibility
from surfedge.detector.preparation import Preparation
from surfedge.detector.streams import Roi, check_images, ignored, is_capture, numbered, until_failure
from surfedge.engine import waited_for
from surfedge.errors import ArgumentError, BundleError, ImplausibleError, NetworkError, SurfedgeError
from surfedge.images import Frame, check_options, to_picture
from surfedge.lazy_field import made_on_use
from surfedge.result import Result

if TYPE_CHECKING:
    from surfedge.strips import CoilSummary

Source = TypeVar("Source", str, Path, np.ndarray, Frame, np.ndarray | Frame)


class Detector:
    """Inspects images with a bundle; without one, with a method that needs neither training nor calibration.

    Parameters
    ----------
    bundle : path of a ``.surfedge`` file, a Bundle, or None for the training-free default, to which each image is its
    own reference: one that is full of defects may pass as good.
    device : "CPU", "GPU", or "AUTO" (a GPU where the engine finds one); only networks use it.
    threads : CPU threads of a network, 0 leaves it to the bundle or the engine.
    screen : False sets the bundle's screen aside, so that its network sees every tile.
    color_order : of the channels of arrays, "rgb", or "bgr" for those of cv2.imread; files are always read as RGB.

    A Detector is immutable and may be called from any number of threads.

    >>> import numpy as np
    >>> plate = np.random.default_rng(0).normal(128, 4, (128, 128)).clip(0, 255).astype(np.uint8)
    >>> plate[60:70, 40:90] = 10
    >>> Detector()(plate).is_defective
    True
    """

    def __init__(
        self,
        bundle: str | Path | Bundle | None = None,
        *,
        device: str = "AUTO",
        threads: int = 0,
        screen: bool = True,
        color_order: str = "rgb",
    ) -> None:
        check_options(None, None, color_order)
        self.color_order = color_order
        self.bundle = opened(bundle)
        self.preparation = from_bundle(self.bundle, Preparation, self.bundle.input, "input")
        self.decision = from_bundle(self.bundle, Decision, self.bundle.decision, "decision")
        self.plausibility = from_bundle(self.bundle, Plausibility, self.bundle.plausibility, "plausibility")
        self.method = method_of(self.bundle, device, threads, screen)
        try:
            self.method.warm_up()
            self.decision.check_classes(self.method.class_names)
        except (ArgumentError, NetworkError) as error:
            raise BundleError(
                self.bundle.source,
                found=str(error),
                expected="a network and a decision that fit the method",
                remedy="export it again",
            ) from error

    @waited_for
    def __call__(
        self,
        image: str | Path | np.ndarray | Frame,
        *,
        ignore: np.ndarray | None = None,
        roi: Roi | None = None,
        maps: bool = True,
        color_order: str = "",
    ) -> Result:
        """Inspect one image.

        image : path of a file, or array (H, W) or (H, W, 3) of uint8, uint16 or float in [0, 1]; never changed.
        color_order : of an array's channels, "rgb" or "bgr" (cv2.imread); "" for the Detector's own, RGB by default.
        ignore : bool or uint8 (H, W), anything but 0 is not judged. roi : (x, y, width, height) in pixels, the rest is
        not judged. Both come on top of what the bundle ignores. A network still gets what lies there: its
        neighbours may depend on it. maps : False is the score-only mode: no map, mask or regions are made.

        Raises ImageError for an image that cannot be inspected; ImplausibleError for one that cannot be what the bundle
        was calibrated for (a dead, dark or frozen camera, other colours, without the regular pattern that is filtered
        out, unless what hides it is called defective); ArgumentError for a mask that does not fit it.
        """
        frame = self.preparation.read(image, color_order or self.color_order)
        start = perf_counter()
        odd = self.plausibility.check(frame)
        left_out = ignored(frame.shape, ignore, roi)
        seen, hidden = self._filtered(frame)
        raw_map = self.method.inspect(seen)
        judgement = self.decision.judge(raw_map, frame.shape, ignore=left_out, maps=maps)
        noted = odd.with_doubts(hidden).settled(judgement.is_defective, frame.source)
        skipped = 1.0 - raw_map.seen_fraction
        is_own_reference = self.bundle.calibration.get("rule", "preset") == "preset"
        return Result(
            score=judgement.score,
            threshold=judgement.threshold,
            is_defective=judgement.is_defective,
            anomaly_map=made_on_use(judgement.anomaly_map) if maps else None,
            mask=judgement.mask if maps else None,
            regions=judgement.regions if maps else (),
            shape=frame.shape,
            image=to_picture(frame) if maps else None,
            method=self.bundle.method,
            milliseconds=1e3 * (perf_counter() - start),
            notes=(
                *(doubts_on_good(frame.shape, judgement, self.decision) if is_own_reference else ()),
                *seen.notes,
                *noted,
                *raw_map.notes,
                *_gaps(skipped, judgement.ignored_share),
            ),
            skipped_share=skipped,
            ignored_share=judgement.ignored_share,
            label=judgement.label,
            probabilities=judgement.probabilities,
        )

    def _filtered(self, frame: Frame) -> tuple[Frame, tuple[str, ...]]:
        """What the method gets, and what forbids to call it good: a pattern that is not to be seen.

        Raises ImplausibleError where a threshold found on filtered images would judge one that is not.
        """
        seen, is_as_promised = self.preparation.filtered(frame)
        if is_as_promised or self.bundle.calibration.get("rule", "preset") == "preset":
            return seen, ()
        if seen.pixels is not frame.pixels:
            return replace(seen, notes=seen.notes[:-1]), seen.notes[-1:]
        raise ImplausibleError(
            frame.source or "image",
            found=seen.notes[-1],
            expected="the regular pattern that the bundle was calibrated on",
            remedy="check the image; or calibrate with --prefilter none",
        )

    def score(
        self,
        image: str | Path | np.ndarray | Frame,
        *,
        ignore: np.ndarray | None = None,
        roi: Roi | None = None,
        color_order: str = "",
    ) -> float:
        """The image score alone, equal to the Result's to rounding and faster: no map at the image's size is made.

        >>> detector, plate = Detector(), np.random.default_rng(0).integers(124, 133, (64, 64), np.uint8)
        >>> abs(detector.score(plate) - detector(plate).score) < 1e-6
        True
        """
        return self(image, ignore=ignore, roi=roi, maps=False, color_order=color_order).score

    @overload
    def stream(
        self, images: Iterable[Source], *, workers: int = 0, **how: Any
    ) -> Iterator[tuple[Source, Result | SurfedgeError]]: ...
    @overload
    def stream(
        self, images: cv2.VideoCapture, *, workers: int = 0, **how: Any
    ) -> Iterator[tuple[int, Result | SurfedgeError]]: ...
    def stream(self, images: Any, *, workers: int = 0, **how: Any) -> Iterator[tuple[Any, Result | SurfedgeError]]:
        """Inspect many images, decoding and inspection overlapped; (image, result) in the order given.

        images : paths, arrays or Frames from any iterator, or a cv2.VideoCapture, whose frames are named by their
        number from 0 and whose colours are known. An array must keep its values until its result is there: copy
        those of a ring buffer.
        workers : threads, 0 for what the bundle was tuned to, else one per core. how : as for a single image.

        An image that cannot be inspected gives its SurfedgeError in place of a result, so that one broken file
        does not end the run. Where `images` itself fails, its exception comes after the results of those it gave.
        At most ``2 * workers`` images are in memory. Raises ArgumentError at once for a capture that is not open (a
        camera that is not there), and ImageError for one that ends before its first frame.
        """
        threads = checked_count("workers", workers)
        check_images(images)
        if is_capture(images):  # its frames are turned to RGB as they are taken
            how = {**how, "color_order": "rgb"}
        return self._stream(images, threads or self.workers, how)

    @property
    def workers(self) -> int:
        """Images inspected at once by default: what the bundle was tuned to, else one per core."""
        return int(self.bundle.runtime.get("workers", 0)) or usable_cores()

    def _stream(self, images: Any, workers: int, how: dict[str, Any]) -> Iterator[tuple[Any, Result | SurfedgeError]]:
        waiting: deque[tuple[Any, Future[Result]]] = deque()
        failures: list[Exception] = []
        with ThreadPoolExecutor(workers, thread_name_prefix="surfedge") as pool:
            try:
                for key, image in until_failure(numbered(images), failures):
                    waiting.append((key, pool.submit(self, image, **how)))
                    if len(waiting) >= 2 * workers:
                        yield _outcome(*waiting.popleft())
                while waiting:
                    yield _outcome(*waiting.popleft())
                for failure in failures:
                    raise failure
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def strip(self, source: Any, out: str | Path, *, pixel_size_mm: float, **how: Any) -> CoilSummary:
        """Inspect a strip of any length, lines in blocks, and leave its table, list and map in the folder `out`.

        source : a path, arrays (lines, columns), a cv2.VideoCapture. how : as in `surfedge.strips.strip`, whose errors
        it raises too.

        >>> from tempfile import TemporaryDirectory
        >>> lines = np.random.default_rng(0).integers(124, 133, (512, 256), np.uint8)
        >>> with TemporaryDirectory() as folder:
        ...     Detector().strip([lines], folder, pixel_size_mm=0.5).defects
        0
        """
        from surfedge.strips import strip

        return strip(self, source, out, pixel_size_mm=pixel_size_mm, **how)

    def with_threshold(self, threshold: float) -> Detector:
        """A Detector that differs in the threshold only, which then holds for every image; the method and its network
        are shared."""
        try:
            limit = float(threshold)
        except (TypeError, ValueError, OverflowError):
            raise ArgumentError("threshold", found=repr(threshold)[:80], expected="a number") from None
        return self.with_decision(replace(self.decision, threshold=limit, own_limit=False))

    def with_plausibility(self, action: str) -> Detector:
        """A Detector that refuses implausible images, "refuse", or judges them too and says so, "note"."""
        twin = copy(self)
        twin.plausibility = replace(self.plausibility, action=action)
        return twin

    def with_decision(self, decision: Decision) -> Detector:
        """A Detector with another decision on the same maps."""
        decision.check_classes(self.method.class_names)
        twin = copy(self)
        twin.decision = decision
        return twin


def _gaps(skipped: float, ignored: float) -> tuple[str, ...]:
    """Notes on the fractions of the image that were not inspected: an unreported gap is an escape."""
    gaps = ((skipped, "passed the screen, not run through the network"), (ignored, "ignored, not judged"))
    return tuple(f"{fraction:.1%} of the image {what}" for fraction, what in gaps if fraction > 0)


def _outcome(image: Any, future: Future[Result]) -> tuple[Any, Result | SurfedgeError]:
    try:
        return image, future.result()
    except SurfedgeError as error:
        return image, error
