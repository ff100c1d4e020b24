"""A recipe: the TOML file that says how a bundle is trained. Unknown keys, wrong types and values are refused.

Tables: [network] and [loss] (``name`` and the settings of that class), [data], [augmentation], [training], [inference],
[decision] (fields of surfedge.decision.Decision) and [calibration]. All have defaults but the network's name.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from surfedge.bundle import deserialize, serialize
from surfedge.bundle.packaged import packaged
from surfedge.calibration import NORMALISED_BY, parse_rule
from surfedge.decision import Decision
from surfedge.detector import PREFILTERS, RENAMED_PREFILTERS
from surfedge.errors import ArgumentError, require
from surfedge.methods import RESIDUALS, VIEWS
from surfedge.precision import BUNDLE_PRECISIONS
from surfedge.registry import resolve
from surfedge.training.losses import LOSSES
from surfedge.training.networks import NETWORKS


@dataclass(frozen=True)
class Data:
    """samples : tiles an epoch, 0 for as many as training images. fresh : other tiles each epoch, or the same ones.

    validation_share : of the images, for early stopping and calibration. prefilter : as at the line, any of
    Preparation's but "auto". bit_depth : bits used in 16-bit images, 0 for what the files say.
    """

    samples: int = 0
    fresh: bool = True
    validation_share: float = 0.2
    prefilter: str = "none"
    bit_depth: int = 0

    def __post_init__(self) -> None:
        require("data.samples", self.samples, self.samples >= 0, "0 or more")
        require("data.validation_share", self.validation_share, 0 < self.validation_share < 1, "between 0 and 1")
        # Not "auto": what the network learned from and what it sees at the line must be filtered alike.
        kinds = [name for name in PREFILTERS if name != "auto"]
        known = self.prefilter in (*kinds, *RENAMED_PREFILTERS)
        require("data.prefilter", self.prefilter, known, " or ".join(kinds))


@dataclass(frozen=True)
class Augmentation:
    """flips : left-right and up-down. turns : by 90 degrees. noise_sigma, cutout_share : the input handicap, Gaussian
    noise of a deviation drawn from 0 to noise_sigma and a black square of that share of the area; targets stay clean.
    """

    flips: bool = False
    turns: bool = False
    noise_sigma: float = 0.0
    cutout_share: float = 0.0

    def __post_init__(self) -> None:
        require("augmentation.noise_sigma", self.noise_sigma, 0 <= self.noise_sigma <= 1, "0 to 1")
        require("augmentation.cutout_share", self.cutout_share, 0 <= self.cutout_share < 1, "0 to below 1")


@dataclass(frozen=True)
class Training:
    """Adam with learning_rate and weight_decay; epochs at most; patience : epochs without a lower validation loss
    before training stops, 0 for never. gradient_limit : largest norm of a step's gradient, 0 for none.
    schedule : of the learning rate, "constant", or "cosine" to fall to 0 over the epochs.
    """

    epochs: int = 200
    batch: int = 32
    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    patience: int = 0
    gradient_limit: float = 0.0
    schedule: str = "constant"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            require(f"training.{name}", getattr(self, name), getattr(self, name) >= 1, "1 or more")
        require("training.schedule", self.schedule, self.schedule in ("constant", "cosine"), "constant or cosine")
        require("training.learning_rate", self.learning_rate, self.learning_rate > 0, "above 0")
        for name in ("weight_decay", "patience", "gradient_limit"):
            require(f"training.{name}", getattr(self, name), getattr(self, name) >= 0, "0 or more")


@dataclass(frozen=True)
class Inference:
    """view : "tiles" (overlapping, every stride_px) or "whole" (the image resized to the network's input), in training
    too. residual, window_px, gaussian : as surfedge.methods.reconstruction. precision : f32, bf16 or int8.
    """

    view: str = "tiles"
    stride_px: int = 32
    residual: str = "l2"
    window_px: int = 11
    gaussian: bool = False
    precision: str = "f32"

    def __post_init__(self) -> None:
        require("inference.view", self.view, self.view in VIEWS, " or ".join(VIEWS))
        require("inference.residual", self.residual, self.residual in RESIDUALS, " or ".join(RESIDUALS))
        require("inference.stride_px", self.stride_px, self.stride_px >= 1, "1 or more")
        require(
            "inference.precision", self.precision, self.precision in BUNDLE_PRECISIONS, ", ".join(BUNDLE_PRECISIONS)
        )


@dataclass(frozen=True)
class CalibrationRule:
    """rule : see surfedge.calibration.thresholds. normalise : "position", "overall" or "none"."""

    rule: str = "quantile:0.99"
    normalise: str = "position"

    def __post_init__(self) -> None:
        parse_rule(self.rule)
        require("calibration.normalise", self.normalise, self.normalise in NORMALISED_BY, ", ".join(NORMALISED_BY))


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the outcome beside the images: see the tables above. seed : of all that is drawn."""

    network: Any
    loss: Any
    network_name: str
    loss_name: str
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    inference: Inference = field(default_factory=Inference)
    decision: Decision = field(default_factory=lambda: Decision(blur_sigma_px=4.0))
    calibration: CalibrationRule = field(default_factory=CalibrationRule)
    seed: int = 0

    def __post_init__(self) -> None:
        tile_px, stride_px = self.network.input_px, self.inference.stride_px
        require(
            "inference.stride_px",
            stride_px,
            stride_px <= tile_px or self.inference.view == "whole",
            f"at most {tile_px}, the tile's side",
        )

    def plain(self) -> dict[str, Any]:
        """The tables as `parse_recipe` takes them, defaults written out."""
        tables = {name: serialize(getattr(self, name))[0] for name in TABLES}
        tables["network"] = {"name": self.network_name, **serialize(self.network)[0]}
        tables["loss"] = {"name": self.loss_name, **serialize(self.loss)[0]}
        return {"seed": self.seed, **tables}

    def identity(self) -> str:
        """SHA-256 of what decides the trained network (not of inference, decision, calibration), hexadecimal."""
        plain = self.plain()
        decisive = {name: plain[name] for name in ("seed", "network", "loss", "data", "augmentation", "training")}
        decisive["view"] = self.inference.view
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


TABLES: dict[str, type] = {
    "data": Data,
    "augmentation": Augmentation,
    "training": Training,
    "inference": Inference,
    "decision": Decision,
    "calibration": CalibrationRule,
}


def parse_recipe(tables: Mapping[str, Any], name: str = "recipe") -> Recipe:
    """The recipe that `tables` describe; raises ArgumentError naming the key that is wrong.

    >>> parse_recipe({"network": {"name": "bergmann", "latent": 64}}).network.latent
    64
    """
    known = ("seed", "network", "loss", *TABLES)
    for key, value in tables.items():
        if key not in known:
            raise ArgumentError(name, found=f"the unknown key {key!r}", expected=", ".join(known), remedy="remove it")
        require(f"{name}.{key}", value, isinstance(value, dict) == (key != "seed"), "a table; seed, a number")
    seed = tables.get("seed", 0)
    require(f"{name}.seed", seed, type(seed) is int and 0 <= seed < 1 << 32, "a whole number, 0 or more")
    network_name, network = _named(NETWORKS, tables.get("network", {}), f"{name}.network", None)
    loss_name, loss = _named(LOSSES, tables.get("loss", {}), f"{name}.loss", "mse")
    records: dict[str, Any] = {
        key: deserialize(kind, tables[key], name=f"{name}.{key}") for key, kind in TABLES.items() if key in tables
    }
    return Recipe(network, loss, network_name, loss_name, seed=seed, **records)


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
