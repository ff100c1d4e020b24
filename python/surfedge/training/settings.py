"""The tables of a recipe that are the same for every family: each a frozen record that checks its values."""

from __future__ import annotations

from dataclasses import dataclass

from surfedge.calibration import NORMALISED_BY, parse_rule
from surfedge.detector import PREFILTERS, RENAMED_PREFILTERS
from surfedge.errors import require
from surfedge.training.optimisers import OPTIMISERS, SCHEDULES

STEP_PRECISIONS = ("f32", "bf16")


@dataclass(frozen=True)
class Data:
    """samples : tiles an epoch, 0 for as many as training images. fresh : other tiles each epoch, or the same ones.

    validation_share : of the images, for early stopping and calibration; 1 where nothing is trained. prefilter : as at
    the line, any of Preparation's but "auto". bit_depth : bits used in 16-bit images, 0 for what the files say.
    item : of labelled images, a regular expression that finds the item's name in a file's name; images of one item are
    held out together. "" for none. balanced : of classifiers, every class is shown as often as every other.
    """

    samples: int = 0
    fresh: bool = True
    validation_share: float = 0.2
    prefilter: str = "none"
    bit_depth: int = 0
    item: str = ""
    balanced: bool = False

    def __post_init__(self) -> None:
        require("data.samples", self.samples, self.samples >= 0, "0 or more")
        require("data.validation_share", self.validation_share, 0 < self.validation_share <= 1, "above 0, at most 1")
        # Not "auto": what the network learned from and what it gets at the line must be filtered alike.
        kinds = [name for name in PREFILTERS if name != "auto"]
        known = self.prefilter in (*kinds, *RENAMED_PREFILTERS)
        require("data.prefilter", self.prefilter, known, " or ".join(kinds))


@dataclass(frozen=True)
class Augmentation:
    """flips : left-right and up-down. turns : by 90 degrees. noise_sigma, cutout_share : the input handicap, Gaussian
    noise with a std drawn from 0 to noise_sigma and a black square of that fraction of the area; targets stay clean.

    Of classifiers alone: mixup, alpha of the Beta distribution that two images and their labels are mixed by, 0 for
    none; aug_mix, several chains of mild changes mixed with the image (surfedge.synthesis.augment).

    Of networks that learn marked defects alone: perlin, fraction of the good tiles that are shown with a Perlin
    anomaly, which counts as marked (surfedge.synthesis.perlin).
    """

    flips: bool = False
    turns: bool = False
    noise_sigma: float = 0.0
    cutout_share: float = 0.0
    mixup: float = 0.0
    aug_mix: bool = False
    perlin: float = 0.0

    def __post_init__(self) -> None:
        require("augmentation.perlin", self.perlin, 0 <= self.perlin <= 1, "0 to 1")
        require("augmentation.noise_sigma", self.noise_sigma, 0 <= self.noise_sigma <= 1, "0 to 1")
        require("augmentation.cutout_share", self.cutout_share, 0 <= self.cutout_share < 1, "0 to below 1")
        is_alpha = self.mixup == 0 or 1e-3 <= self.mixup <= 1e3
        require("augmentation.mixup", self.mixup, is_alpha, "0, or 0.001 to 1000")


@dataclass(frozen=True)
class Training:
    """optimiser : "adam", "sgd", "rmsprop" or "adadelta", with learning_rate and weight_decay. momentum : of sgd, and
    Adam's beta 1; the others have none. schedule : of the learning rate, "constant", "cosine" to fall to 0,
    "warm_cosine" (CFLOW-AD's) or "steps" (DRAEM's), see surfedge.training.optimisers.

    epochs : at most. patience : epochs without a lower validation metric before training stops, 0 for never.
    gradient_limit : largest norm of a step's gradient, 0 for none. precision : of what a step multiplies, "f32", or
    "bf16" for convolutions and matrix products, where the processor has instructions for it; validation is in f32.
    """

    epochs: int = 200
    batch: int = 32
    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    patience: int = 0
    gradient_limit: float = 0.0
    schedule: str = "constant"
    optimiser: str = "adam"
    momentum: float = 0.9
    precision: str = "f32"

    def __post_init__(self) -> None:
        require("training.precision", self.precision, self.precision in STEP_PRECISIONS, " or ".join(STEP_PRECISIONS))
        for name in ("epochs", "batch"):
            require(f"training.{name}", getattr(self, name), getattr(self, name) >= 1, "1 or more")
        for name, known in (("schedule", SCHEDULES), ("optimiser", OPTIMISERS)):
            require(f"training.{name}", getattr(self, name), getattr(self, name) in known, " or ".join(known))
        require("training.learning_rate", self.learning_rate, self.learning_rate > 0, "above 0")
        require("training.momentum", self.momentum, 0 <= self.momentum < 1, "0 to below 1")
        for name in ("weight_decay", "patience", "gradient_limit"):
            require(f"training.{name}", getattr(self, name), getattr(self, name) >= 0, "0 or more")


@dataclass(frozen=True)
class Transfer:
    """How a training goes on from another's network, and what it learns beside: good images of another line.

    start : folder of the other training, "" for none. weights : SHA-256 of its network. epochs : of each stage then, at
    most; learning_rate_share : of [training]'s learning rate. also_good_share : good images of the other line shown in
    an epoch, as a fraction of all others.
    """

    start: str = ""
    weights: str = ""
    epochs: int = 5
    learning_rate_share: float = 0.2
    also_good_share: float = 1.0

    def __post_init__(self) -> None:
        require("transfer.epochs", self.epochs, self.epochs >= 1, "1 or more")
        require("transfer.learning_rate_share", self.learning_rate_share, self.learning_rate_share > 0, "above 0")
        require("transfer.also_good_share", self.also_good_share, self.also_good_share >= 0, "0 or more")


@dataclass(frozen=True)
class CalibrationRule:
    """rule : see surfedge.calibration.thresholds. normalise : "position", "overall" or "none"."""

    rule: str = "quantile:0.99"
    normalise: str = "position"

    def __post_init__(self) -> None:
        parse_rule(self.rule)
        require("calibration.normalise", self.normalise, self.normalise in NORMALISED_BY, ", ".join(NORMALISED_BY))
