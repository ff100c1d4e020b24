"""What is no path and no picture is named in few words; a device that cannot be is refused without a network too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge import Detector
from surfedge.errors import EngineError, ImageError


def test_encoded_bytes_are_no_path() -> None:
    data = cv2.imencode(".png", np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8))[1].tobytes()
    with pytest.raises(ImageError, match=f"found {len(data):,} bytes, expected a path, an array or a Frame") as caught:
        Detector()(data)
    assert len(str(caught.value)) < 250


def test_a_text_that_is_no_path_gives_a_short_message() -> None:
    with pytest.raises(ImageError) as caught:
        Detector()("x" * 130_000)
    assert len(str(caught.value)) < 4500


@pytest.mark.parametrize("device", ["XPU", "", "GPU.x", "CPU;", "AUTO:GPU"])
def test_a_device_that_cannot_be(device: str) -> None:
    with pytest.raises(EngineError, match="device: found .*, expected CPU, GPU, NPU or AUTO"):
        Detector(device=device)


@pytest.mark.parametrize("device", ["AUTO", "cpu", "GPU.1", "npu"])
def test_a_device_that_no_method_asks_for(device: str) -> None:
    picture = np.random.default_rng(0).integers(100, 156, (64, 64), np.uint8)
    assert Detector(device=device)(picture) == Detector()(picture)
