"""Families: what the loop makes of stages, labelled images and what is learned without a gradient."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("lightning", reason="training needs lightning")

import torch

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.training import families, load, parse_recipe, recipe_of
from surfedge.training.batches.examples import Examples
from surfedge.training.checkpoints import BEST, FINISHED, LAST
from surfedge.training.families import FAMILIES
from surfedge.training.fit import Fitted, fit
from surfedge.training.networks import NETWORKS
from surfedge.training.optimisers import OPTIMISERS, optimiser_of, schedule_of
from surfedge.training.settings import Training
from surfedge.training.train import train
from two_stages import TWO_STAGES, LabelledBatches


class _KilledError(Exception):
    """What a test stops a training with."""


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The family of this test stands in the tables."""
    monkeypatch.setitem(FAMILIES, "two_stages", "two_stages:TwoStagesFamily")
    monkeypatch.setitem(NETWORKS, "two_stages", "two_stages:TwoStages")


def _examples(count: int, seed: int) -> Examples:
    """Noise, and in every second picture a bright square with its mask."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 100, (count, 1, 16, 16), np.uint8)
    masks = np.zeros_like(pictures)
    for number in range(0, count, 2):
        y, x = rng.integers(0, 11, 2)
        pictures[number, 0, y : y + 5, x : x + 5] = 220
        masks[number, 0, y : y + 5, x : x + 5] = 255
    return Examples(list(pictures), list(masks), ["good" if k % 2 else "square" for k in range(count)])


def _fit(folder: Path, *, kill_in: str = "", **tables: Any) -> Fitted:
    def progress(done: int, total: int, what: str) -> None:
        if kill_in and what.startswith(f"training {kill_in}") and done == 2:
            raise _KilledError

    recipe = parse_recipe({**TWO_STAGES, **tables})
    return fit(recipe, _examples(6, 0), _examples(4, 1), folder, threads=1, progress=progress)


def _same(a: Fitted, b: Fitted) -> bool:
    pairs = zip(a.network.state_dict().values(), b.network.state_dict().values(), strict=True)
    return a.curves == b.curves and all(torch.equal(x, y) for x, y in pairs)


def test_families_and_their_folder_agree() -> None:
    files = {path.stem for path in Path(families.__file__).parent.glob("*.py")} - {"__init__", "family", "stage"}
    own = {name: home for name, home in FAMILIES.items() if name != "two_stages"}
    assert {home.split(":")[0].rsplit(".", 1)[1] for home in own.values()} == files == set(own)
    assert {resolve(NETWORKS, name).family for name in NETWORKS} <= set(FAMILIES)


@pytest.mark.parametrize("stage", ["masks", "classes"])
def test_a_run_killed_in_any_stage_ends_as_an_uninterrupted_one(tmp_path: Path, stage: str) -> None:
    whole = _fit(tmp_path / "whole")
    assert {name: len(curve) for name, curve in whole.curves.items()} == {"masks": 3, "classes": 4}
    with pytest.raises(_KilledError):
        _fit(tmp_path / "killed", kill_in=stage)
    first = (tmp_path / "killed" / "masks" / LAST).stat().st_mtime_ns
    assert (tmp_path / "killed" / "classes" / LAST).is_file() == (stage == "classes")
    assert _same(_fit(tmp_path / "killed"), whole)
    again = (tmp_path / "killed" / "masks" / LAST).stat().st_mtime_ns
    assert (again == first) == (stage == "classes")  # a stage that is over is not trained again
    assert recipe_of(tmp_path / "killed").plain() == parse_recipe(TWO_STAGES).plain()


def test_each_stage_trains_its_own_part_from_the_best_of_the_one_before(tmp_path: Path) -> None:
    fitted = _fit(tmp_path)
    kept = {name: torch.load(tmp_path / name / BEST, weights_only=True) for name in ("masks", "classes")}
    weights = [kept[name]["state_dict"]["network.segments.weight"] for name in kept]
    assert torch.equal(*weights) and torch.equal(fitted.network.segments.weight, weights[0])
    assert not torch.equal(fitted.network.classifies.bias, torch.full((2,), 0.25))
    figures = [figure for _, _, figure in fitted.curves["masks"]]
    assert kept["masks"]["epoch"] == figures.index(min(figures)) and figures[-1] < figures[0]
    # 6 images in batches of 2: a step for each image in the first stage, for each batch in the second
    steps = [torch.load(tmp_path / name / LAST, weights_only=True)["global_step"] for name in kept]
    assert steps == [3 * 6, 4 * 3]
    assert [len(kept[name]["lr_schedulers"]) for name in kept] == [0, 1]


def test_what_is_learned_without_a_gradient_is_kept(tmp_path: Path) -> None:
    fitted = _fit(tmp_path)
    held_out = LabelledBatches(_examples(4, 1), 4, None)[0][0]
    assert float(fitted.network.largest) == pytest.approx(float(fitted.network(held_out).detach().max()), rel=1e-6)
    assert float(load(recipe_of(tmp_path), tmp_path).network.largest) == float(fitted.network.largest) != 0
    (tmp_path / FINISHED).unlink()  # killed between the last stage and the end
    assert _same(_fit(tmp_path), fitted)


def test_a_family_without_stages_learns_all_the_same(tmp_path: Path) -> None:
    network = {"name": "two_stages", "with_stages": False}
    fitted = _fit(tmp_path, network=network, training={})
    assert fitted.curve == () and fitted.epochs == 0 and fitted.best_epoch == -1
    assert float(fitted.network.largest) != 0 and torch.equal(fitted.network.classifies.bias, torch.full((2,), 0.25))
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == [FINISHED]
    stamp = (tmp_path / FINISHED).stat().st_mtime_ns
    assert _same(_fit(tmp_path, network=network, training={}), fitted)
    assert (tmp_path / FINISHED).stat().st_mtime_ns == stamp
    assert recipe_of(tmp_path).network.with_stages is False
    with pytest.raises(ArgumentError, match="another recipe"):
        _fit(tmp_path, network=network, training={}, seed=3)


def test_a_stages_table_changes_what_it_names_and_an_unknown_one_is_refused() -> None:
    recipe = parse_recipe(TWO_STAGES)
    first, second = (stage.settings for stage in recipe.family.stages(recipe))
    assert (first.optimiser, first.epochs, first.batch) == ("adadelta", 3, 2)
    assert (second.optimiser, second.epochs, second.batch, second.schedule) == ("sgd", 4, 2, "cosine")
    assert parse_recipe(recipe.plain()).plain() == recipe.plain()
    other = parse_recipe({**TWO_STAGES, "training": {**TWO_STAGES["training"], "classes": {"epochs": 9}}})
    assert other.identity() != recipe.identity()
    with pytest.raises(ArgumentError, match="unknown table 'clases'"):
        parse_recipe({**TWO_STAGES, "training": {"clases": {"epochs": 9}}})
    with pytest.raises(ArgumentError, match="has a loss of its own"):
        parse_recipe({**TWO_STAGES, "loss": {"name": "mse"}})


def test_the_network_of_the_page_on_adding_one_trains(
    plates: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file and a line are all that it needs."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "adding-a-network.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.S)
    assert block is not None
    module = ModuleType("network_of_the_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(textwrap.dedent(block[1]), module.__dict__)
    monkeypatch.setitem(NETWORKS, "blur", f"{module.__name__}:Blur")
    tables = {"network": {"name": "blur"}, "training": {"epochs": 2, "batch": 16}, "inference": {"stride_px": 16}}
    outcome = train(parse_recipe({**tables, "data": {"samples": 64}}), plates, tmp_path, threads=1)
    assert outcome.bundle.method == "reconstruction" and outcome.bundle.certificate["flipped_verdicts"] == 0
    assert outcome.fitted.curve[1][2] < outcome.fitted.curve[0][2]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_goes_downhill(name: str) -> None:
    place = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    settings = Training(optimiser=name, learning_rate=0.05, momentum=0.8, epochs=20, schedule="cosine")
    optimiser = optimiser_of(settings, [place])
    schedule = schedule_of(settings, optimiser)
    assert type(optimiser).__name__.lower() == name
    for _ in range(20):
        optimiser.zero_grad()
        place.square().sum().backward()
        optimiser.step()
        schedule.step()
    assert float(place.detach().square().sum()) < 13.0
    assert optimiser.param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-12)
    chosen = {"sgd": ("momentum", 0.8), "adam": ("betas", (0.8, 0.999))}
    if name in chosen:
        key, value = chosen[name]
        assert optimiser.param_groups[0][key] == value


def test_wrong_optimisers_and_schedules_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"training.optimiser: found 'sdg', expected adam or sgd or rmsprop"):
        Training(optimiser="sdg")
    with pytest.raises(ArgumentError, match="training.schedule"):
        Training(schedule="cosinus")
    with pytest.raises(ArgumentError, match="training.momentum"):
        Training(momentum=1.0)
