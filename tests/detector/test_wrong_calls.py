"""Arguments of a wrong kind: an error that names them and what was expected, and nothing is judged in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.sheets import network_bundle, sheet
from surfedge import Detector, Result
from surfedge.errors import ArgumentError, ImageError


class Tensor:
    """An array of another library."""

    shape = (4, 4)


@pytest.mark.parametrize("image", [[[1, 2], [3, 4]], None, 5, np.uint8(5), Tensor(), {"a": 1}])
def test_an_image_of_another_kind(image: Any) -> None:
    with pytest.raises(ImageError, match=rf"image: found a {type(image).__name__}, expected a path, an array"):
        Detector()(image)
    outcomes = [outcome for _, outcome in Detector().stream([sheet(0), image, sheet(1)], workers=1)]
    assert [type(outcome) for outcome in outcomes] == [Result, ImageError, Result]


def test_a_region_of_interest_in_small_integers_of_numpy() -> None:
    """200 + 100 is 44 in uint8."""
    image = np.full((320, 320), 128, np.uint8)
    image[210:214, 210:250] = 0
    detector = Detector()
    corner = tuple(map(np.uint8, (200, 200, 100, 100)))
    assert detector(image, roi=corner).is_defective  # type: ignore[arg-type]
    assert detector(image, roi=corner).ignored_share == pytest.approx(1 - 100**2 / 320**2)  # type: ignore[arg-type]


@pytest.mark.parametrize("roi", [5, 2.5, "abcd", (1, 2, 3), (0, 0, 1e3, 5), {1: 2}, (0, 0, None, 4)])
def test_a_region_of_interest_of_another_kind(roi: Any) -> None:
    with pytest.raises(ArgumentError, match="roi: found"):
        Detector()(sheet(0), roi=roi)


@pytest.mark.parametrize("threshold", [None, "high", [3], 10**400, np.arange(2), 1j])
def test_a_threshold_of_another_kind(threshold: Any) -> None:
    with pytest.raises(ArgumentError, match="threshold: found .*expected a number"):
        Detector().with_threshold(threshold)


@pytest.mark.parametrize("workers", [-1, 2.5, "2", None, 100_000])
def test_workers_of_another_kind(workers: Any) -> None:
    with pytest.raises(ArgumentError, match="workers: found .*expected 0 to 1,024"):
        Detector().stream([sheet(0)], workers=workers)


@pytest.mark.parametrize("images", ["in/a.png", Path("in/a.png"), b"in/a.png", sheet(0), sheet(0, (8, 9, 3))])
def test_a_single_image_is_no_stream(images: Any) -> None:
    with pytest.raises(ArgumentError, match="images: found a single .*put a single image into a list"):
        Detector().stream(images)


def test_a_stack_of_images_is_one() -> None:
    stack = np.stack([sheet(number) for number in range(3)])
    assert [result.shape for _, result in Detector().stream(stack)] == [stack.shape[1:]] * 3


@pytest.mark.parametrize("bundle", [5, b"a.surfedge", ["a.surfedge"]])
def test_a_bundle_of_another_kind(bundle: Any) -> None:
    with pytest.raises(ArgumentError, match="bundle: found a .*expected a path"):
        Detector(bundle)


@pytest.mark.parametrize(
    "how", [{"threads": -1}, {"threads": "4"}, {"threads": 1.5}, {"threads": 5_000}, {"device": 3}]
)
def test_engine_options_of_another_kind_are_not_the_fault_of_the_bundle(how: Any, tmp_path: Path) -> None:
    for bundle in (None, network_bundle(tmp_path)):
        with pytest.raises(ArgumentError, match=rf"{next(iter(how))}: found"):
            Detector(bundle, **how)


@pytest.mark.parametrize("given", [0, 1, 5])
def test_what_a_source_gave_before_it_failed_is_not_lost(given: int) -> None:
    def camera() -> Iterator[np.ndarray]:
        for number in range(given):
            yield sheet(number)
        raise RuntimeError("the camera is gone")

    seen = []
    with pytest.raises(RuntimeError, match="the camera is gone"):
        seen.extend(Detector().stream(camera(), workers=2))
    assert len(seen) == given and all(isinstance(outcome, Result) for _, outcome in seen)
