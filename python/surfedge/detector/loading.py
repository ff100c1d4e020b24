"""From a bundle to what a Detector is made of; whatever does not hold together is the bundle's fault."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surfedge.bundle import Bundle, deserialize
from surfedge.cores import checked_count
from surfedge.detector.presets import default_bundle
from surfedge.engine import PRECISIONS, EngineOptions, check_device
from surfedge.errors import ArgumentError, BundleError, SurfedgeError
from surfedge.methods import METHODS, Method, Networked, from_section
from surfedge.registry import resolve


@dataclass(frozen=True)
class Runtime:
    """A bundle's ``runtime`` section: how its network runs on the PC it was tuned for; 0 leaves it to the engine.

    precision : decides the scores, like the method itself. threads, streams, batch : of the engine, speed only.
    workers : images at once. screen : False sets the bundle's screen aside. tuned : what `surfedge tune` measured.
    """

    precision: str = "f32"
    threads: int = 0
    streams: int = 0
    batch: int = 16
    workers: int = 0
    screen: bool = True
    tuned: dict = field(default_factory=dict)


def opened(bundle: str | Path | Bundle | None) -> Bundle:
    """The bundle itself, read where a path is given; the training-free default for None."""
    if bundle is None:
        return default_bundle()
    kinds: Any = (str, os.PathLike, Bundle)
    if not isinstance(bundle, kinds):
        found = f"a {type(bundle).__name__}"
        raise ArgumentError("bundle", found=found, expected="a path, a Bundle, or None")
    return bundle if isinstance(bundle, Bundle) else Bundle.read(bundle)


def method_of(bundle: Bundle, device: str, threads: int, screen: bool) -> Method:
    """The bundle's method, a network with engine options and screen.

    Raises ArgumentError for a setting that no engine takes, BundleError for a bundle whose sections are wrong.
    """
    if not isinstance(device, str):
        raise ArgumentError("device", found=repr(device), expected="CPU, GPU or AUTO")
    threads = checked_count("threads", threads, remedy="0 leaves it to the bundle")
    if bundle.method not in METHODS:
        raise BundleError(
            bundle.source,
            found=f"the method {bundle.method!r}",
            expected=", ".join(METHODS),
            remedy="update surfedge, or make the bundle again",
        )
    method = from_bundle(bundle, resolve(METHODS, bundle.method), bundle.settings, "method")
    if not isinstance(method, Networked):
        check_device(device)
        return method
    runtime = from_bundle(bundle, Runtime, bundle.runtime, "runtime")
    if runtime.precision not in tuple(PRECISIONS):
        raise BundleError(bundle.source, found=f"the precision {runtime.precision!r}", expected=", ".join(PRECISIONS))
    try:
        options = EngineOptions(device, runtime.precision, threads or runtime.threads, runtime.streams, runtime.batch)
        found = from_section(bundle.screen, bundle.parts_of("screen"))
    except SurfedgeError as error:
        raise _wrong(bundle, error) from error
    return replace(method.on(options), screen=found if screen and runtime.screen else None)


def from_bundle(bundle: Bundle, kind: type, settings: dict, section: str) -> Any:
    """The record of `kind` that the bundle holds."""
    try:
        return deserialize(kind, settings, bundle.parts_of(section), name=section)
    except SurfedgeError as error:
        raise _wrong(bundle, error) from error


def _wrong(bundle: Bundle, error: SurfedgeError) -> BundleError:
    return BundleError(
        bundle.source,
        found=str(error),
        expected="settings that this release knows",
        remedy="calibrate or export it again",
    )
