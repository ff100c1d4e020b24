"""Bundles in bf16 and int8: calibrated again, certified before and after, refused beyond the limits."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import graphs
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate, with_labelled_threshold
from surfedge.datasets import Sample, fingerprint_of, labelled_images, split
from surfedge.decision import Decision
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.engine import Engine, EngineOptions
from surfedge.errors import ArgumentError, EngineError, TrainingError
from surfedge.images import from_array, read
from surfedge.methods import Reconstruction
from surfedge.precision import certification_frames, differences, held_out_of, in_precision
from surfedge.precision import convert as reduced_precision
from surfedge.precision.convert import Limits
from surfedge.precision.int8 import quantised
from surfedge.precision.tile_sample import sampled_tiles

needs_nncf = pytest.mark.skipif(find_spec("nncf") is None, reason="int8 needs nncf: pip install 'surfedge[int8]'")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 good images in train/good; 4 good ones and 4 with bright dots in test."""
    root, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for folder, count in (("train/good", 20), ("test/good", 4), ("test/spot", 4), ("ground_truth/spot", 4)):
        (root / folder).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(100, 140, (48, 64)).astype(np.uint8)
            if folder == "test/spot":
                pixels[20:30:2, 20:30:2] = 255
            if folder == "ground_truth/spot":
                pixels = np.zeros((48, 64), np.uint8)
                pixels[20:30, 20:30] = 255
            cv2.imwrite(str(root / folder / f"{number:02}.png"), pixels)
    return root


@pytest.fixture(scope="module")
def good(data: Path) -> list[Path]:
    return sorted((data / "train" / "good").iterdir())


@pytest.fixture(scope="module")
def bundle(good: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    method = Reconstruction(*graphs.box_blur(tmp_path_factory.mktemp("graph")), stride_px=16)
    return calibrate(method, Decision(blur_sigma_px=2.0), good, rule="max").bundle


@pytest.fixture(scope="module")
def int8(bundle: Bundle, good: list[Path]) -> Bundle:
    if find_spec("nncf") is None:
        pytest.skip("int8 needs nncf: pip install 'surfedge[int8]'")
    return in_precision(bundle, "int8", good)


def _has_bf16(bundle: Bundle) -> bool:
    options = EngineOptions(precision="bf16")
    return Engine(bundle.blobs["method/graph"], bundle.blobs["method/weights"], options).computes_in == "bf16"


def test_int8_is_calibrated_again_and_certified(int8: Bundle, bundle: Bundle, good: list[Path]) -> None:
    assert int8.runtime["precision"] == "int8" and b"FakeQuantize" in int8.blobs["method/graph"]
    found = int8.certificate["reduced"]
    assert found["precision"] == "int8" and found["images"] == 16 and found["flipped_verdicts"] <= 1
    assert 0 < found["largest_map_difference"] < 0.25 * found["largest_map_value"]
    scores = [Detector(int8, device="CPU")(path).score for path in good]
    own = int8.arrays["calibration/scores"]  # each image's as if it were new: a little above its score by the bundle
    assert int8.decision["threshold"] == own.max() and len(own) == len(good)
    assert max(scores) <= own.max() <= 1.05 * max(scores)
    assert int8.calibration["rule"] == "max" and int8.decision["threshold"] != bundle.decision["threshold"]


def test_int8_survives_the_file(int8: Bundle, tmp_path: Path, good: list[Path]) -> None:
    int8.write(tmp_path / "int8.surfedge")
    read_again = Detector(tmp_path / "int8.surfedge", device="CPU")
    assert read_again.method.engine.computes_in == "int8"
    assert read_again(good[0]).score == Detector(int8, device="CPU")(good[0]).score


@needs_nncf
def test_int8_of_the_same_is_the_same(bundle: Bundle, int8: Bundle, good: list[Path]) -> None:
    again = in_precision(bundle, "int8", good)
    assert again.blobs == int8.blobs and again.decision == int8.decision


@needs_nncf
def test_the_limit_of_other_good_images_is_not_taken_for_a_loss(bundle: Bundle, int8: Bundle, good: list[Path]) -> None:
    """f32 is compared with a limit of the same images: one far off, of other images, changes nothing."""
    far_off = replace(bundle, decision={**bundle.decision, "threshold": 1000.0 * bundle.decision["threshold"]})
    assert in_precision(far_off, "int8", good).certificate["reduced"] == int8.certificate["reduced"]


@needs_nncf
def test_weights_of_seven_bits(int8: Bundle, tmp_path: Path) -> None:
    """No product can saturate on a CPU without VNNI: integer weights stay within -64..64."""
    from surfedge.engine import read_network

    model = read_network(int8.blobs["method/graph"], int8.blobs["method/weights"])
    whole = [
        op for op in model.get_ops() if op.get_type_name() == "Constant" and op.get_element_type().is_integral_number()
    ]
    weights = [op.data for op in whole if op.data.ndim == 4]
    assert weights and all(np.abs(each.astype(int)).max() <= 64 for each in weights)


def test_bf16_is_certified_or_refused(bundle: Bundle, good: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    if _has_bf16(bundle):
        made = in_precision(bundle, "bf16", good)
        assert made.runtime["precision"] == "bf16" and made.certificate["reduced"]["precision"] == "bf16"
        assert 0 < made.certificate["reduced"]["largest_map_difference"] < 0.02
    monkeypatch.setattr(Engine, "computes_in", "f32")  # what a CPU without bf16 does without a word
    with pytest.raises(EngineError, match="a CPU that computes in f32, expected bf16"):
        in_precision(bundle, "bf16", good)


def test_beyond_the_limits_no_bundle_is_made(bundle: Bundle, good: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    if not _has_bf16(bundle):
        pytest.skip("this CPU has no bf16")
    monkeypatch.setitem(reduced_precision.LIMITS, "bf16", Limits(map_per_largest=1e-9))
    with pytest.raises(TrainingError, match="no bundle was written; stay with f32"):
        in_precision(bundle, "bf16", good)


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_labelled_images_count_before_and_after(
    loss: float, bundle: Bundle, data: Path, good: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of both stand in the certificate; an AUROC that falls by more than the limit is refused."""
    if not _has_bf16(bundle):
        pytest.skip("this CPU has no bf16")
    labelled = labelled_images(data)
    if not loss:
        found = in_precision(bundle, "bf16", good, labelled=labelled).certificate["reduced"]
        assert found["labelled_images"] == 8 and found["labelled_flipped_verdicts"] == 0
        assert found["image_auroc"] == [1.0, 1.0] and len(found["au_pro_0.30"]) == 2
        return
    figures = {"labelled_images": 8, "image_auroc": [1.0, 1.0 - loss]}
    monkeypatch.setattr(reduced_precision, "_on_labelled", lambda *given: figures)
    with pytest.raises(TrainingError, match="AUROC or AU-PRO lower by 0.05"):
        in_precision(bundle, "bf16", good, labelled=labelled)


def test_a_threshold_from_labels_is_found_from_labels_again(bundle: Bundle, data: Path, good: list[Path]) -> None:
    if not _has_bf16(bundle):
        pytest.skip("this CPU has no bf16")
    labelled: list[Sample] = labelled_images(data)
    from_labels = with_labelled_threshold(bundle, labelled, "fewest-misses")
    with pytest.raises(ArgumentError, match="give --labelled"):
        in_precision(from_labels, "bf16", good)
    assert in_precision(from_labels, "bf16", good, labelled=labelled).calibration["rule"] == "fewest-misses"


@pytest.mark.parametrize("precision", ["f32", "f16", "int4"])
def test_other_precisions_are_refused(precision: str, bundle: Bundle, good: list[Path]) -> None:
    with pytest.raises(ArgumentError, match="expected bf16, int8"):
        in_precision(bundle, precision, good)


def test_what_has_no_network_in_f32_is_refused(bundle: Bundle, good: list[Path]) -> None:
    for other in (default_bundle(), replace(bundle, runtime={"precision": "int8"})):
        with pytest.raises(ArgumentError, match="a network in f32"):
            in_precision(other, "int8", good)


def test_without_nncf_the_remedy_is_named(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(EngineError, match=r"pip install 'surfedge\[int8\]'"):
        quantised(bundle.blobs["method/graph"], bundle.blobs["method/weights"], np.zeros((1, 1, 32, 32), np.float32))


def test_the_held_out_images_are_found_again(bundle: Bundle, good: list[Path]) -> None:
    recipe: dict[str, Any] = {"seed": 3, "data": {"validation_share": 0.4}}
    known = replace(bundle, provenance={"recipe": recipe, "data": fingerprint_of(good)})
    held_out, others = held_out_of(known, good)
    assert (held_out, others) == split(good, 0.4, 3) and len(held_out) == 8
    assert held_out_of(known, good[1:]) == (good[1:], []) and held_out_of(bundle, good) == (good, [])


def test_fed_tiles_are_tiles_of_the_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    method = Reconstruction(*graphs.box_blur(tmp_path), stride_px=16)
    frames = [from_array(rng.random((64, 96), np.float32)) for _ in range(2)]
    tiles = sampled_tiles(method, frames, 2)
    assert tiles.shape == (2 * 15, 1, 32, 32)  # all of them, fewer than asked for
    every = {frames[0].pixels[y : y + 32, x : x + 32].tobytes() for y in (0, 16, 32) for x in range(0, 80, 16)}
    assert {tile.tobytes() for tile in tiles[:15]} == every
    assert sampled_tiles(method, frames, 128).shape[0] == 2 * 4  # a share of 512 of each
    assert method.engine.run(tiles[:1])[0].shape == (1, 1, 32, 32)  # the method's own engine is as it was


def test_differences_of_known_forms(tmp_path: Path, good: list[Path]) -> None:
    """A network that paints half of what the other does: the map differs by half of the brightest pixel."""
    whole, half = (Reconstruction(*graphs.scaled(tmp_path, factor), stride_px=32) for factor in (0.0, 0.5))
    frames = list(certification_frames(Preparation(), good))
    brightest = max(float(read(path).pixels.max()) for path in good[:16]) / 255.0
    found = differences(frames, (whole, Decision(threshold=0.3)), (half, Decision(threshold=0.3)))
    assert len(frames) == found.images == 16
    assert found.largest_map_value >= brightest
    assert found.map_per_largest == pytest.approx(0.5, abs=1e-6)
    assert found.flipped_verdicts == 8  # the plain ones: the disturbed hold pixels above 0.6 or below
