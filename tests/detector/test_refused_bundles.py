"""What a bundle may not ask for, refused before the first image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.sheets import network_bundle
from surfedge import Bundle, Detector, SurfedgeError
from surfedge.errors import BundleError


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        (Bundle("magic"), "the method 'magic'"),
        (Bundle("dzl", {"patch": 8}), "unknown key 'patch'"),
        (Bundle("dzl", {"patch_px": "8"}), "patch_px"),
        (Bundle("dzl", {"patch_px": 0}), "patch_px"),
        (Bundle("dzl", decision={"limit": 1.0}), "unknown key 'limit'"),
        (Bundle("dzl", decision={"normalise": "good"}), "calibrate first"),
        (Bundle("dzl", input={"bit_depth": 3}), "bit_depth"),
        (Bundle("dzl", input={"value_range": [1.0, 0.0]}), "value_range"),
        (Bundle("dzl", arrays={"method/patch_px": np.zeros(1)}), "an array"),
        (Bundle("dzl", arrays={"decision/threshold": np.zeros(1)}), "an array"),
        (Bundle("dzl", blobs={"decision/good_mean": b"x"}), "bytes"),
        (Bundle("dzl", arrays={"method/mean": np.zeros(1)}), "unknown key 'mean'"),
        (Bundle("network"), "no 'graph'"),
    ],
)
def test_a_bundle_that_does_not_fit_is_refused(bundle: Bundle, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        Detector(bundle)


@pytest.mark.parametrize("precision", ["f8", ["f32"], None, 32])
def test_an_unknown_precision_is_the_bundles_fault(precision: object, tmp_path: Path) -> None:
    bundle = network_bundle(tmp_path)
    with pytest.raises(BundleError, match="precision"):
        Detector(
            Bundle("network", bundle.settings, bundle.decision, blobs=bundle.blobs, runtime={"precision": precision})
        )


def test_the_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.surfedge"
    Bundle("dzl", {"patch_px": 16}, {"no_such_setting": 1}).write(path)
    with pytest.raises(BundleError, match=r"odd\.surfedge: found"):
        Detector(path)
    Bundle("network", {"view": "tiles", "stride_px": 33}, blobs=network_bundle(tmp_path).blobs).write(path)
    with pytest.raises(BundleError, match=r"odd\.surfedge: found"):
        Detector(path)
    Bundle("no such method").write(path)
    with pytest.raises(BundleError, match=r"odd\.surfedge: found"):
        Detector(path)


def test_tiles_that_leave_gaps_are_refused_before_the_first_image(tmp_path: Path) -> None:
    bundle = network_bundle(tmp_path)
    gaps = Bundle("network", {"view": "tiles", "stride_px": 33}, bundle.decision, blobs=bundle.blobs)
    with pytest.raises(BundleError, match="stride_px: found 33"):
        Detector(gaps)
    Detector(Bundle("network", {"view": "tiles", "stride_px": 32}, bundle.decision, blobs=bundle.blobs))


@pytest.mark.parametrize("device", ["NPU9", "gpu:7"])
def test_a_device_that_is_not_there(device: str, tmp_path: Path) -> None:
    with pytest.raises(SurfedgeError, match="device"):
        Detector(network_bundle(tmp_path), device=device)
