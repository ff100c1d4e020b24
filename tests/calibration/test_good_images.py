"""Good images of every kind: mixed, unreadable, too few, too many for memory; none is judged by what it taught."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.calibration import calibrate
from surfedge.calibration import good_images as good_frames
from surfedge.decision import Decision, RawMap
from surfedge.errors import DatasetError
from surfedge.images import Frame
from surfedge.methods import METHODS, Method
from surfedge.synthesis import render


def test_mixed_sizes_depths_and_colours(tmp_path: Path) -> None:
    for number in range(12):
        image = render("strip", shape=(64 + 8 * number, 150 - 9 * number), seed=number).image
        image = image if number % 3 else np.repeat(image[..., None], 3, axis=2)
        surfaces.save(tmp_path / f"{number}.png", image if number % 4 else image * np.uint16(257))
    outcome = learned(sorted(tmp_path.iterdir()))
    assert outcome.scores.shape == (12,) and not outcome.skipped
    assert outcome.bundle.arrays["method/mean"].shape == (19,)


def test_unreadable_files_are_skipped_and_named(strips: list[Path], tmp_path: Path) -> None:
    cut, text = tmp_path / "cut.png", tmp_path / "text.png"
    cut.write_bytes(strips[0].read_bytes()[:500])
    text.write_text("no image")
    outcome = learned([cut, *strips, text, tmp_path / "gone.png"])
    assert [Path(path).name for path, _ in outcome.skipped] == ["cut.png", "text.png", "gone.png"]
    assert all(reason.startswith("found ") for _, reason in outcome.skipped)
    assert outcome.bundle.calibration["good_images"] == 24 and outcome.bundle.calibration["skipped"] == 3
    np.testing.assert_array_equal(outcome.scores, learned(strips).scores)


def test_too_few_images(strips: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"good images: found 7, expected 8 or more; add defect-free images"):
        learned(strips[:7])
    learned(strips[:8])
    broken = [tmp_path / f"{number}.png" for number in range(20)]
    with pytest.raises(DatasetError, match=r"found 0 \(20 left out: found No such file"):
        learned(broken)


def test_a_set_too_large_for_memory_gives_the_same(strips: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = learned(strips)
    monkeypatch.setattr(good_frames, "CACHE_BYTES", 40_000)
    again = learned(strips)
    np.testing.assert_array_equal(again.scores, expected.scores)
    for name, array in expected.bundle.arrays.items():
        np.testing.assert_array_equal(again.bundle.arrays[name], array)


def test_progress_is_told(strips: list[Path]) -> None:
    told: list[tuple[int, int, str]] = []
    learned(strips, progress=lambda done, total, what: told.append((done, total, what)))
    assert {what for _, _, what in told} == {"reading", "learning", "judging", "drawing defects"}
    assert all(0 <= done <= total <= 24 for done, total, _ in told)


@dataclass(frozen=True)
class Spy(Method):
    """Remembers which images it learned from and which it judged, by their first pixel."""

    name: ClassVar[str] = "spy"
    fitted: tuple[int, ...] = ()
    judged: ClassVar[list[tuple[tuple[int, ...], int]]] = []

    def inspect(self, frame: Frame) -> RawMap:
        Spy.judged.append((self.fitted, int(frame.pixels[0, 0])))
        return RawMap(frame.pixels.astype(np.float32))

    def fit(self, frames: Iterable[Frame]) -> Spy:
        return replace(self, fitted=tuple(int(frame.pixels[0, 0]) for frame in frames))


def test_no_image_is_judged_by_what_it_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "spy", "calibration.test_good_images:Spy")
    Spy.judged.clear()
    paths = [surfaces.save(tmp_path / f"{n:02}.png", np.full((40, 40), n, np.uint8)) for n in range(11)]
    bundle = calibrate(Spy(), Decision(), paths, rule="max").bundle
    assert bundle.settings["fitted"] == list(range(11))
    judged = Spy.judged[:11]  # then come the same with drawn defects
    assert {image for _, image in judged} == set(range(11)) and len(Spy.judged) == 22
    for fitted, image in judged:
        assert image not in fitted and len(fitted) >= 5
