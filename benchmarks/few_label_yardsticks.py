"""Two more answers to few labels for few_labels.py: a network that teaches another, and one that knows photographs.

distilled : a teacher labels all training images, softly; a fresh standard CNN learns from both, half of each batch
labelled images in turn, half any training images (G. Hinton et al., "Distilling the knowledge in a neural network",
2015; T. Furlanello et al., "Born-again neural networks", 2018). The teacher is a standard CNN, the mean of its word on
eight flips and turns, or a linear head on an encoder.
resnet18 : the recipe resnet18-classes on images of 128 px.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from few_label_study import INPUT_PX, Study
from torch import Tensor, nn
from torch.nn import functional

from surfedge.images import read, resized, to_rgb_u8
from surfedge.training import parse_recipe, read_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.labelled import cross_entropy
from surfedge.training.fit import fit

BATCH, LOOK_AFTER = 16, 50
RESNET_PX, RESNET_SHOWN, RESNET_EPOCHS = 128, 960, 10


def distilled(study: Study, words: Tensor, chosen: np.ndarray, seed: int) -> np.ndarray:
    """Class numbers of the judged images by the student. words : the teacher's probabilities of all images (N, K).

    Adam, a cosine, as many steps as the teacher had; the step of the lowest loss on the held-out labels is kept.
    """
    learned, held = study.divided(chosen, seed)
    everything = np.flatnonzero(~study.is_test)
    images = study.images
    names = len(study.names)
    labels = functional.one_hot(torch.from_numpy(study.labels), names).float()
    torch.manual_seed(seed)
    recipe = read_recipe("standard-cnn-fast").plain()
    recipe["network"] |= {"class_names": list(study.names), "input_px": INPUT_PX}
    student = parse_recipe(recipe).network.build()
    steps, rng = study.shown // BATCH, np.random.default_rng([seed, 16])
    optimiser = torch.optim.Adam(student.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    by_class = [learned[study.labels[learned] == number] for number in range(names)]
    best, kept = float("inf"), dict(student.state_dict())
    for step in range(steps):
        drawn = [own[rng.integers(len(own))] for own in (by_class[k] for k in rng.integers(names, size=BATCH // 2))]
        any_of = rng.integers(len(everything), size=BATCH // 2)
        seen = torch.cat([images[drawn], images[everything[any_of]]])
        turned = torch.stack([_turned(image, int(rng.integers(8))) for image in seen])
        student.train()
        loss = cross_entropy(student(turned), torch.cat([labels[drawn], words[everything[any_of]]]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % LOOK_AFTER == LOOK_AFTER - 1:
            with torch.no_grad():
                figure = float(cross_entropy(student.eval()(images[held]), labels[held]))
            if figure < best:
                best, kept = figure, {key: value.clone() for key, value in student.state_dict().items()}
    student.load_state_dict(kept)
    return calls(student, images[study.judged(chosen)])


def resnet(study: Study, chosen: np.ndarray, place: Path, seed: int) -> tuple[np.ndarray, Any]:
    """Class numbers of the judged images by a ResNet-18, and its curve."""
    size = (RESNET_PX, RESNET_PX)
    pictures = [np.moveaxis(to_rgb_u8(resized(read(each.path), size)), -1, 0) for each in study.samples]
    plain = {**read_recipe("resnet18-classes").plain(), "seed": seed, "inference": {}}
    plain["network"] |= {"class_names": list(study.names), "input_px": RESNET_PX, "weights": study.weights}
    plain["data"] |= {"samples": RESNET_SHOWN // RESNET_EPOCHS, "balanced": True}
    plain["training"] |= {"epochs": RESNET_EPOCHS, "batch": BATCH, "patience": 0}
    learned, held = (
        Examples([pictures[each] for each in part], classes=[study.names[study.labels[each]] for each in part])
        for part in study.divided(chosen, seed)
    )
    fitted = fit(parse_recipe(plain), learned, held, place, threads=1, device="cpu")
    batch = torch.from_numpy(np.stack([pictures[each] for each in study.judged(chosen)]).astype(np.float32) / 255)
    return calls(fitted.network, batch), fitted.curve


@torch.no_grad()
def calls(network: nn.Module, images: Tensor) -> np.ndarray:
    """Class numbers (N,) of images float32 (N, C, h, w)."""
    found: np.ndarray = torch.cat([network.eval()(part) for part in images.split(64)]).argmax(dim=1).numpy()
    return found


@torch.no_grad()
def words_of(teacher: nn.Module, images: Tensor) -> Tensor:
    """The mean probability of each class over an image's flips and turns, (N, K)."""
    teacher.eval()
    found = [teacher(_turned(part, turn)).softmax(1) for part in images.split(64) for turn in range(8)]
    return torch.cat([torch.stack(found[at : at + 8]).mean(0) for at in range(0, len(found), 8)])


def _turned(images: Tensor, turn: int) -> Tensor:
    """(..., h, w) in one of eight ways."""
    return torch.rot90(images.flip(-1) if turn >= 4 else images, turn % 4, (-2, -1))
