"""Optimisers and schedules of the learning rate, by the names that a recipe gives them.

adam : D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015. sgd : with momentum, B. T. Polyak, 1964.
rmsprop : T. Tieleman, G. Hinton, 2012. adadelta : M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
cosine : I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from surfedge.registry import resolve

if TYPE_CHECKING:
    from surfedge.training.settings import Training

OPTIMISERS = {
    "adam": "torch.optim:Adam",
    "sgd": "torch.optim:SGD",
    "rmsprop": "torch.optim:RMSprop",
    "adadelta": "torch.optim:Adadelta",
}
SCHEDULES = ("constant", "cosine", "warm_cosine", "steps")
WARM_SHARE, COLD_RATE, LAST_RATE = 2 / 25, 0.1, 1e-3  # of the epochs; of the learning rate
STEPS, FALL = (0.8, 0.9), 0.2
SECOND_MOMENT = 0.999  # Adam's beta 2; its beta 1 is the recipe's momentum


def optimiser_of(settings: Training, parameters: Iterable[Any]) -> Any:
    """The torch optimiser that `settings` name, over `parameters`."""
    own: dict[str, dict[str, Any]] = {
        "adam": {"betas": (settings.momentum, SECOND_MOMENT)},
        "sgd": {"momentum": settings.momentum},
    }
    kind = resolve(OPTIMISERS, settings.optimiser, "training.optimiser")
    return kind(
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay, **own.get(settings.optimiser, {})
    )


def schedule_of(settings: Training, optimiser: Any) -> Any:
    """The torch schedule that `settings` name, stepped after each epoch; None for a constant rate."""
    if settings.schedule == "constant":
        return None
    kinds = "torch.optim.lr_scheduler:"
    if settings.schedule == "cosine":
        return resolve({"cosine": f"{kinds}CosineAnnealingLR"}, "cosine")(optimiser, settings.epochs)
    rate = {"warm_cosine": warm_cosine, "steps": steps}[settings.schedule]
    return resolve({"rate": f"{kinds}LambdaLR"}, "rate")(optimiser, lambda epoch: rate(epoch, settings.epochs))


def warm_cosine(epoch: int, epochs: int) -> float:
    """The share of the learning rate in an epoch: from a tenth over the first 2 of 25, then a cosine to a thousandth.

    D. Gudovskiy, S. Ishizaka, K. Kozuka, "CFLOW-AD", 2022.

    >>> [round(warm_cosine(epoch, 25), 4) for epoch in (0, 1, 2, 25)]
    [0.1, 0.5422, 0.9843, 0.001]
    """
    warm = WARM_SHARE * epochs
    if epoch < warm:
        return COLD_RATE + (warm_cosine(math.ceil(warm), epochs) - COLD_RATE) * epoch / warm
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * epoch / epochs)) / 2


def steps(epoch: int, epochs: int) -> float:
    """The share of the learning rate in an epoch: a fifth of it after 80 % of the epochs, and again after 90 %.

    V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM", 2021.

    >>> [round(steps(epoch, 10), 4) for epoch in (7, 8, 9)]
    [1.0, 0.2, 0.04]
    """
    return float(FALL ** sum(epoch >= share * epochs for share in STEPS))
