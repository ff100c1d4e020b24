"""The recipe of a defect transfer: a TOML file with the tables [network], [data], [loss] and [training], and `seed`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surfedge.bundle import deserialize, serialize
from surfedge.bundle.packaged import packaged
from surfedge.errors import ArgumentError, require
from surfedge.training.recipe import parse_toml

FILE_NAME = "transfer.toml"
LEAST_MAP = 7  # places a side: two 3 x 3 convolutions of stride 2 without padding leave one


@dataclass(frozen=True)
class Network:
    """input_px : side of what is made. channels : 1 (grey) or 3. width : b, channels at full size. downs : halvings
    from the image to the structure code. structure : its channels. texture : length of the texture code. dense : width
    of the dense layers that judge patches. classifier : channels of the classifier's first layer.
    """

    input_px: int = 256
    channels: int = 3
    width: int = 32
    downs: int = 4
    structure: int = 8
    texture: int = 2048
    dense: int = 2048
    classifier: int = 64

    def __post_init__(self) -> None:
        for name in ("width", "downs", "structure", "texture", "dense", "classifier"):
            require(f"network.{name}", getattr(self, name), getattr(self, name) >= 1, "1 or more")
        require("network.channels", self.channels, self.channels in (1, 3), "1 or 3")
        side, step = self.input_px, 1 << self.downs
        fits = side % step == 0 and side // step >= LEAST_MAP and side & (side - 1) == 0
        require("network.input_px", side, fits, f"a power of two, {step} x 8 or more for {self.downs} halvings")

    @property
    def map_px(self) -> int:
        """Side of the structure code."""
        return self.input_px >> self.downs


@dataclass(frozen=True)
class Views:
    """crop_px : side of the squares that are cut from images and resized to input_px, 0 for whole images. good_views,
    defect_views : squares cut from each image or labelled defect. flips : left-right and up-down, at random.
    """

    crop_px: int = 0
    good_views: int = 1
    defect_views: int = 1
    flips: bool = True

    def __post_init__(self) -> None:
        require("data.crop_px", self.crop_px, self.crop_px == 0 or self.crop_px >= 8, "0, or 8 or more")
        for name in ("good_views", "defect_views"):
            require(f"data.{name}", getattr(self, name), 1 <= getattr(self, name) <= 1000, "1 to 1,000")


@dataclass(frozen=True)
class Weights:
    """Of each part of the generator's loss, and of the penalties on the two discriminators' gradients.

    r1, r1_patches : those of the source, for 256 px. A gradient's square is summed over pixels, so that the same weight
    keeps a discriminator of small images from seeing grain at all; too low a one, and it wins before the generator has
    learned how dark a defect is. grain : of the strength of fine detail, which the source does not have.
    """

    reconstruction: float = 1.0
    adversarial: float = 0.5
    patches: float = 1.0
    structure: float = 1.0
    feature: float = 1.0
    classes: float = 1.0
    grain: float = 0.0
    r1: float = 10.0
    r1_patches: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            require(f"loss.{name}", value, value >= 0, "0 or more")


@dataclass(frozen=True)
class Steps:
    """steps, batch : pairs of a defective and a good image. learning_rate : of Adam with betas (0, 0.99).
    classifier_rate : of the classifier. r1_every : steps from one gradient penalty to the next. half_life : pairs after
    which an old weight counts half in the averaged ones. patches : crops of an image that the patch discriminator sees.
    keep_every : steps from one checkpoint to the next.
    """

    steps: int = 100_000
    batch: int = 8
    learning_rate: float = 0.002
    classifier_rate: float = 0.001
    r1_every: int = 16
    half_life: float = 10_000.0
    patches: int = 8
    keep_every: int = 500

    def __post_init__(self) -> None:
        for name, least in {"steps": 1, "batch": 2, "r1_every": 1, "patches": 1, "keep_every": 1}.items():
            require(f"training.{name}", getattr(self, name), getattr(self, name) >= least, f"{least} or more")
        for name in ("learning_rate", "classifier_rate", "half_life"):
            require(f"training.{name}", getattr(self, name), getattr(self, name) > 0, "above 0")


TABLES: dict[str, type] = {"network": Network, "data": Views, "loss": Weights, "training": Steps}


@dataclass(frozen=True)
class TransferRecipe:
    """All that decides a training beside the images. seed : of all that is drawn."""

    network: Network = field(default_factory=Network)
    data: Views = field(default_factory=Views)
    loss: Weights = field(default_factory=Weights)
    training: Steps = field(default_factory=Steps)
    seed: int = 0

    def plain(self) -> dict[str, Any]:
        """The tables as `parse_transfer_recipe` takes them, defaults written out."""
        return {"seed": self.seed, **{name: serialize(getattr(self, name))[0] for name in TABLES}}

    def identity(self) -> str:
        """SHA-256 of what decides the weights after a given number of steps, hexadecimal."""
        plain = self.plain()
        for free in ("steps", "keep_every"):  # a training may go on longer, and be kept more often
            del plain["training"][free]
        if not self.loss.grain:  # checkpoints from before there was one go on
            del plain["loss"]["grain"]
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

    def with_steps(self, steps: int) -> TransferRecipe:
        """The same training, of another length."""
        return replace(self, training=replace(self.training, steps=steps))


def parse_transfer_recipe(tables: Mapping[str, Any], name: str = "recipe") -> TransferRecipe:
    """The recipe that `tables` describe; ArgumentError names the key that is wrong.

    >>> parse_transfer_recipe({"network": {"input_px": 64, "downs": 3}}).network.map_px
    8
    """
    for key in tables:
        if key not in ("seed", *TABLES):
            known = ", ".join(("seed", *TABLES))
            raise ArgumentError(name, found=f"the unknown key {key!r}", expected=known, remedy="remove it")
    seed = tables.get("seed", 0)
    require(f"{name}.seed", seed, type(seed) is int and 0 <= seed < 1 << 32, "a whole number, 0 or more")
    records: dict[str, Any] = {}
    for key in TABLES.keys() & tables.keys():
        require(f"{name}.{key}", tables[key], isinstance(tables[key], dict), "a table")
        records[key] = deserialize(TABLES[key], tables[key], name=f"{name}.{key}")
    return TransferRecipe(seed=seed, **records)


def read_transfer_recipe(source: str | Path) -> TransferRecipe:
    """The recipe in the file `source`, or the one of that name in `models/`; ArgumentError where there is none."""
    own = packaged(FILE_NAME)
    path = Path(source)
    if not path.is_file():
        path = own.get(str(source), path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(
            "--recipe", found=f"no readable file {str(source)!r}", expected=f"a TOML file or a name ({', '.join(own)})"
        ) from error
    return parse_transfer_recipe(parse_toml(text, str(path)), path.name)
