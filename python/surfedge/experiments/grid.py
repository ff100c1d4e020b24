"""What an experiment's file says, taken apart into cells: every recipe with every choice of settings, data and seeds.

seeds = [0, 1, 2]
recipes = ["bergmann-fast"]         # names or files
methods = ["statistics"]            # without a network, for comparison
pictures = 6                        # test images in the picture rows
half = "odd"                        # of the test images, see surfedge.datasets.half_of
weights = "resnet18.pth"            # for networks that begin with weights trained elsewhere, relative to the file
[data]
leather = "data/leather"            # MVTec layout, relative to the file; tables: see surfedge.experiments.material
[set]
"training.epochs" = 10              # the same for all
[vary]
loss = [{name = "mse"}, {name = "ssim"}]       # a whole table,
"inference.residual" = ["l2", "ssim"]          # or one key of it; {data} in a text is the data set's name
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from surfedge.bundle import deserialize
from surfedge.datasets import half_of
from surfedge.errors import ArgumentError
from surfedge.experiments.material import Material, placed
from surfedge.methods import WITHOUT_NETWORK
from surfedge.training import Recipe, parse_recipe, parse_toml, read_recipe


@dataclass(frozen=True)
class Experiment:
    """The tables of the file; see above."""

    data: dict
    recipes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    set: dict = field(default_factory=dict)
    vary: dict = field(default_factory=dict)
    pictures: int = 6
    half: str = "all"
    weights: str = ""

    def __post_init__(self) -> None:
        if not self.data:
            raise ArgumentError("experiment.data", found="none", expected='name = "folder"')
        for name, entry in self.data.items():
            Material.of(entry, name)
        if not self.recipes and not self.methods:
            raise ArgumentError("experiment.recipes", found="none, and no methods", expected="at least one")
        half_of([], self.half)
        for name in self.methods:
            if name not in WITHOUT_NETWORK:
                raise ArgumentError("experiment.methods", found=repr(name), expected=", ".join(WITHOUT_NETWORK))
        for key, values in self.vary.items():
            if not isinstance(values, list) or not values:
                raise ArgumentError(f"experiment.vary.{key}", found=repr(values), expected="a list of values")

    def materials(self) -> dict[str, Material]:
        """What each entry of `data` names."""
        return {name: Material.of(entry, name) for name, entry in self.data.items()}

    def variants(self, data: str) -> Iterator[tuple[str, dict[str, str], Recipe]]:
        """(recipe name, what was varied as texts, recipe) of each combination on the data set `data`, each seed."""
        for name in self.recipes:
            recipe = read_recipe(name)
            if self.weights and hasattr(recipe.network, "weights"):
                recipe = recipe.with_weights(self.weights)
            plain = recipe.plain()
            for values in itertools.product(*self.vary.values()):
                chosen = dict(zip(self.vary, values, strict=True))
                tables = changed(plain, _filled({**self.set, **chosen}, data))
                for seed in self.seeds:
                    label = {key: _text(value) for key, value in chosen.items()}
                    yield (
                        Path(name).stem if name.endswith(".toml") else name,
                        label,
                        parse_recipe({**tables, "seed": seed}, f"recipe {name}"),
                    )


def read_experiment(path: str | Path, data: Mapping[str, str] | None = None) -> Experiment:
    """The experiment in the file `path`; folders are relative to it, but those in `data` are taken as they are.

    Raises ArgumentError for what is wrong in the file, and for a name in `data` that the file does not have.
    """
    path = Path(path)
    try:
        tables = parse_toml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError("experiment", found=f"no readable file {str(path)!r}", expected="a TOML file") from error
    experiment = deserialize(Experiment, tables, name="experiment")
    materials = {name: asdict(each) for name, each in placed(experiment.data, path.parent, data or {}).items()}
    weights = experiment.weights
    if weights and weights != "torchvision":
        weights = str(path.parent / weights)
    recipes = tuple(str(path.parent / name) if name.endswith(".toml") else name for name in experiment.recipes)
    read = replace(experiment, data=materials, recipes=recipes, weights=weights)
    for name in materials:
        list(read.variants(name))  # a wrong key is found before hours of training, not after
    return read


def changed(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`tables` with each change, ``"table.key"`` or a whole ``"table"``, made.

    >>> changed({"loss": {"name": "mse"}, "training": {"epochs": 3}}, {"training.epochs": 9})["training"]
    {'epochs': 9}
    """
    result = copy.deepcopy(dict(tables))
    for path, value in changes.items():
        table, dot, key = path.partition(".")
        if not dot:
            result[table] = copy.deepcopy(value)
        elif isinstance(result.setdefault(table, {}), dict):
            result[table][key] = value
    return result


def _filled(value: Any, data: str) -> Any:
    """`value` with {data} in its texts replaced."""
    if isinstance(value, dict):
        return {key: _filled(item, data) for key, item in value.items()}
    return value.replace("{data}", data) if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(item) if key == "name" else f"{key}={item}" for key, item in value.items())
    return str(value)
