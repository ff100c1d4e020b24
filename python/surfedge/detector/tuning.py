"""How fast is this bundle on this PC, with which settings, and does that hold the line?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle
from statistics import median

import numpy as np

from surfedge.bundle import Bundle
from surfedge.cores import usable_cores
from surfedge.detector.detector import Detector
from surfedge.errors import ArgumentError, SurfedgeError
from surfedge.images import Frame
from surfedge.methods import Networked
from surfedge.progress import Progress, silent
from surfedge.result import Result

SECONDS = 1.0
LONGER = 3.0  # the best setting is measured again for so many times as long: the largest of several figures flatters
LEAST_PARTS = 8  # then of each worker, or ten times as long: near the end some of them have nothing left to do

Passed = Iterator[tuple[int, float]]
"""Pixels that were inspected, and the milliseconds that they took, part after part."""
Inspected = Callable[[Detector, Iterator[np.ndarray | Frame], int], Passed]
"""Of a detector, frames without end, and how many are inspected at once."""


@dataclass(frozen=True)
class Line:
    """speed_m_per_min of the material, pixel_mm of the camera, width_mm that is inspected (one side)."""

    speed_m_per_min: float
    pixel_mm: float
    width_mm: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < 1e6:
                raise ArgumentError(name, found=value, expected="above 0")

    @property
    def width_px(self) -> int:
        """Pixels across the material."""
        return max(1, round(self.width_mm / self.pixel_mm))

    @property
    def pixels_per_s(self) -> float:
        """What the line asks for: speed x width / pixel area."""
        return self.speed_m_per_min * 1000 / 60 * self.width_mm / self.pixel_mm**2

    def speed_of(self, pixels_per_s: float) -> float:
        """The line speed in m/min that this many pixels a second hold.

        >>> line = Line(300, 0.5, 1000)
        >>> round(line.pixels_per_s / 1e6), line.speed_of(line.pixels_per_s)
        (20, 300.0)
        """
        return pixels_per_s * self.pixel_mm**2 / self.width_mm * 60 / 1000


@dataclass(frozen=True)
class Setting:
    """workers : images at once. threads, streams, batch, precision : of the engine. screen : one is in front."""

    workers: int
    threads: int = 0
    streams: int = 0
    batch: int = 16
    precision: str = "f32"
    screen: bool = True


@dataclass(frozen=True)
class Trial:
    """pixels_per_s : inspected, over all workers. milliseconds : median per frame. skipped_share : by the screen.
    score_change, flips : largest difference of a score, and verdicts that differ, from the bundle's own settings.
    """

    setting: Setting
    pixels_per_s: float
    milliseconds: float
    skipped_share: float
    score_change: float
    flips: int


@dataclass(frozen=True)
class Tuning:
    """trials : all that was measured. best : the fastest that gives the bundle's own scores. held : the same setting,
    measured once more and for longer: what the PC holds."""

    trials: tuple[Trial, ...]
    best: Trial
    held: Trial

    def written(self, bundle: Bundle, line: Line) -> Bundle:
        """A copy of `bundle` whose runtime section holds the best settings and what they were measured to hold."""
        chosen = asdict(self.best.setting)
        tuned = {
            "pixels_per_s": round(self.held.pixels_per_s),
            "cores": usable_cores(),
            **asdict(line),
            "holds_m_per_min": round(line.speed_of(self.held.pixels_per_s), 1),
        }
        return replace(bundle, runtime={**bundle.runtime, **chosen, "tuned": tuned}, identity="")


def tune(
    bundle: Bundle,
    frames: Sequence[np.ndarray | Frame],
    *,
    device: str = "AUTO",
    seconds: float = SECONDS,
    inspected: Inspected | None = None,
    progress: Progress = silent,
) -> Tuning:
    """Measures `bundle` on `frames` (decoded; two or more make sense) with the settings worth trying here.

    Workers, threads and streams first, then the batch with the best of them; then, for information only, without the
    screen and with the other precisions, which change scores. seconds : time for each setting, above 0 to 3600.
    inspected : how frames pass, None for images one by one; `surfedge.strips.as_strip` for those of a coil.
    Raises ArgumentError for another time and for no frame.
    """
    if not 0 < seconds <= 3600:
        raise ArgumentError("seconds", found=seconds, expected="above 0, at most 3600")
    if not frames:
        raise ArgumentError("frames", found="none", expected="at least one", remedy="check the path of the images")
    own = Setting(1, precision=bundle.runtime.get("precision", "f32"), screen=bundle.runtime.get("screen", True))
    if bundle.plausibility:  # the speed on frames of any kind is asked for, not a verdict on them
        bundle = replace(bundle, plausibility={**bundle.plausibility, "action": "note"})
    network = Detector(bundle, device=device)
    truth = [network(frame) for frame in frames]
    trials: list[Trial] = []
    passed = inspected or as_images

    def measured(setting: Setting, longer: float = 1.0, least: int = 1) -> Trial:
        return _measured(bundle, frames, truth, setting, device, longer * seconds, passed, least)

    def attempt(settings: list[Setting], what: str) -> Trial:
        for setting in settings:
            progress(len(trials), len(trials) + len(settings), what)
            try:
                trials.append(measured(setting))
            except SurfedgeError:
                continue  # this PC cannot do it
        return max((trial for trial in trials if _is_same(trial, own)), key=lambda trial: trial.pixels_per_s)

    cores = usable_cores()
    if not isinstance(network.method, Networked):
        best = attempt([replace(own, workers=n) for n in sorted({1, cores, 2 * cores})], "workers")
        return Tuning(tuple(trials), best, measured(best.setting, LONGER, LEAST_PARTS * best.setting.workers))
    shapes = {(cores, 0, 0), (1, cores, 1), (cores, cores, cores), (2 * cores, cores, cores), (1, 1, 1)}
    best = attempt([replace(own, workers=w, threads=t, streams=s) for w, t, s in sorted(shapes)], "threads")
    if getattr(network.method, "view", "tiles") == "tiles":
        best = attempt([replace(best.setting, batch=batch) for batch in (1, 4, 32)], "batch")
    if network.method.screen is not None:
        attempt([replace(best.setting, screen=False)], "screen")
    attempt(
        [replace(best.setting, precision=other) for other in ("f32", "bf16", "f16") if other != own.precision],
        "precision",
    )
    return Tuning(tuple(trials), best, measured(best.setting, LONGER, LEAST_PARTS * best.setting.workers))


def _is_same(trial: Trial, own: Setting) -> bool:
    return (trial.setting.precision, trial.setting.screen) == (own.precision, own.screen)


def _measured(
    bundle: Bundle,
    frames: Sequence[np.ndarray | Frame],
    truth: Sequence[Result],
    setting: Setting,
    device: str,
    seconds: float,
    passed: Inspected,
    least: int,
) -> Trial:
    """least : parts that are measured, unless that takes ten times the `seconds`."""
    chosen = asdict(setting)
    detector = Detector(replace(bundle, runtime={**bundle.runtime, **chosen}), device=device)
    found = [detector(frame) for frame in frames]
    pairs = list(zip(found, truth, strict=True))
    times: list[float] = []
    pixels, start = 0, time.perf_counter()
    last = start

    def until_over() -> Iterator[np.ndarray | Frame]:
        for frame in cycle(frames):
            yield frame
            spent = time.perf_counter() - start
            if spent >= seconds and (len(times) >= least or spent >= 10 * seconds):
                return

    for count, milliseconds in passed(detector, until_over(), setting.workers):
        last = time.perf_counter()
        times.append(milliseconds)
        pixels += count
    return Trial(
        setting,
        pixels / (last - start),
        median(times),
        float(np.mean([result.skipped_share for result in found])),
        max(abs(a.score - b.score) for a, b in pairs),
        sum(a.is_defective != b.is_defective for a, b in pairs),
    )


def as_images(detector: Detector, frames: Iterator[np.ndarray | Frame], workers: int) -> Passed:
    """Frames as images of their own, as `surfedge score` inspects them."""
    for _, result in detector.stream(frames, workers=workers):
        if isinstance(result, SurfedgeError):
            raise result
        yield result.shape[0] * result.shape[1], result.milliseconds
