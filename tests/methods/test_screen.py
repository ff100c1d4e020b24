"""The screen: dull tiles skip the network, strange ones never, and what was skipped is in the result."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
from surfedge import Bundle, Detector
from surfedge.bundle import serialize, with_section
from surfedge.calibration import with_screen
from surfedge.decision import Decision, RawMap
from surfedge.engine import fraction_seen, run_kept, run_tiled, starts
from surfedge.errors import ArgumentError, BundleError, EngineError
from surfedge.images import from_array
from surfedge.methods import Network, Networked, Reconstruction, from_section, to_section
from surfedge.methods.screen import Screen

TILE_PX = 64


def sheet(seed: int, side_px: int = 512) -> np.ndarray:
    return np.random.default_rng(seed).normal(128, 4, (side_px, side_px)).clip(0, 255).astype(np.uint8)


def bundle_of(network: Networked, threshold: float = 0.25) -> Bundle:
    settings, arrays, blobs = serialize(network)
    name = type(network).__name__.lower()
    arrays, blobs = with_section("method", arrays, blobs)
    decision = serialize(Decision(threshold=threshold))[0]
    return Bundle(name, settings, decision, arrays=arrays, blobs=blobs)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("good")
    paths = [folder / f"{number}.png" for number in range(16)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), sheet(number))
    return paths


@pytest.fixture(scope="module")
def screened(good: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    network = Network(*graphs.costly(folder), view="tiles", stride_px=TILE_PX)
    with_screen(bundle_of(network), good, 0.98).write(folder / "screened.surfedge")
    return folder / "screened.surfedge"


def test_the_stated_share_of_new_good_tiles_is_skipped(screened: Path) -> None:
    detector = Detector(screened)
    shares = [detector(sheet(1000 + seed)).skipped_share for seed in range(8)]
    print(f"{np.mean(shares):.1%} of the area of good images not seen so far was skipped, 98 % asked for")
    assert 0.95 < np.mean(shares) <= 1.0


@pytest.mark.parametrize("kind", ["dark", "bright", "scratch", "flat", "rough"])
def test_a_defect_reaches_the_network(kind: str, screened: Path) -> None:
    image = sheet(77, 640)
    y, x = 200, 300
    if kind == "scratch":
        cv2.line(image, (x, y), (x + 60, y + 25), 20, 2)
    elif kind == "rough":
        image[y : y + 30, x : x + 30] = np.random.default_rng(0).integers(0, 255, (30, 30))
    else:
        image[y : y + 24, x : x + 24] = {"dark": 30, "bright": 230, "flat": 128}[kind]
    with_it, without = Detector(screened)(image), Detector(screened, screen=False)(image)
    assert with_it.skipped_share > 0.8 and without.skipped_share == 0.0
    assert with_it.score == pytest.approx(without.score, rel=1e-5) or kind == "flat"
    assert f"{with_it.skipped_share:.1%} of the image passed the screen, not run through the network" in with_it.notes
    here = np.s_[y + 2 : y + 20, x + 2 : x + 20]
    np.testing.assert_allclose(with_it.anomaly_map[here], without.anomaly_map[here], atol=1e-6)


def test_kept_tiles_average_as_all_tiles_do() -> None:
    """With every tile kept both ways agree; with a few, the pixels of those alone are touched."""
    image = np.random.default_rng(0).random((1, 50, 70), np.float32)
    network, cut = partial(map, np.square), lambda y, x: image[:, y : y + 16, x : x + 16]
    rows, columns = len(starts(50, 16, 5)), len(starts(70, 16, 5))
    out = np.zeros((1, 50, 70), np.float32)
    assert run_kept(network, cut, np.ones((rows, columns), bool), out, 16, 5, 3).all()
    np.testing.assert_allclose(out, run_tiled(network, image, 16, 5), atol=1e-6)
    keep = np.zeros((rows, columns), bool)
    keep[2, 3] = keep[2, 4] = True
    out = np.full((1, 50, 70), -1, np.float32)
    seen = run_kept(network, cut, keep, out, 16, 5)
    assert fraction_seen(seen) == pytest.approx(16 * 21 / 3500)
    np.testing.assert_allclose(out[0, 10:26, 15:36], image[0, 10:26, 15:36] ** 2, atol=1e-6)
    assert (out == -1).sum() == 3500 - 16 * 21


def test_a_reconstruction_is_screened_too(tmp_path: Path, good: list[Path]) -> None:
    network = Reconstruction(*graphs.box_blur(tmp_path, tile_px=TILE_PX), stride_px=32)
    detector = Detector(with_screen(bundle_of(network, 0.2), good, 0.95))
    image = sheet(5)
    image[100:110, 100:160] = 255
    result = detector(image)
    assert result.is_defective and 0.3 < result.skipped_share < 1
    nan = bundle_of(Reconstruction(*graphs.scaled(tmp_path, np.nan, tile_px=TILE_PX), stride_px=32))
    with pytest.raises(EngineError, match="finite"):  # a network that fails on a tile has not skipped it
        Detector(replace(detector.bundle, blobs=nan.blobs))(image)
    assert not detector(sheet(6, 40)).skipped_share  # smaller than a tile: the network sees it


def test_a_bundle_keeps_its_screen_and_refuses_a_wrong_one(screened: Path, tmp_path: Path) -> None:
    bundle = Bundle.read(screened)
    screen = from_section(bundle.screen, bundle.parts_of("screen"))
    assert screen is not None and screen.share == 0.98
    section, arrays = to_section(screen)
    assert section == bundle.screen and set(arrays) == {"mean", "whitener"}
    assert from_section({}, {}) is None
    for change in ({"share": 2.0}, {"method": "network"}, {"limit": "x"}, {"odd": 1}, {"fill": 1e39}):
        with pytest.raises(BundleError, match="screen"):
            Detector(replace(bundle, screen={**bundle.screen, **change}))
    off = replace(bundle, runtime={"screen": False})
    assert Detector(off)(sheet(1)).skipped_share == 0.0


def test_what_cannot_be_screened_is_refused(tmp_path: Path, good: list[Path]) -> None:
    whole = bundle_of(Network(*graphs.scaled(tmp_path, 1.0)))
    with pytest.raises(ArgumentError, match="a tiled network"):
        with_screen(whole, good)
    tiled = bundle_of(Network(*graphs.scaled(tmp_path, 1.0), view="tiles", stride_px=32))
    with pytest.raises(ArgumentError, match="fraction"):
        with_screen(tiled, good, 1.0)


def test_nan_in_the_coarse_map_is_never_dull(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(from_section({"method": "dzl", "limit": 1.0, "share": 0.5}, {}).method, 1.0, 0.5)
    unknown = RawMap(np.full((4, 4), np.nan, np.float32), cell_px=16)
    monkeypatch.setattr(type(screen.method), "inspect", lambda self, frame: unknown)
    assert screen.keeps(from_array(sheet(0, 64)), 32, 32).all()


def test_a_screen_is_worth_its_name(screened: Path) -> None:
    """At 98 % dull tiles the screened network is many times as fast; benchmarks/end_to_end.py has the figure."""
    image = sheet(2000, 768)
    seconds = []
    for detector in (Detector(screened, threads=1), Detector(screened, threads=1, screen=False)):
        best = min(_seconds(detector, image) for _ in range(3))
        seconds.append(best)
    print(f"{seconds[1] / seconds[0]:.1f} times as fast, {Detector(screened)(image).skipped_share:.1%} skipped")
    assert seconds[1] > 4 * seconds[0]


def _seconds(detector: Detector, image: np.ndarray) -> float:
    start = time.perf_counter()
    detector(image)
    return time.perf_counter() - start


@pytest.mark.parametrize("kind", ["black", "white", "half black", "half white", "grey patch", "dark patch"])
@pytest.mark.parametrize("method", ["dzl", "statistics"])
def test_what_is_flatter_or_darker_than_any_good_tile_is_never_skipped(
    kind: str, method: str, good: list[Path], tmp_path: Path
) -> None:
    """E3: to a screen that looks at contrast within the image a black one is ordinary; the network must see it."""
    image = sheet(77)
    where, value = {
        "black": (np.s_[:, :], 0),
        "white": (np.s_[:, :], 255),
        "half black": (np.s_[256:], 0),
        "half white": (np.s_[:, 256:], 255),
        "grey patch": (np.s_[200:240, 200:240], 128),
        "dark patch": (np.s_[200:240, 200:240], image[200:240, 200:240] - 40),
    }[kind]
    image[where] = value
    network = Network(*graphs.costly(tmp_path), view="tiles", stride_px=TILE_PX)
    screen = from_section(*_screen_of(with_screen(bundle_of(network), good, 0.98, method)))
    assert screen is not None
    kept = screen.keeps(from_array(image), TILE_PX, TILE_PX)
    odd = np.zeros(image.shape, bool)
    odd[where] = True
    by_tile = odd.reshape(8, TILE_PX, 8, TILE_PX).mean((1, 3))
    assert kept[by_tile > 0.25].all() and (by_tile > 0.25).any()
    former = replace(screen, least_std=0.0, least_mean=0.0, most_mean=1.0)
    if method == "dzl" and kind in ("black", "white", "grey patch"):
        assert not former.keeps(from_array(image), TILE_PX, TILE_PX)[by_tile > 0.5].any()


def _screen_of(bundle: Bundle) -> tuple[dict, dict[str, np.ndarray]]:
    return bundle.screen, bundle.parts_of("screen")


def test_a_screen_of_an_older_bundle_does_what_it_did(screened: Path) -> None:
    section, arrays = _screen_of(Bundle.read(screened))
    assert 0 < section["least_std"] < 0.02 and 0.4 < section["least_mean"] < section["most_mean"] < 0.6
    older = {key: value for key, value in section.items() if key not in ("least_std", "least_mean", "most_mean")}
    screen = from_section(older, arrays)
    assert screen is not None
    scores = screen.tile_scores(from_array(sheet(3)), TILE_PX, TILE_PX)
    assert np.array_equal(screen.keeps(from_array(sheet(3)), TILE_PX, TILE_PX), scores > screen.limit)
