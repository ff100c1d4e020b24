"""calibrate --screen, --ignore and evaluate with and without the screen, on a network of the engine's own operators."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
from surfedge import Bundle, Detector
from surfedge.bundle import serialize, with_section
from surfedge.cli import main
from surfedge.methods import Network


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set in the MVTec layout and a bundle with a tiled network."""
    folder = tmp_path_factory.mktemp("plates")
    for part, label, count in (("train", "good", 12), ("test", "good", 4), ("test", "scratch", 4)):
        for number in range(count):
            rng = np.random.default_rng([number, len(label), len(part)])
            plate = rng.normal(128, 4, (192, 256)).clip(0, 255).astype(np.uint8)
            mask = np.zeros_like(plate)
            if label == "scratch":
                cv2.line(mask, (30 + 40 * number, 40), (70 + 40 * number, 90), 255, 3)
                plate[mask > 0] = 20
                (folder / "ground_truth" / label).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / "ground_truth" / label / f"{number}_mask.png"), mask)
            (folder / part / label).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / part / label / f"{number}.png"), plate)
    network = Network(*graphs.costly(folder, tile_px=32, width=8, depth=2), view="tiles", stride_px=32)
    settings, arrays, blobs = serialize(network)
    parts = with_section("method", arrays, blobs)[1]
    Bundle("network", settings, {"threshold": 0.2}, blobs=parts).write(folder / "b.surfedge")
    return folder


def test_calibrate_and_evaluate_a_screen(plates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = tmp_path / "screened.surfedge"
    words = ["--out", str(bundle), "--normalise", "none", "--screen", "0.9"]
    assert main(["calibrate", str(plates / "b.surfedge"), str(plates), *words]) == 0
    assert "90.0% of good tiles skip the network" in capsys.readouterr().out
    assert Bundle.read(bundle).screen["share"] == 0.9
    assert main(["info", str(bundle)]) == 0
    assert "screen.share" in capsys.readouterr().out
    command = ["evaluate", str(plates), "--model", str(bundle), "--bootstrap", "0"]
    assert main([*command, "--out", str(tmp_path / "judged")]) == 0
    said = capsys.readouterr().out
    assert "with screen" in said and "from the network" in said
    assert (tmp_path / "judged" / "without_screen" / "figures.json").exists()
    assert main([*command, "--out", str(tmp_path / "json"), "--json"]) == 0
    screen = json.loads(capsys.readouterr().out)["screen"]
    assert screen["image_auroc"] == {"on": 1.0, "off": 1.0} and 0.2 < screen["skipped_share"] < 1.0
    assert screen["au_pro_0.30"]["on"] > screen["au_pro_0.30"]["off"] - 0.05
    again = tmp_path / "again.surfedge"  # a screen stays with its share until it is taken away
    assert main(["calibrate", str(bundle), str(plates), "--out", str(again), "--normalise", "none"]) == 0
    assert Bundle.read(again).screen["share"] == 0.9
    assert main(["calibrate", str(bundle), str(plates), "--out", str(again), "--screen", "0", "--force"]) == 0
    assert Bundle.read(again).screen == {} and not Bundle.read(again).parts_of("screen")


def test_calibrate_and_tune_say_what_the_screen_costs(
    plates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "screened.surfedge"
    words = ["--out", str(bundle), "--normalise", "none", "--screen", "0.9", "--labelled", str(plates)]
    assert main(["calibrate", str(plates / "b.surfedge"), str(plates), *words]) == 0
    said = capsys.readouterr().out
    assert "with screen" in said and "of the area of good ones from the network" in said
    tune = ["tune", str(bundle), "--lines", "32", "--width", "100", "--seconds", "0.01", "--device", "CPU"]
    assert main([*tune, "--labelled", str(plates), "--json"]) == 0
    cost = json.loads(capsys.readouterr().out)["screen"]
    assert cost["image_auroc"] == {"on": 1.0, "off": 1.0}
    assert 0.6 < cost["skipped_good"] < 1.0 and cost["skipped_defective"] < cost["skipped_good"]
    on, off = cost["au_pro_0.05"].values()
    detectors = Detector(bundle), Detector(bundle, screen=False)
    assert abs(on - off) < 0.2 and detectors[0].method.screen and not detectors[1].method.screen
    assert main([*tune[:1], str(plates / "b.surfedge"), *tune[2:], "--labelled", str(plates)]) == 2
    assert "no screen" in capsys.readouterr().err


def test_calibrate_with_a_mask_of_what_is_never_judged(plates: Path, tmp_path: Path) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :32] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    out = tmp_path / "half.surfedge"
    words = ["--ignore", str(tmp_path / "mask.png"), "--out", str(out)]
    assert main(["calibrate", "statistics", str(plates), *words]) == 0
    detector = Detector(out)
    left, right = (detector(plates / "test" / "scratch" / f"{number}.png") for number in (0, 3))
    assert left.ignored_share == right.ignored_share == 0.5
    assert right.is_defective and left.score < right.score / 10
    assert all(region.box[0] >= 128 for region in right.regions)
