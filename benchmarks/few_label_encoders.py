"""Encoders that learn without labels for few_labels.py: each trained once, and what they make of all images kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from few_label_contrast import contrasted
from few_label_study import INPUT_PX, LATENT, Study
from torch import Tensor, nn
from torch.nn import functional

from surfedge.calibration import calibrate
from surfedge.detector import default_bundle
from surfedge.images import read, resized, to_rgb_u8
from surfedge.methods.statistics_classes import StatisticsClasses
from surfedge.metrics.nmse import nmse
from surfedge.progress import silent
from surfedge.training import parse_recipe
from surfedge.training.batches.examples import Examples
from surfedge.training.batches.labelled import cross_entropy
from surfedge.training.batches.localisation import localisation_maps
from surfedge.training.fit import fit
from surfedge.training.losses import LOSSES
from surfedge.training.networks.frozen_features import FrozenFeatures
from surfedge.training.networks.standard_autoencoder import StandardAutoencoder
from surfedge.training.networks.standard_cnn import head

FIRST = ("untrained", "mse_dzl", "contrastive", "mse", "mse_localised")
UNLABELLED = (*FIRST, *sorted({*LOSSES} - {*FIRST}))
EPOCHS, BATCH = 12, 16
RESNET_PX = 192


class Described(NamedTuple):
    """statistics : float32 (N, F), mean and std of each channel behind each rectifier. latents : float32 (N, 8, L), of
    the image's eight flips and turns. nmse : of the test images; NaN for an encoder without a decoder that learned.
    """

    statistics: np.ndarray
    latents: np.ndarray
    nmse: float


def encoder_for(study: Study, name: str) -> Path:
    """The training folder of an encoder; trained where it is not there yet."""
    folder = study.out / "encoders" / f"{study.folder.name}-{name}"
    loss: dict[str, Any] = {"name": name if name in LOSSES else "mse"}
    learned = np.flatnonzero(~study.is_test)
    held = np.random.default_rng(13).permutation(learned)[: learned.size // 10]
    learned = np.setdiff1d(learned, held)
    training, validation = (study.examples(each, with_classes=False) for each in (learned, held))
    if name == "mse_dzl":
        loss["threshold"] = 2.0
    if name == "mse_localised":
        loss["localiser"] = str(localiser(study))
        maps = [
            localisation_maps(loss["localiser"], [study.samples[each].path for each in side], INPUT_PX, silent)
            for side in (learned, held)
        ]
        training, validation = (Examples(e.pictures, m) for e, m in zip((training, validation), maps, strict=True))
    recipe = parse_recipe(
        {
            "network": {"name": "standard_autoencoder", "latent": LATENT, "input_px": INPUT_PX},
            "loss": loss,
            "data": {"samples": BATCH if name == "contrastive" else study.unlabelled // EPOCHS},
            "augmentation": {"flips": True, "turns": True},
            "training": {
                "epochs": EPOCHS if name in LOSSES else 1,
                "batch": BATCH,
                "learning_rate": 1e-3 if name in LOSSES else 1e-9,
                "schedule": "warm_cosine" if name in LOSSES else "constant",
            },
            "inference": {"view": "whole"},
        }
    )
    is_new = not (folder / "best.ckpt").is_file()
    fitted = fit(recipe, training, validation, folder, threads=1, device="cpu")
    if name == "contrastive" and is_new:
        state = torch.load(folder / "best.ckpt", weights_only=True)
        contrasted(fitted.network, study.images[learned])
        kept = {f"network.{key}": value for key, value in fitted.network.state_dict().items()}
        torch.save({**state, "state_dict": kept}, folder / "best.ckpt")
    return folder


def localiser(study: Study) -> Path:
    """A bundle of the training-free statistics, calibrated on the training images as if they were good."""
    path = study.out / "encoders" / f"{study.folder.name}-localiser.surfedge"
    if not path.is_file():
        from surfedge.detector import Detector

        start = Detector(default_bundle("statistics"))
        paths = [study.samples[each].path for each in np.flatnonzero(~study.is_test)[::6]]
        calibrate(start.method, start.decision, paths, normalise="overall", other_form=False).bundle.write(path)
    return path


def described(study: Study, name: str) -> Described:
    """What an encoder makes of all images, computed once."""
    path = study.out / "encoders" / f"{study.folder.name}-{name}.npz"
    if path.is_file():
        with np.load(path) as kept:
            return Described(kept["statistics"], kept["latents"], float(kept["nmse"]))
    from surfedge.training.backbones.trained_before import encoder_of

    settings = StandardAutoencoder(latent=LATENT, input_px=INPUT_PX)
    network: Any = settings.build()
    network.load_state_dict(encoder_of(str(encoder_for(study, name)), settings))
    network.eval()
    found: list[Tensor] = []
    for layer in network.encoder:
        if isinstance(layer, nn.ReLU):
            layer.register_forward_hook(lambda _, __, y: found.extend([y.mean((2, 3)), y.std((2, 3))]))
    statistics, latents, painted = [], [], []
    images = study.images
    with torch.no_grad():
        for part in images.split(64):
            of_views = []
            for turned in range(8):
                seen = torch.rot90(part.flip(3) if turned >= 4 else part, turned % 4, (2, 3))
                found.clear()
                of_views.append(network.encoder(seen))
                if not turned:
                    statistics.append(torch.cat(found, 1))
                    painted.append(network.decoder(of_views[0]))
            latents.append(torch.stack(of_views, 1))
    test = np.flatnonzero(study.is_test)
    error = nmse(list(images[test].numpy()), list(torch.cat(painted)[test].numpy())) if name in LOSSES else float("nan")
    made = Described(torch.cat(statistics).numpy(), torch.cat(latents).numpy(), error)
    np.savez(path, **made._asdict())
    print(f"{name}: NMSE of the test images {error:.4f}", flush=True)
    return made


def patch_statistics(study: Study) -> np.ndarray:
    """Of all images, float32 (N, 304), computed once."""
    path = study.out / f"{study.folder.name}-statistics.npy"
    if not path.is_file():
        np.save(path, np.stack([StatisticsClasses().features(read(sample.path)) for sample in study.samples]))
    return np.asarray(np.load(path))


def resnet_features(study: Study) -> np.ndarray:
    """Frozen features of all images, float32 (N, 896), computed once."""
    path = study.out / f"{study.folder.name}-resnet18.npy"
    if path.is_file():
        return np.asarray(np.load(path))
    network = FrozenFeatures(input_px=RESNET_PX, weights=study.weights).build().eval()
    network.start(silent)
    size, rows = (RESNET_PX, RESNET_PX), []
    for start in range(0, len(study.samples), 32):
        images = [to_rgb_u8(resized(read(sample.path), size)) for sample in study.samples[start : start + 32]]
        batch = torch.from_numpy(np.moveaxis(np.stack(images), -1, 1).astype(np.float32) / 255)
        rows.append(network(batch).numpy())
    found = np.concatenate(rows)
    np.save(path, found)
    return found


class LatentHead:
    """AFEC's dense layers 115 and 64 on frozen latent numbers: Adam, classes in turn, the epoch of the lowest
    validation loss kept, a fifth of the labelled images held out for it."""

    def __init__(self, study: Study, chosen: np.ndarray, seed: int) -> None:
        self._study, self._seed = study, seed
        self._learned, self._held = study.divided(chosen, seed)

    def learned(self, views: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """From latent numbers (N, 8, L) a function of (M, L) to class numbers (M,)."""
        torch.manual_seed(self._seed)
        rng, labels = np.random.default_rng([self._seed, 15]), self._study.labels
        layers = head(views.shape[2], (115, 64), len(self._study.names))
        optimiser = torch.optim.Adam(layers.parameters(), 1e-3)
        by_class = [self._learned[labels[self._learned] == number] for number in np.unique(labels)]
        held = torch.from_numpy(views[self._held, 0])
        wanted = functional.one_hot(torch.from_numpy(labels[self._held]), len(self._study.names)).float()
        best, kept = float("inf"), {key: value.clone() for key, value in layers.state_dict().items()}
        for step in range(600):
            drawn = rng.integers(len(by_class), size=32)
            batch = np.array([by_class[each][rng.integers(len(by_class[each]))] for each in drawn])
            seen = torch.from_numpy(views[batch, rng.integers(8, size=batch.size)])
            shares = functional.one_hot(torch.from_numpy(labels[batch]), len(self._study.names)).float()
            optimiser.zero_grad()
            cross_entropy(layers(seen), shares).backward()
            optimiser.step()
            if step % 40 == 39:
                with torch.no_grad():
                    figure = float(cross_entropy(layers(held), wanted))
                if figure < best:
                    best, kept = figure, {key: value.clone() for key, value in layers.state_dict().items()}
        layers.load_state_dict(kept)

        @torch.no_grad()
        def judged(latents: np.ndarray) -> np.ndarray:
            return np.asarray(layers(torch.from_numpy(latents)).argmax(dim=1).numpy())

        return judged
