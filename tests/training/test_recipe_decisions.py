"""The decision of every recipe that reconstructs, behind a network that was trained on rendered plates.

Residual, smoothing, limit, opening and score are the recipe's; the network is the packaged one of plate-fast. At least
a quarter of the defective plates is called, and at most 5 % of the good ones, none of which any limit was chosen on.
docs/reconstruction.md has the counts on more plates, and what the sources' limits do with the SSIM residual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import surfaces
import surfedge.methods.reconstruction as reconstruction
from surfedge.bundle import Bundle
from surfedge.bundle.packaged import packaged
from surfedge.calibration import calibrate
from surfedge.detector import Detector
from surfedge.methods import Reconstruction
from surfedge.synthesis import render
from surfedge.training import read_recipe

KINDS = ("hole", "scratch", "dent", "stain", "pit", "roll_mark")
GOOD, NEW, DEFECTS = 40, 60, 60
RECIPES = [name for name in sorted(packaged("recipe.toml")) if isinstance(read_recipe(name).inference, Reconstruction)]


def distinct(names: list[str]) -> dict[str, list[str]]:
    """The recipes that decide differently, each with all that decide like it."""
    found: dict[str, list[str]] = {}
    for name in names:
        recipe = read_recipe(name)
        how = recipe.inference.residual, recipe.inference.window_px, recipe.decision, recipe.calibration
        found.setdefault(repr(how), []).append(name)
    return {alike[0]: alike for alike in found.values()}


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path], list[Path]]:
    """Good ones to calibrate on, good ones and defective ones to count."""
    folder = tmp_path_factory.mktemp("plates")

    def plate(seed: int, *defects: str) -> Path:
        return surfaces.save(folder / f"{seed}.png", render("plate", (256, 256), 0.5, defects=defects, seed=seed).image)

    good = [plate(number) for number in range(GOOD + NEW)]
    return good[:GOOD], good[GOOD:], [plate(3000 + n, KINDS[n % len(KINDS)]) for n in range(DEFECTS)]


@pytest.fixture(scope="module", autouse=True)
def reconstructed_once() -> Iterator[None]:
    """Each plate goes through the network once for all recipes; few defects are drawn on them, which nothing here asks
    for."""
    known: dict[bytes, np.ndarray] = {}
    run = reconstruction.run_tiled

    def run_once(network: object, picture: np.ndarray, *settings: int) -> np.ndarray:
        key = picture.tobytes()
        if key not in known:
            known[key] = run(network, picture, *settings)  # type: ignore[arg-type]
        return known[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "run_tiled", run_once)
        patch.setattr("surfedge.calibration.made_defects.MOST", 2)
        yield


def called(recipe_name: str, plates: tuple[list[Path], list[Path], list[Path]], rule: str = "") -> tuple[float, float]:
    """Fractions of defective and of good plates that are called by the recipe's decision, or by another rule."""
    calibrating, good, defective = plates
    recipe = read_recipe(recipe_name)
    trained = Detector(Bundle.read(packaged("*.surfedge")["plate-fast"]), device="CPU").method
    asked = recipe.inference
    settings = {"residual": asked.residual, "window_px": asked.window_px, "gaussian": asked.gaussian}
    method = replace(trained, **settings, mean=None, prediction=None, whitener=None)
    made = calibrate(
        method,
        recipe.decision,
        calibrating,
        rule=rule or recipe.calibration.rule,
        normalise=recipe.calibration.normalise,
        prefilter="none",
        plausibility="note",
    )
    detector = Detector(made.bundle, device="CPU")
    found, false = (float(np.mean([detector(path).is_defective for path in some])) for some in (defective, good))
    print(f"{recipe_name} {rule or recipe.calibration.rule}: recall {found:.3f}, false calls {false:.3f}")
    return found, false


def test_all_recipes_that_reconstruct_are_here() -> None:
    assert {"alexnet", "bergmann-l2", "bergmann-ssim", "leather-l2", "leather-ssim", "plate-fast"} <= {*RECIPES}
    assert sum(map(len, distinct(RECIPES).values())) == len(RECIPES) >= 10


@pytest.mark.parametrize("recipe_name", distinct(RECIPES))
def test_it_finds_a_quarter_and_spares_good_plates(
    recipe_name: str, plates: tuple[list[Path], list[Path], list[Path]]
) -> None:
    found, false = called(recipe_name, plates)
    assert found >= 0.25 and false <= 0.05


def test_the_limit_over_pixels_finds_what_that_of_maxima_misses(
    plates: tuple[list[Path], list[Path], list[Path]],
) -> None:
    assert called("bergmann-l2", plates, "quantile:0.99")[0] == 0
