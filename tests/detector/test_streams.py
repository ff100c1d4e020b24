"""Streams: order, errors in their place, bounded memory, no thread left behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detector.sheets import assert_equal, sheet
from surfedge import Detector, Result
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError, ImageError, ImplausibleError


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_stream_keeps_the_order_and_equals_single_calls(workers: int, tmp_path: Path) -> None:
    detector = Detector(default_bundle("dzl"))
    paths = []
    for number in range(25):
        paths.append(tmp_path / f"{number:02}.png")
        cv2.imwrite(str(paths[-1]), sheet(number, (40 + 16 * (number % 4), 50)))
    pairs = list(detector.stream(paths, workers=workers))
    assert [path for path, _ in pairs] == paths
    for path, result in pairs:
        assert isinstance(result, Result)
        assert_equal(result, detector(path))
    assert list(detector.stream([])) == []


def test_what_cannot_be_inspected_stands_in_its_place(tmp_path: Path) -> None:
    good, cut = tmp_path / "good.png", tmp_path / "cut.png"
    cv2.imwrite(str(good), sheet(0))
    cut.write_bytes(good.read_bytes()[:200])
    outcomes = dict(Detector().stream([str(good), str(cut), str(tmp_path / "none.png"), str(good)], workers=2))
    kinds = [type(outcomes[str(path)]) for path in (good, cut, tmp_path / "none.png")]
    assert kinds == [Result, ImageError, ImageError]
    assert "cut.png" in str(outcomes[str(cut)])


def test_arrays_can_be_streamed() -> None:
    images = [sheet(seed) for seed in range(5)]
    for image, (same, result) in zip(images, Detector().stream(images, workers=2), strict=True):
        assert same is image and isinstance(result, Result)


def test_a_stream_draws_no_more_than_it_can_hold() -> None:
    drawn = 0

    def source() -> Iterator[np.ndarray]:
        nonlocal drawn
        for number in range(200):
            drawn += 1
            yield sheet(number, (16, 16))

    for taken, _ in enumerate(Detector(default_bundle("dzl")).stream(source(), workers=2)):
        assert drawn <= taken + 4
    assert drawn == 200


def _stream_threads() -> int:
    return sum(thread.name.startswith("surfedge") for thread in threading.enumerate())


def test_leaving_a_stream_early_ends_its_threads() -> None:
    detector = Detector(default_bundle("dzl"))
    assert _stream_threads() == 0
    stream = detector.stream((sheet(number) for number in range(10_000)), workers=3)
    for number, _ in enumerate(stream):
        if number == 3:
            break
    assert 0 < _stream_threads() <= 3
    stream.close()
    assert _stream_threads() == 0
    next(iter(detector.stream([sheet(number) for number in range(9)], workers=2)))  # dropped without a word
    gc.collect()
    deadline = time.monotonic() + 5
    while _stream_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _stream_threads() == 0


def test_an_error_of_the_source_comes_through() -> None:
    def source() -> Iterator[np.ndarray]:
        yield sheet(0)
        raise OSError("the camera is gone")

    with pytest.raises(OSError, match="the camera is gone"):
        list(Detector().stream(source(), workers=2))
    assert _stream_threads() == 0


def test_a_negative_number_of_workers_is_refused_at_once() -> None:
    with pytest.raises(ArgumentError, match="workers"):
        Detector().stream([sheet()], workers=-1)


def test_a_camera_that_is_not_there_is_an_error_at_once() -> None:
    """U2: a stream that ends without a frame looked like a finished one."""
    detector = Detector(default_bundle("dzl"))
    for gone in (cv2.VideoCapture(), cv2.VideoCapture("no such video.avi")):
        with pytest.raises(ArgumentError, match="a capture that is not open: no such camera or video"):
            detector.stream(gone)


def test_a_capture_that_ends_before_its_first_frame_says_so() -> None:
    class Capture:
        def __init__(self, frames: int) -> None:
            self.frames = frames

        def __getattr__(self, name: str) -> Any:
            if name != "isOpened":
                raise AttributeError(name)
            return lambda: True

        def read(self) -> tuple[bool, np.ndarray | None]:
            self.frames -= 1
            return (True, sheet(self.frames)) if self.frames >= 0 else (False, None)

    detector = Detector(default_bundle("dzl"))
    with pytest.raises(ImageError, match="an end before the first frame"):
        list(detector.stream(Capture(0)))
    assert [number for number, _ in detector.stream(Capture(2))] == [0, 1]


def test_an_implausible_frame_is_an_error_in_its_place() -> None:
    outcomes = [outcome for _, outcome in Detector().stream([sheet(0), np.zeros((64, 80), np.uint8), sheet(1)])]
    assert [type(outcome) for outcome in outcomes] == [Result, ImplausibleError, Result]
