"""A training on a worker gives the bundle and the checkpoints of a training on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")
pytest.importorskip("distributed")

from surfedge.cli import main
from surfedge.training.elsewhere import files_named
from tiny import without_times


def test_a_bundle_is_that_of_a_training_here(
    plates: list[Path], address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[network]\nname = "bergmann"\nlatent = 8\nwidth = 4\ninput_px = 32\n[data]\nsamples = 32\n'
        "[training]\nepochs = 2\nbatch = 16\n[inference]\nstride_px = 32\n"
    )
    for out, more in (("here", ["--threads", "1"]), ("there", ["--cluster", address])):
        command = ["train", str(plates[0].parent), "--recipe", str(recipe), "--out", str(tmp_path / out)]
        assert main([*command, *more]) == 0, capsys.readouterr().err
    assert without_times(tmp_path / "there") == without_times(tmp_path / "here")
    kept = {path.name for path in (tmp_path / "there.training").iterdir()}
    assert kept == {path.name for path in (tmp_path / "here.training").iterdir()} and "last.ckpt" in kept
    curves = [(tmp_path / f"{out}.training" / "curve.csv").read_bytes() for out in ("here", "there")]
    assert curves[0] == curves[1]


def test_an_error_there_is_the_error_here(
    plates: list[Path], address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "wrong.toml"
    recipe.write_text('[network]\nname = "bergmann"\n[calibration]\nrule = "tolerance:0.999:0.99"\n')
    said = []
    for more in ([], ["--cluster", address]):
        command = ["train", str(plates[0].parent), "--recipe", str(recipe), "--out", str(tmp_path / "x"), *more]
        said.append((main(command), capsys.readouterr().err))
    assert said[0] == said[1] and said[0][0] in (2, 3) and said[0][1].count("\n") == 1


def test_files_that_a_recipe_names(tmp_path: Path) -> None:
    weights = tmp_path / "weights.pth"
    weights.write_bytes(b"")
    tables = {"network": {"weights": str(weights), "name": "stfpm"}, "transfer": {"start": str(tmp_path)}, "seed": 3}
    assert files_named(tables) == [weights, weights]
    assert files_named({"network": {"weights": f"{tmp_path}/gone"}}) == []
