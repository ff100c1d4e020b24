"""The verb strip: what it says, what it leaves, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from strips.coils import coil, write_images
from surfedge.cli import main


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("coil") / "lines", coil(2400))


def command(images: Path, out: Path, *more: str) -> list[str]:
    return ["strip", str(images), "--out", str(out), "--pixel-size", "0.5", "--tile-lines", "512", *more]


def test_a_coil_is_inspected_and_stored(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rolls.toml").write_text('[[roll]]\nname = "pinch roll"\ndiameter_mm = [60, 70]\n')
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "any"\nverdict = "second"\n')
    more = ("--rolls", str(tmp_path / "rolls.toml"), "--rules", str(tmp_path / "rules.toml"))
    assert main(command(images, tmp_path / "coil", *more)) == 0
    said = capsys.readouterr().out
    assert "grade: second" in said and "severity" in said and str(tmp_path / "coil" / "coil.html") in said
    assert main([*command(images, tmp_path / "coil", *more), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["length_m"] == pytest.approx(1.2) and summary["defects"] >= 6 and summary["verdict"] == "second"
    assert main(["strip", str(tmp_path / "coil"), "--dry-run", str(tmp_path / "rules.toml"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["coils"]
    assert row["verdict"] == row["by_these_rules"]["verdict"] == "second"


def test_a_lost_image_is_a_skip(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "lines", coil(2400))
    (folder / "00002.png").unlink()
    (folder / "00003.png").write_bytes(b"torn")
    assert main(command(folder, tmp_path / "coil")) == 1
    assert "image number 2 is missing" in (tmp_path / "coil" / "not_inspected.csv").read_text()


def test_a_raw_file(tmp_path: Path) -> None:
    coil(1200).tofile(tmp_path / "coil.raw")
    assert main(command(tmp_path / "coil.raw", tmp_path / "out", "--width", "240")) == 0
    assert main(command(tmp_path / "coil.raw", tmp_path / "again")) == 2


def test_a_flat_field_evens_columns_out(tmp_path: Path) -> None:
    gain = np.linspace(0.5, 1.2, 240)
    lines = np.random.default_rng(0).normal(128, 4, (2000, 240))
    write_images(tmp_path / "good", (lines[:500] * gain).clip(0, 255).astype(np.uint8))
    write_images(tmp_path / "lines", (lines * gain).clip(0, 255).astype(np.uint8))
    flat = ("--flat-field", str(tmp_path / "good" / "00000.png"), "--edges", "--y-from", "right")
    assert main(command(tmp_path / "lines", tmp_path / "out", *flat)) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["strip", "lines", "--out", "x"],
        ["strip", "lines", "--pixel-size", "0.5"],
        ["strip", "a", "b", "--out", "x", "--pixel-size", "0.5"],
        ["strip", "nowhere", "--out", "x", "--pixel-size", "0.5"],
        ["strip", "lines", "--out", "x", "--pixel-size", "-1"],
        ["strip", "lines", "--out", "x", "--pixel-size", "0.5", "--dark", "d.png"],
        ["strip", "lines", "--out", "x", "--pixel-size", "0.5", "--method", "dzl", "--model", "m"],
    ],
)
def test_wrong_use(wrong: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(wrong) == 2


def test_another_coil_in_the_folder(images: Path, tmp_path: Path) -> None:
    assert main(command(images, tmp_path / "coil")) == 0
    assert main(command(images, tmp_path / "coil", "--name", "other")) == 3


def test_a_rendered_coil_from_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/coils.md shows, shorter and coarser: the roll is named."""
    (tmp_path / "rolls.toml").write_text('[[roll]]\nname = "F7 work roll"\ndiameter_mm = [600, 700]\n')
    wanted = ["strip", str(tmp_path / "coil"), "--render", "16", "--pixel-size", "1", "--edges"]
    wanted += ["--rolls", str(tmp_path / "rolls.toml"), "--out", str(tmp_path / "inspected"), "--json"]
    for _ in range(2):  # the second time nothing is rendered, nothing inspected
        assert main(wanted) == 1  # head and tail show no strip
        summary = json.loads(capsys.readouterr().out)
        assert summary["series"][0]["suspects"][0]["name"] == "F7 work roll"
        assert summary["series"][0]["diameter_mm"] == pytest.approx(650, abs=2)
