"""The eight losses of the defect transfer and one for grain, each a function of arrays; what the generator pays.

Study of defect transfer on steel, 2023 (R. Wang et al., "Defect transfer GAN: diverse defect synthesis for data
augmentation", 2022). x1 is defective, x2 good; rec1 = G(z_s1, z_t1), x4 = G(0, z_t2), x3 = G(z_s1, z_t2), c1 = G(0,
z_t1).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from surfedge.training.transfer_gan.settings import Weights

GRAIN_BANDS = 3


@dataclass(frozen=True)
class Codes:
    """structure : z_s.   texture : z_t."""

    structure: Tensor
    texture: Tensor


@dataclass(frozen=True)
class GeneratorLosses:
    """Each part, without its weight."""

    reconstruction: Tensor
    adversarial: Tensor
    patches: Tensor
    structure: Tensor
    feature: Tensor
    classes: Tensor
    grain: Tensor

    def total(self, weights: Weights) -> Tensor:
        """L_G: 1, 0.5, 1, 1, 1, 1 and 0 times the parts, unless the recipe says otherwise."""
        parts = [getattr(weights, item.name) * getattr(self, item.name) for item in fields(self)]
        return torch.stack(parts).sum()


def reconstruction(x1: Tensor, rec1: Tensor, x2: Tensor, x4: Tensor) -> Tensor:
    """L_rec = |x1 - rec1| + |x2 - x4|, means of absolute differences."""
    return functional.l1_loss(rec1, x1) + functional.l1_loss(x4, x2)


def fooled(logits: Tensor) -> Tensor:
    """L_adv^G and L_cooc^G: mean of -log D(made), D = sigmoid(logit).

    >>> round(fooled(torch.zeros(3)).item(), 4)
    0.6931
    """
    return functional.softplus(-logits).mean()


def told_apart(real: Tensor, made: Tensor) -> Tensor:
    """L_adv^D and L_cooc^D: mean of -log D(real) + mean of -log(1 - D(made)).

    >>> round(told_apart(torch.zeros(2), torch.zeros(5)).item(), 4)
    1.3863
    """
    return functional.softplus(-real).mean() + functional.softplus(made).mean()


def feature(one: Codes, two: Codes, three: Codes, four: Codes) -> Tensor:
    """L_feature = MSE(z_s3, z_s1) + MSE(z_t3, z_t2) + MSE(z_t4, z_t2); z_s1, z_t2 get no gradient."""
    structure, texture = one.structure.detach(), two.texture.detach()
    return (
        functional.mse_loss(three.structure, structure)
        + functional.mse_loss(three.texture, texture)
        + functional.mse_loss(four.texture, texture)
    )


def structure(x1: Tensor, x2: Tensor, rec1: Tensor, c1: Tensor, x3: Tensor) -> Tensor:
    """L_structure: what the defect adds to its own surface is what it adds to the new one.

    |(x1 - c1) - (x3 - x2)| + |(rec1 - c1) - (x3 - x2)|, means of absolute differences.
    """
    added = x3 - x2
    return functional.l1_loss(x1 - c1, added) + functional.l1_loss(rec1 - c1, added)


def classes(of_x3: Tensor, class_of_x1: Tensor, of_x4: Tensor, good: int) -> Tensor:
    """L_cls^G = CE(C(x3), class of x1) + CE(C(x4), good), of logits (N, classes)."""
    is_good = torch.full_like(class_of_x1, good)
    return functional.cross_entropy(of_x3, class_of_x1) + functional.cross_entropy(of_x4, is_good)


def grain(made: Tensor, real: Tensor) -> Tensor:
    """L_grain, not of the source: how far the strength of fine detail is from the real image's, |log s_made - log
    s_real|, the mean over images and bands; s is the deviation of what an image holds beyond its means over 2 x 2
    places, then of what those hold, and so on. It asks for as much grain and does not say where, as losses by pixel do.

    >>> x = torch.randn(2, 1, 16, 16)
    >>> grain(x, x).item(), round(grain(3 * x, x).item(), 2)
    (0.0, 1.1)
    """
    parts = []
    for _ in range(GRAIN_BANDS):
        coarse = [functional.avg_pool2d(each, 2) for each in (made, real)]
        fine = [a - functional.interpolate(b, scale_factor=2) for a, b in zip((made, real), coarse, strict=True)]
        of_made, of_real = (torch.log(each.square().mean(dim=(1, 2, 3)) + 1e-8) for each in fine)
        parts.append(0.5 * (of_made - of_real).abs().mean())
        made, real = coarse
    return torch.stack(parts).mean()


def gradient_penalty(logits: Tensor, inputs: Tensor) -> Tensor:
    """R1: half the mean over images of the squared length of d(sum of logits) / d(inputs).

    L. Mescheder, A. Geiger, S. Nowozin, "Which training methods for GANs do actually converge?", 2018, equation 9.

    >>> x = torch.ones(2, 3, requires_grad=True)
    >>> gradient_penalty(2 * x.sum(dim=1), x).item()
    6.0
    """
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return 0.5 * gradient.square().flatten(1).sum(dim=1).mean()
