"""A recipe: the TOML file that says how a bundle is trained. Unknown keys, wrong types and values are refused.

Tables: [network] and [loss] (``name`` and the settings of that class), [data], [augmentation], [training] (with a table
[training.NAME] for what differs in a stage of that name), [transfer], [inference] (``precision``, and the settings of
the method that the network's family runs as), [decision] (fields of surfedge.decision.Decision) and [calibration]. All
have defaults but the network's name.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.bundle import deserialize, serialize
from surfedge.bundle.packaged import packaged
from surfedge.decision import Decision
from surfedge.errors import ArgumentError, require
from surfedge.files import without_folders
from surfedge.precision import BUNDLE_PRECISIONS
from surfedge.registry import resolve
from surfedge.training.families import FAMILIES
from surfedge.training.losses import LOSSES
from surfedge.training.networks import NETWORKS
from surfedge.training.settings import Augmentation, CalibrationRule, Data, Training, Transfer

if TYPE_CHECKING:
    from surfedge.training.families.family import Family

# What recipes of 0.1 do not say: left out of the identity where it is as it was, so that their checkpoints go on.
LATER: dict[str, dict[str, Any]] = {
    "training": {"optimiser": "adam", "momentum": 0.9, "precision": "f32"},
    "data": {"item": "", "balanced": False},
    "augmentation": {"mixup": 0.0, "aug_mix": False, "perlin": 0.0},
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome beside the images: see the tables above. seed : of all that is drawn.

    loss : None where the network has its own. inference : the runtime's method, its graph still empty. precision : of
    the bundle. stages : the [training] of stages that differ from it.
    """

    network: Any
    loss: Any
    inference: Any
    network_name: str
    loss_name: str
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    stages: Mapping[str, Training] = field(default_factory=dict)
    transfer: Transfer = field(default_factory=Transfer)
    precision: str = "f32"
    decision: Decision = field(default_factory=lambda: Decision(blur_sigma_px=4.0))
    calibration: CalibrationRule = field(default_factory=CalibrationRule)
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            "inference.precision", self.precision, self.precision in BUNDLE_PRECISIONS, ", ".join(BUNDLE_PRECISIONS)
        )
        tile_px, stride_px = self.network.input_px, getattr(self.inference, "stride_px", 0)
        is_covered = stride_px <= tile_px or self.view == "whole"
        require("inference.stride_px", stride_px, is_covered, f"at most {tile_px}, the tile's side")
        stages = self.family.stages(self)
        share, learns = self.data.validation_share, any(stage.learns_from_images for stage in stages)
        require("data.validation_share", share, share < 1 or not learns, "below 1: what is left is trained on")
        names = [stage.name for stage in stages if stage.name]
        for name in self.stages:
            known = ", ".join([item.name for item in fields(Training)] + [f"a table {name!r}" for name in names])
            if name not in names:
                raise ArgumentError("training", found=f"the unknown table {name!r}", expected=known, remedy="remove it")

    @cached_property
    def family(self) -> Family:
        """The family that the network says it is of."""
        kind: type[Family] = resolve(FAMILIES, self.network.family, "family")
        return kind()

    @property
    def view(self) -> str:
        """What the network gets of an image: "tiles" cut from it, or the "whole", resized."""
        return str(getattr(self.inference, "view", "whole"))

    def training_of(self, stage: str) -> Training:
        """The settings of the stage of that name."""
        settings = self.stages.get(stage, self.training)
        if not self.transfer.start:
            return settings
        rate = self.transfer.learning_rate_share * settings.learning_rate
        return replace(settings, epochs=self.transfer.epochs, learning_rate=rate)

    def with_weights(self, source: str) -> Recipe:
        """The recipe with the network's weights from `source`; ArgumentError for a network that has no such setting."""
        if not hasattr(self.network, "weights"):
            raise ArgumentError(
                "weights",
                found=self.network_name,
                expected="a network that begins with weights trained elsewhere",
                remedy="leave --weights out",
            )
        return replace(self, network=replace(self.network, weights=source))

    def plain(self) -> dict[str, Any]:
        """The tables as `parse_recipe` takes them, defaults written out."""
        tables = {name: serialize(getattr(self, name))[0] for name in TABLES}
        tables["training"] |= {name: serialize(settings)[0] for name, settings in self.stages.items()}
        tables["inference"] = {**serialize(self.inference)[0], "precision": self.precision}
        tables["network"] = {"name": self.network_name, **serialize(self.network)[0]}
        tables["loss"] = {"name": self.loss_name, **serialize(self.loss)[0]} if self.loss else {}
        return {"seed": self.seed, **tables}

    def shareable(self) -> dict[str, Any]:
        """The tables of `plain`, of absolute paths the file's name alone: a bundle names no folders of a PC."""
        tables = self.plain()
        for name in ("network", "loss", "transfer"):
            tables[name] = {key: without_folders(value) for key, value in tables[name].items()}
        return tables

    def identity(self) -> str:
        """SHA-256 of what decides the trained network (not of inference, decision, calibration), hexadecimal."""
        plain = self.plain()
        decisive = {name: plain[name] for name in ("seed", "network", "loss", "data", "augmentation", "training")}
        for name, later in LATER.items():
            decisive[name] = {k: v for k, v in plain[name].items() if k not in later or v != later[k]}
        decisive["view"] = self.view
        usual = serialize(Transfer())[0]
        transfer = {k: v for k, v in plain["transfer"].items() if k != "start" and v != usual[k]}
        decisive |= {"transfer": transfer} if transfer else {}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


# Those that one class reads whole; [network], [loss], [inference] and stages of [training] are read by what they name.
TABLES: dict[str, type] = {
    "data": Data,
    "augmentation": Augmentation,
    "training": Training,
    "transfer": Transfer,
    "decision": Decision,
    "calibration": CalibrationRule,
}


def parse_recipe(tables: Mapping[str, Any], name: str = "recipe") -> Recipe:
    """The recipe that `tables` describe; raises ArgumentError naming the key that is wrong.

    >>> parse_recipe({"network": {"name": "bergmann", "latent": 64}}).network.latent
    64
    """
    known = ("seed", "network", "loss", "inference", *TABLES)
    for key, value in tables.items():
        if key not in known:
            raise ArgumentError(name, found=f"the unknown key {key!r}", expected=", ".join(known), remedy="remove it")
        require(f"{name}.{key}", value, isinstance(value, dict) == (key != "seed"), "a table; seed, a number")
    seed = tables.get("seed", 0)
    require(f"{name}.seed", seed, type(seed) is int and 0 <= seed < 1 << 32, "a whole number, 0 or more")
    network_name, network = _named(NETWORKS, tables.get("network", {}), f"{name}.network", None)
    family: Family = resolve(FAMILIES, network.family, "family")()
    loss_name, loss = _loss(family, network_name, network, tables.get("loss", {}), f"{name}.loss")
    inference = dict(tables.get("inference", {}))
    precision = inference.pop("precision", "f32")
    base = {key: value for key, value in tables.get("training", {}).items() if not isinstance(value, dict)}
    stages = {key: value for key, value in tables.get("training", {}).items() if isinstance(value, dict)}
    read = {**tables, "training": base}
    records: dict[str, Any] = {
        key: deserialize(kind, read[key], name=f"{name}.{key}") for key, kind in TABLES.items() if key in read
    }
    return Recipe(
        network,
        loss,
        family.inference(inference, f"{name}.inference"),
        network_name,
        loss_name,
        stages={
            key: deserialize(Training, {**base, **value}, name=f"{name}.training.{key}")
            for key, value in stages.items()
        },
        precision=precision,
        seed=seed,
        **records,
    )


def _loss(family: Family, name: str, network: Any, given: Mapping[str, Any], where: str) -> tuple[str, Any]:
    """Name and record of the loss; none where the network has its own."""
    default = family.loss_of(network)
    if default is not None:
        return _named(LOSSES, given, where, default)
    if given:
        raise ArgumentError(where, found="a table", expected=f"none: {name} has a loss of its own", remedy="remove it")
    return "", None


def read_recipe(source: str | Path) -> Recipe:
    """The recipe in the file `source`, or the one of that name among the project's own.

    Raises ArgumentError for a missing file, one that is not TOML, or a key that is wrong.
    """
    path = Path(source)
    if not path.is_file():
        path = own_recipes().get(str(source), path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(own_recipes()) or "none is installed here"
        raise ArgumentError(
            "recipe", found=f"no readable file {str(source)!r}", expected=f"a TOML file or a name ({names})"
        ) from error
    return parse_recipe(parse_toml(text, str(path)), path.name)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The tables of a TOML document; raises ArgumentError with the line that is wrong."""
    reader: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return dict(reader.loads(text))
    except (reader.TOMLDecodeError, RecursionError) as error:
        raise ArgumentError(name, found=str(error), expected="a TOML file") from error


def own_recipes() -> dict[str, Path]:
    """Recipes that came with the package, or stand in `models/` of a source tree, by name."""
    return packaged("recipe.toml")


def _named(table: Mapping[str, str], given: Mapping[str, Any], where: str, default: str | None) -> tuple[str, Any]:
    """Name and record of the class that `given` names."""
    name = given.get("name", default)
    if not isinstance(name, str):
        raise ArgumentError(where, found="no name", expected=", ".join(table), remedy='add name = "..."')
    settings = {key: value for key, value in given.items() if key != "name"}
    return name, deserialize(resolve(table, name, where), settings, name=where)
