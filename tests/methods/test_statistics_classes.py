"""Classes without a network: the features by a slower twin, and from class folders to verdicts without torch."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import surfaces
from surfedge import Bundle
from surfedge.calibration import calibrate_classes
from surfedge.cli import main
from surfedge.datasets import Sample
from surfedge.images import from_array
from surfedge.methods.statistics import Statistics
from surfedge.methods.statistics_classes import QUANTILES, StatisticsClasses


def texture(kind: str, seed: int, shape: tuple[int, int] = (64, 72)) -> np.ndarray:
    """Noise of one grain and mean or of another, uint8."""
    rng = np.random.default_rng([seed, len(kind)])
    pixels = rng.normal(0, 12, shape)
    if kind == "stripes":
        pixels = np.repeat(pixels[:, ::4], 4, axis=1)[:, : shape[1]]
    return np.clip(pixels + 128, 0, 255).astype(np.uint8)


def test_features_are_the_distribution_of_the_patch_statistics() -> None:
    frame = from_array(texture("stripes", 1))
    cells = Statistics().features(frame, False).astype(np.float64)
    found = StatisticsClasses().features(frame)
    assert found.shape == (304,) and found.dtype == np.float32
    flat = cells.reshape(19, -1)
    np.testing.assert_allclose(found[:19], flat.mean(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[19:38], flat.std(axis=1), rtol=1e-3, atol=1e-5)
    expected = np.stack([np.quantile(flat, each, axis=1) for each in QUANTILES])
    np.testing.assert_allclose(found[38:133], expected.ravel(), rtol=1e-4, atol=1e-5)
    correlation = np.corrcoef(flat)
    pairs = [correlation[i, j] for i in range(19) for j in range(i + 1, 19)]
    np.testing.assert_allclose(found[133:], pairs, atol=2e-3)


def test_an_even_image_has_features() -> None:
    found = StatisticsClasses().features(from_array(np.full((40, 40), 90, np.uint8)))
    assert np.isfinite(found).all() and np.allclose(found[133:], 0, atol=1e-3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind in ("grain", "stripes"):
        for number in range(6):
            surfaces.save(tmp_path / "set" / kind / f"{number}.png", texture(kind, number))
    return tmp_path / "set"


def test_from_class_folders_to_verdicts(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    had_torch, out = "torch" in sys.modules, tmp_path / "classes.surfedge"
    assert main(["calibrate", "statistics_classes", str(folder), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "each judged by a head that had not learned from it: accuracy 1.000" in said
    assert ("torch" in sys.modules) == had_torch and out.stat().st_size < 20_000
    new = [surfaces.save(tmp_path / "new" / f"{kind}.png", texture(kind, 99)) for kind in ("grain", "stripes")]
    assert main(["score", *map(str, new), "--model", str(out), "--out", str(tmp_path / "scored"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"grain": 1, "stripes": 1}


def test_a_head_learns_again_from_other_classes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "classes.surfedge"
    assert main(["calibrate", "statistics_classes", str(folder), "--out", str(out)]) == 0
    (folder / "grain").rename(folder / "OK")
    assert main(["calibrate", str(out), str(folder), "--json"]) == 0  # its own path is replaced
    bundle = Bundle.read(out)
    assert bundle.settings["class_names"] == ["good", "stripes"] and bundle.decision["good_classes"] == ["good"]


def test_an_image_that_cannot_be_read_is_named(folder: Path) -> None:
    samples = [Sample(path, path.parent.name) for path in sorted(folder.rglob("*.png"))]
    samples[3].path.write_bytes(b"no image")
    outcome = calibrate_classes(StatisticsClasses(), samples, Bundle("statistics_classes"))
    assert [path for path, _ in outcome.skipped] == [str(samples[3].path)] and outcome.copies == 0
    assert outcome.bundle.provenance["learned_images"] == 11


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--defects", "."], "--defects: found a classifier, expected a detector"),
        (["--screen", "0.9"], "--screen: found a classifier, expected a detector"),
        (["--classes", "."], "--classes: found a classifier, expected a detector"),
        (["--rule", "max"], "--rule: found a classifier, expected a detector"),
        (["--foreground"], "--foreground: found a classifier, expected a detector"),
        (["--plausibility", "note"], "--plausibility: found a classifier, expected a detector"),
    ],
)
def test_what_is_for_detectors_is_refused(
    words: list[str], message: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "classes.surfedge")
    assert main(["calibrate", "statistics_classes", str(folder), "--out", out, *words]) == 2
    assert message in capsys.readouterr().err


def test_an_image_of_two_classes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "stripes" / "again.png").write_bytes((folder / "grain" / "3.png").read_bytes())
    assert main(["calibrate", "statistics_classes", str(folder), "--out", str(tmp_path / "a.surfedge")]) == 2
    said = capsys.readouterr().err
    assert "again.png: found the same image as" in said and "of class stripes and of class grain" in said


def test_copies_count_once(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else each would be judged by a head that had learned from it."""
    for kind in ("grain", "stripes"):
        for number in range(3):
            (folder / kind / f"copy{number}.png").write_bytes((folder / kind / "0.png").read_bytes())
    out = tmp_path / "classes.surfedge"
    assert main(["calibrate", "statistics_classes", str(folder), "--out", str(out)]) == 0
    assert "6 copies of other images of their class left out" in capsys.readouterr().out
    found = Bundle.read(out).calibration
    assert found["labelled_images"] == found["held_out"]["images"] == 12
    for path in sorted((folder / "grain").iterdir()):
        if path.name not in ("0.png", "copy0.png"):
            path.unlink()
    assert main(["calibrate", "statistics_classes", str(folder), "--out", str(tmp_path / "b.surfedge")]) == 2
    assert "1 image of grain" in capsys.readouterr().err


def test_one_class_and_one_image_of_a_class(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "classes.surfedge")
    for path in sorted((folder / "grain").iterdir())[1:]:
        path.unlink()
    assert main(["calibrate", "statistics_classes", str(folder), "--out", out]) == 2
    assert "found 1 image of grain, expected" in capsys.readouterr().err
    (folder / "grain" / "0.png").unlink()
    assert main(["calibrate", "statistics_classes", str(folder), "--out", out]) == 2
    assert "the class stripes alone" in capsys.readouterr().err
