"""focal: cross entropy of pixels in which those that are already right count little.

T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollar, "Focal Loss for Dense Object Detection", 2017, equation 4, without
weights of classes. It compares probabilities with a mask, not two images, and is no loss of a recipe's [loss].
"""

from __future__ import annotations

import torch
from torch import Tensor

GAMMA = 2.0
SMOOTHING = 1e-5  # of the labels: the logarithm stays finite where the network is certain and wrong


def focal(probabilities: Tensor, mask: Tensor, gamma: float = GAMMA) -> Tensor:
    """The mean of -(1 - p_t)^gamma log p_t, p_t the probability of each pixel's true class; a scalar, 0 or more.

    probabilities : (N, 2, h, w), good and anomalous, adding up to 1. mask : (N, 1, h, w), 1 where anomalous, else 0.
    """
    target = mask.clamp(SMOOTHING, 1.0 - SMOOTHING)
    p_t = (target * probabilities[:, 1:] + (1.0 - target) * probabilities[:, :1]).clamp(min=SMOOTHING)
    return (-((1.0 - p_t).clamp(min=0.0) ** gamma) * torch.log(p_t)).mean()
