"""Optimisers and schedules of the learning rate, by the names that a recipe gives them.

adam : D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015. sgd : with momentum, B. T. Polyak, 1964.
rmsprop : T. Tieleman, G. Hinton, 2012. adadelta : M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
cosine : I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts.
"""

from __future__ import annotations

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
SCHEDULES = ("constant", "cosine")
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
    return resolve({"cosine": "torch.optim.lr_scheduler:CosineAnnealingLR"}, settings.schedule)(
        optimiser, settings.epochs
    )
