"""One image: any form of it gives one plain result, and it is not changed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.sheets import assert_equal, sheet
from surfedge import Detector
from surfedge.detector import default_bundle
from surfedge.errors import ImageError, ImplausibleError
from surfedge.images import from_array
from surfedge.methods import WITHOUT_NETWORK


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_file_path_array_and_frame_give_one_result(method: str, channels: tuple[int, ...], tmp_path: Path) -> None:
    image = sheet(1, (64, 80, *channels))
    path = tmp_path / "sheet.png"
    cv2.imwrite(str(path), image[..., ::-1] if channels else image)
    detector = Detector(default_bundle(method))
    expected = detector(image)
    assert expected.shape == (64, 80) and expected.anomaly_map.shape == expected.mask.shape == (64, 80)
    assert expected.anomaly_map.dtype == np.float32 and expected.mask.dtype == np.bool_
    assert expected.method == method and expected.milliseconds > 0
    for same in (path, str(path), from_array(image), image.copy()):
        assert_equal(detector(same), expected)


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
def test_the_image_is_not_changed(method: str) -> None:
    for image in (sheet(1), sheet(1, (64, 80, 3)), sheet(1) / 255, sheet(1) * np.uint16(257)):
        before = image.copy()
        result = Detector(default_bundle(method))(image)
        result.overlay()
        np.testing.assert_array_equal(image, before)
        assert result.image is not None and result.image.dtype in (np.uint8, np.float32)


def test_views_and_strides_are_taken() -> None:
    image = sheet(1, (64, 160))
    detector = Detector()
    for view in (image[:, ::2], image[::-1], image.T, np.asfortranarray(image)):
        assert_equal(detector(view), detector(np.ascontiguousarray(view)))


def test_a_twin_result_again_and_again() -> None:
    """Repeat scoring is wholly repeatable."""
    detector = Detector()
    first = detector(sheet(1))
    for _ in range(20):
        assert_equal(detector(sheet(1)), first)
    assert_equal(Detector()(sheet(1)), first)


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (3, 2), (5, 5, 3)])
def test_tiny_images(method: str, shape: tuple[int, ...]) -> None:
    result = Detector(default_bundle(method))(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    assert np.isfinite(result.score) and result.anomaly_map.shape == shape[:2]


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize(
    "image", [np.zeros((1, 1)), np.zeros((64, 64)), np.full((64, 64), 255), np.full((9, 9, 3), 90)]
)
def test_an_image_without_contrast_is_never_good(method: str, image: np.ndarray) -> None:
    with pytest.raises(ImplausibleError, match="contrast of 0, expected"):
        Detector(default_bundle(method))(image.astype(np.uint8))


def test_results_are_plain_json() -> None:
    result = Detector()(sheet(1))
    assert result.is_defective
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert plain["score"] == result.score and plain["width"] == 80 and plain["height"] == 64
    assert plain["regions"][0]["box"] == list(result.regions[0].box)
    assert plain["defect_area_px"] == result.mask.sum()


@pytest.mark.parametrize(
    "wrong", [np.zeros((3, 4, 5)), np.zeros((0, 4)), np.full((4, 4), np.nan), np.zeros((4, 4), np.int64), "nowhere.png"]
)
def test_what_is_no_image_is_an_image_error(wrong: np.ndarray | str) -> None:
    with pytest.raises(ImageError):
        Detector()(wrong)
