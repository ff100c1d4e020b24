"""C2: what cannot be one of the images that a bundle speaks of is refused, called defective, or noted: never just good.

Each method without a network, calibrated on rendered surfaces, and frames of a dead, dark, frozen or blurred camera, of
another material, scale or order of channels, made from images that the calibration never saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from conftest import Budget
from surfedge import Detector
from surfedge.calibration import calibrate
from surfedge.detector import Plausibility, appearance, default_bundle
from surfedge.errors import ImageError, ImplausibleError
from surfedge.images import from_array, to_grey_u8
from surfedge.methods import WITHOUT_NETWORK
from surfedge.synthesis import render

SHAPE, GOOD = (128, 128), 24
TINT = np.array([1.0, 0.8, 0.55])


def surface(method: str, seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """What the method is for, uint8 (H, W)."""
    return to_grey_u8(from_array(render("plate" if method == "pattern" else "strip", shape, 0.5, seed=seed).image))


def tinted(grey: np.ndarray) -> np.ndarray:
    """The picture in brown, (H, W, 3) RGB."""
    return (grey[..., None] * TINT).round().astype(np.uint8)


def other_material(method: str, seed: int) -> np.ndarray:
    return to_grey_u8(from_array(render("strip" if method == "pattern" else "leather", SHAPE, 0.2, seed=seed).image))


def half(pixels: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[: len(pixels) // 2], lower[len(pixels) // 2 :]])


def zoomed(pixels: np.ndarray) -> np.ndarray:
    """A quarter of the picture's side, as large as the whole."""
    part = pixels[: pixels.shape[0] // 4, : pixels.shape[1] // 4]
    return cv2.resize(part, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)


Fault = Callable[[np.ndarray], np.ndarray]
FAULTS: dict[str, Fault] = {
    "black": np.zeros_like,
    "white": lambda pixels: np.full_like(pixels, 255),
    "half black": lambda pixels: half(pixels, np.zeros_like(pixels)),
    "frozen line": lambda pixels: np.repeat(pixels[:1], len(pixels), axis=0),
    "half frozen": lambda pixels: half(pixels, np.repeat(pixels[len(pixels) // 2 :][:1], len(pixels), axis=0)),
    "5 % bright": lambda pixels: (0.05 * pixels).astype(np.uint8),
    "left half at half light": lambda pixels: np.hstack([pixels[:, :64] // 2, pixels[:, 64:]]),
    "lower half at half light": lambda pixels: half(pixels, pixels // 2),
    "blurred": lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 8),
    "4 times the scale": lambda pixels: cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC),
    "a quarter as large as the whole": zoomed,
}
COLOUR_FAULTS: dict[str, Fault] = {
    "grey": lambda pixels: np.ascontiguousarray(pixels[..., 1]),
    "grey in three channels": lambda pixels: np.repeat(pixels[..., 1:2], 3, axis=2),
    "channels turned": lambda pixels: np.ascontiguousarray(pixels[..., ::-1]),
}


def calibrated(method: str, folder: Path, paint: Fault) -> Detector:
    paths = [folder / f"{number:02}.png" for number in range(GOOD)]
    for number, path in enumerate(paths):
        image = paint(surface(method, number))
        cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)
    start = Detector(default_bundle(method))
    return Detector(calibrate(start.method, start.decision, paths, rule="max").bundle)


@pytest.fixture(scope="module", params=WITHOUT_NETWORK)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Detector, Detector]:
    """A method, its bundle of grey images, and that of the same in colour."""
    grey, colour = (tmp_path_factory.mktemp(f"{request.param}{kind}") for kind in ("grey", "colour"))
    return request.param, calibrated(request.param, grey, np.copy), calibrated(request.param, colour, tinted)


def outcome(detector: Detector, image: np.ndarray) -> str:
    """What becomes of a frame."""
    try:
        result = detector(image)
    except ImplausibleError:
        return "implausible"
    except ImageError:
        return "refused"
    words = ("implausible: ", "calibrated on", "no regular pattern found")
    noted = any(word in note for note in result.notes for word in words)
    return f"{'defective' if result.is_defective else 'good'}{', noted' if noted else ''}"


def test_no_such_frame_is_good_without_a_note(both: tuple[str, Detector, Detector], budget: Budget) -> None:
    method, grey, colour = both
    count = budget.count(test=2, nightly=100, release=1000)
    found: dict[str, Counter[str]] = {}
    for seed in range(1000, 1000 + count):
        image = surface(method, seed)
        frames = {name: (grey, fault(image)) for name, fault in FAULTS.items()}
        frames |= {name: (colour, fault(tinted(image))) for name, fault in COLOUR_FAULTS.items()}
        frames["other material"] = grey, other_material(method, seed)
        for name, (detector, frame) in frames.items():
            found.setdefault(name, Counter())[outcome(detector, frame)] += 1
    for name, each in found.items():
        print(f"{method}, {name}: {', '.join(f'{number} {what}' for what, number in each.most_common())}")
    good = {name: each["good"] for name, each in found.items() if each["good"]}
    print(
        f"{method}: {sum(good.values())} of {count * len(found):,} good without a note (bound {3 / count:.2g} a kind)"
    )
    assert not good


def test_new_good_images_are_not_refused(both: tuple[str, Detector, Detector], budget: Budget) -> None:
    method, grey, colour = both
    seeds = range(5000, 5000 + budget.count(test=12, nightly=200, release=1000))
    refused = sum(outcome(grey, surface(method, seed)) in ("implausible", "refused") for seed in seeds)
    refused += sum(outcome(colour, tinted(surface(method, seed))) in ("implausible", "refused") for seed in seeds)
    print(f"{method}: {refused} of {2 * len(seeds)} new good images refused")
    assert refused <= 0.01 * 2 * len(seeds)


def test_a_lamp_that_is_out_on_one_side_is_named() -> None:
    """On a surface whose contrast and brightness alone leave room for it."""
    frames = [from_array(render("leather", SHAPE, 0.25, seed=seed).image) for seed in range(14)]
    known = Plausibility.learned([appearance(frame) for frame in frames[:12]], [SHAPE] * 12)
    for frame in frames[12:]:
        assert known.check(frame).doubts == ()
        dark = frame.pixels.copy()
        dark[:, :64] //= 2
        assert any("left half over the right one of 0." in doubt for doubt in known.check(from_array(dark)).doubts)
        assert any("upper half" in doubt for doubt in known.check(from_array(dark.swapaxes(0, 1).copy())).doubts)
