"""The pipeline as users hold it: any input, many threads, streams, thresholds, plain results."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
from conftest import Budget
from surfedge import Bundle, Detector, Result, SurfedgeError
from surfedge.bundle import with_section
from surfedge.decision import Decision
from surfedge.errors import ArgumentError, BundleError, EngineError, ImageError
from surfedge.images import from_array
from surfedge.methods import WITHOUT_NETWORK
from surfedge.methods.network import Network
from surfedge.presets import default_bundle
from surfedge.records import take_apart


def sheet(seed: int = 0, shape: tuple[int, ...] = (64, 80)) -> np.ndarray:
    """Fine noise, every third with a spot."""
    image = np.random.default_rng(seed).normal(128, 6, shape).clip(0, 255).astype(np.uint8)
    if seed % 3 == 1:
        image[20:32, 30:50] = 20
    return image


def network_bundle(folder: Path, factor: float = 1.0, threshold: float = 0.9) -> Bundle:
    settings, _, blobs = take_apart(Network(*graphs.scaled(folder, factor)))
    decision, _, _ = take_apart(Decision(threshold=threshold))
    return Bundle("network", settings, decision, blobs=with_section("method", {}, blobs)[1])


def assert_equal(a: Result, b: Result) -> None:
    assert a == b
    np.testing.assert_array_equal(a.anomaly_map, b.anomaly_map)
    np.testing.assert_array_equal(a.mask, b.mask)


# ---- one image ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_file_path_array_and_frame_give_one_result(
    method: str, channels: tuple[int, ...], tmp_path: Path
) -> None:
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
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2), (5, 5, 3)])
def test_tiny_images(method: str, shape: tuple[int, ...]) -> None:
    result = Detector(default_bundle(method))(
        np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    )
    assert np.isfinite(result.score) and result.anomaly_map.shape == shape[:2]


def test_results_are_plain_json() -> None:
    result = Detector()(sheet(1))
    assert result.is_defective
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert plain["score"] == result.score and plain["width"] == 80 and plain["height"] == 64
    assert plain["regions"][0]["box"] == list(result.regions[0].box)
    assert plain["defect_area_px"] == result.mask.sum()


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((3, 4, 5)),
        np.zeros((0, 4)),
        np.full((4, 4), np.nan),
        np.zeros((4, 4), np.int64),
        "nowhere.png",
    ],
)
def test_what_is_no_image_is_an_image_error(wrong: np.ndarray | str) -> None:
    with pytest.raises(ImageError):
        Detector()(wrong)


# ---- thresholds --------------------------------------------------------------------------------------------


def test_another_threshold_keeps_score_map_and_method() -> None:
    detector = Detector()
    result = detector(sheet(1))
    strict, lenient = detector.with_threshold(result.score), detector.with_threshold(result.score - 1e-3)
    assert strict.method is detector.method and detector.decision.threshold == result.threshold
    assert not strict(sheet(1)).is_defective and lenient(sheet(1)).is_defective
    assert strict(sheet(1)).score == lenient(sheet(1)).score == result.score
    assert lenient(sheet(1)).threshold == result.score - 1e-3
    np.testing.assert_array_equal(strict(sheet(1)).anomaly_map, result.anomaly_map)
    assert not strict(sheet(1)).mask.any()


def test_verdict_and_mask_agree_at_the_last_digit() -> None:
    """A threshold between two float32 values divides scores and pixels alike."""
    detector = Detector(default_bundle("pixel_zscore"))
    detector = detector.with_decision(Decision(threshold=0.0))
    score = detector(sheet(1)).score
    for limit in (
        np.nextafter(score, 0),
        np.nextafter(score, 9),
        score,
        float(np.float32(score)),
        score * (1 - 1e-9),
    ):
        result = detector.with_threshold(limit)(sheet(1))
        assert result.is_defective == result.mask.any() == bool(result.regions) == (score > limit)


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_threshold_that_would_silence_it_is_refused(threshold: float) -> None:
    with pytest.raises(ArgumentError, match=r"decision\.threshold"):
        Detector().with_threshold(threshold)


def test_a_map_that_is_not_finite_is_never_a_good_image(tmp_path: Path) -> None:
    for factor in (float("nan"), float("inf")):
        detector = Detector(network_bundle(tmp_path, factor))
        with pytest.raises(EngineError, match="anomaly map: found the score"):
            detector(sheet(1))
        ((_, outcome),) = detector.stream([sheet(1)])
        assert isinstance(outcome, EngineError)


# ---- threads -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [*WITHOUT_NETWORK, "network"])
def test_threads_give_what_one_after_the_other_gives(method: str, tmp_path: Path, budget: Budget) -> None:
    """T1: 8 threads, 50 images each."""
    bundle = network_bundle(tmp_path) if method == "network" else default_bundle(method)
    detector = Detector(bundle)
    images = [sheet(seed, (48 + 8 * (seed % 3), 64)) for seed in range(8)]
    serial = [detector(image) for image in images]
    start = threading.Barrier(8)
    count = budget.count(test=50, nightly=1_000, release=5_000)

    def inspect(thread: int) -> int:
        start.wait()
        for number in range(count):
            which = (number + thread) % len(images)
            assert_equal(detector(images[which]), serial[which])
        return count

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(inspect, range(8))) == 8 * count
    print(f"{method}: 8 x {count} inspections from threads, 0 differ from the serial ones")


# ---- streams -----------------------------------------------------------------------------------------------


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
    outcomes = dict(
        Detector().stream([str(good), str(cut), str(tmp_path / "none.png"), str(good)], workers=2)
    )
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


# ---- what a bundle may ask for -----------------------------------------------------------------------------


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
            Bundle(
                "network",
                bundle.settings,
                bundle.decision,
                blobs=bundle.blobs,
                runtime={"precision": precision},
            )
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
