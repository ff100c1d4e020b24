"""surfedge train, export, experiment: what a user types, and what is said when it cannot work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.cli import main
from surfedge.scoring import claimed

RECIPE = """
[network]
name = "bergmann"
latent = 4
width = 4
input_px = 32
[data]
samples = 32
[training]
epochs = 2
batch = 16
[inference]
stride_px = 32
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    folder = tmp_path / "plates"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(40):
        cv2.imwrite(str(folder / f"{number}.png"), rng.integers(90, 140, (40, 48), np.uint8))
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return folder


def _train(good: Path, *more: str) -> int:
    recipe, out = good.parent / "tiny.toml", good.parent / "plate.surfedge"
    return main(["train", str(good), "--recipe", str(recipe), "--out", str(out), "--threads", "1", "--json", *more])


def test_from_a_folder_to_a_verdict_and_onnx(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    assert _train(good) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["certificate"]["flipped_verdicts"] == 0 and said["provenance"]["epochs"] == 2
    bundle = tmp_path / "plate.surfedge"
    assert (
        main(["score", str(good / "0.png"), "--model", str(bundle), "--out", str(tmp_path / "results"), "--json"]) == 0
    )
    assert main(["verify", str(bundle), "--json"]) == 0
    _again(good, capsys)
    run = tmp_path / "plate.surfedge.training"
    for name in ("plate.xml", "plate.onnx"):
        if name.endswith("onnx"):
            pytest.importorskip("onnx", reason="ONNX export needs onnx")
        kind = "onnx" if name.endswith("onnx") else "openvino"
        assert main(["export", str(run), "--format", kind, "--out", str(tmp_path / name), "--json"]) == 0
        assert (tmp_path / name).stat().st_size > 1000
    assert main(["export", str(run), "--format", "onnx", "--out", str(tmp_path / "plate.xml"), "--json"]) == 2


def test_a_training_that_learned_nothing_says_so(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    recipe = good.parent / "tiny.toml"
    recipe.write_text(RECIPE.replace("batch = 16", "batch = 16\nlearning_rate = 1e-12"))
    out = good.parent / "plate.surfedge"
    assert main(["train", str(good), "--recipe", str(recipe), "--out", str(out), "--threads", "1"]) == 0
    (said,) = Bundle.read(out).provenance["warnings"]
    assert "never fell below that of the first epoch" in said and f"WARNING: {said}" in capsys.readouterr().out


def test_good_images_in_addition(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Confirmed by a person: learned from as well, and said; the export of the training takes them again."""
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    more = tmp_path / "confirmed"
    more.mkdir()
    for number in range(4):
        (good / f"{number}.png").rename(more / f"{number}.png")
    assert _train(good) == 2 and "found 36" in capsys.readouterr().out
    assert _train(good, "--also-good", str(more)) == 0
    provenance = json.loads(capsys.readouterr().out)["provenance"]
    assert provenance["also_good"] == 4 and provenance["learned_images"] == 32
    again = ["export", str(tmp_path / "plate.surfedge.training"), "--precision", "f32", "--good", str(good)]
    assert main([*again, "--out", str(tmp_path / "a.surfedge")]) == 2
    assert main([*again, "--out", str(tmp_path / "a.surfedge"), "--also-good", str(more)]) == 0
    assert Bundle.read(tmp_path / "a.surfedge").provenance["also_good"] == 4


def test_one_process_trains_in_a_folder(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    folder = good.parent / "plate.surfedge.training"
    folder.mkdir()
    (folder / "last.ckpt").write_bytes(b"kept")
    with claimed(folder):
        assert _train(good, "--fresh") == 3
        assert "another process training in it" in capsys.readouterr().out
    assert (folder / "last.ckpt").read_bytes() == b"kept"


def _again(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same command finds its work done; another seed does not go on with it unless told to start afresh."""
    capsys.readouterr()
    assert _train(good) == 0
    first = json.loads(capsys.readouterr().out)
    assert _train(good, "--seed", "1") == 2
    assert "--fresh" in capsys.readouterr().err
    assert _train(good, "--seed", "1", "--fresh") == 0
    assert json.loads(capsys.readouterr().out)["threshold"] != first["threshold"]


def test_every_rule_and_a_place_to_write_are_looked_at_first(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One training serves every rule; what cannot work is said before it begins."""
    pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    assert main(["train", str(good), "--recipe", str(tmp_path / "tiny.toml"), "--out", str(tmp_path)]) == 2
    assert _train(good, "--rule", "false-calls:0.01") == 2
    assert "found 8 good images, expected 99 or more" in capsys.readouterr().err
    assert _train(good, "--rule", "highest") == 2
    assert not list(tmp_path.glob("*.training/*"))
    thresholds, stamps = {}, set()
    for rule in ("max", "ksigma:1", "max-area:40"):
        capsys.readouterr()
        assert _train(good, "--rule", rule) == 0
        thresholds[rule] = json.loads(capsys.readouterr().out)["threshold"]
        stamps.add((tmp_path / "plate.surfedge.training" / "last.ckpt").stat().st_mtime_ns)
    assert len(stamps) == 1
    scores = Bundle.read(tmp_path / "plate.surfedge").arrays["calibration/scores"]
    assert len(scores) == 8 and thresholds["max"] == pytest.approx(scores.max())
    assert thresholds["ksigma:1"] == pytest.approx(scores.mean() + scores.std())
    assert len(set(thresholds.values())) == 3
    assert main(["calibrate", str(tmp_path / "plate.surfedge"), str(good), "--rule", "max"]) == 0
    said = capsys.readouterr().out
    assert "its 8 held-out ones of 40 are calibrated on" in said and "8 good images" in said
    assert Bundle.read(tmp_path / "plate.surfedge").decision["threshold"] == pytest.approx(thresholds["max"])


def test_a_teachers_weights_are_given_by_hand(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch", reason="training needs torch")
    pytest.importorskip("lightning", reason="training needs lightning")
    from surfedge.training.backbones.resnet18 import ResNet18

    assert _train(good, "--weights", "resnet18.pth") == 2
    assert "weights: found bergmann, expected a network that begins with" in capsys.readouterr().err
    (tmp_path / "tiny.toml").write_text(
        '[network]\nname = "stfpm"\nwidth = 4\ninput_px = 32\n[training]\nepochs = 1\nbatch = 16\noptimiser = "sgd"\n'
    )
    assert _train(good, "--weights", str(tmp_path / "resnet18.pth")) == 2
    assert "no readable file" in capsys.readouterr().err
    torch.save(ResNet18(4).state_dict(), tmp_path / "resnet18.pth")
    assert _train(good, "--weights", str(tmp_path / "resnet18.pth")) == 0
    said = json.loads(capsys.readouterr().out)["provenance"]
    assert said["weights"]["source"] == "resnet18.pth" and "cube root" in said["map"]
    assert (
        main(
            [
                "score",
                str(good / "0.png"),
                "--model",
                str(good.parent / "plate.surfedge"),
                "--out",
                str(tmp_path / "results"),
            ]
        )
        == 0
    )


def test_without_torch_the_remedy_is_named(
    good: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else found(name, *rest)
    )
    for command in (
        ["train", str(good), "--recipe", "x", "--out", "y"],
        ["export", "x", "--out", "y.onnx"],
        ["experiment", "x.toml", "--out", "y"],
    ):
        assert main(command) == 3
        assert "pip install 'surfedge[train]'" in capsys.readouterr().err


def test_help_does_not_import_torch() -> None:
    import subprocess

    code = (
        "import sys\nfrom surfedge.cli import main\n"
        "try: main(['train', '--help'])\nexcept SystemExit: pass\n"
        "sys.exit(bool({'torch', 'lightning', 'openvino'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0
