"""A finished transfer: a defect of one image on the surface of another, with its mask; the same bytes for a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
import torch
from torch import Tensor

from surfedge.errors import ArgumentError
from surfedge.training.transfer_gan.discriminators import Classifier
from surfedge.training.transfer_gan.fit import MODEL
from surfedge.training.transfer_gan.levels import Levels
from surfedge.training.transfer_gan.settings import TransferRecipe, parse_transfer_recipe
from surfedge.training.transfer_gan.turn import Maker

LEAST_CHANGE = 6.0  # grey levels below which nothing is seen
SHARE_OF_LARGEST = 0.3
SHARE_OF_AREA = 0.1  # of the largest piece: smaller ones are grain
OPENED_PX = 3
_TURN = Lock()


@dataclass(frozen=True)
class Hybrid:
    """image : x3.   without : x4, the good image as the network makes it; both uint8 (s, s) or (s, s, 3)."""

    image: np.ndarray
    without: np.ndarray


@dataclass(frozen=True)
class TransferModel:
    """recipe, classes (good the last), step, levels : of the training.   maker : the averaged E and G."""

    recipe: TransferRecipe
    classes: tuple[str, ...]
    step: int
    levels: Levels
    maker: Maker = field(repr=False)
    classifier: Classifier = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> TransferModel:
        """From the file, or the folder, that training left; nothing in it is executed."""
        path = path / MODEL if path.is_dir() else path
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            kept = state["surfedge"]
            recipe = parse_transfer_recipe(json.loads(kept["recipe"]), str(path))
            classes = tuple(str(name) for name in kept["classes"])
            levels = Levels(*(float(each) for each in kept["levels"]))
            with torch.random.fork_rng():
                maker, classifier = Maker(recipe.network), Classifier(recipe.network, len(classes))
            maker.load_state_dict(state["maker"])
            classifier.load_state_dict(state["classifier"])
        except Exception as error:  # whatever a damaged file makes torch raise
            raise ArgumentError(
                path,
                found="no model of a defect transfer" if path.is_file() else "nothing there",
                expected=f"the {MODEL} that `surfedge generate transfer` leaves",
                remedy="train one first",
            ) from error
        return cls(recipe, classes, int(kept["step"]), levels, maker.eval().requires_grad_(False), classifier.eval())

    def hybrid(self, defect: np.ndarray, good: np.ndarray, seed: int) -> Hybrid:
        """Both uint8 (s, s) or (s, s, 3), s = recipe.network.input_px; one thread, so that bytes stay the same."""
        with _one_thread():
            pair = self.levels.to_network(np.stack([defect, good]))
            codes = self.maker.codes(pair)
            structure = torch.cat([codes.structure[:1], torch.zeros_like(codes.structure[:1])])
            made = self.maker.generator(structure, codes.texture[1:].expand(2, -1), self.noise(1, seed, 2))
        image, without = self.levels.to_images(made)
        return Hybrid(image, without)

    def noise(self, count: int, seed: int, copies: int = 1) -> list[Tensor]:
        """For `count` images, the same in each copy of them."""
        generator = torch.Generator().manual_seed(seed)
        shapes = self.maker.generator.noise_shapes(count)
        return [torch.randn(shape, generator=generator).repeat(copies, 1, 1, 1) for shape in shapes]


def change_mask(image: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Where `image` differs from `good` for more than the surface does: bool (H, W), rough.

    The difference, smoothed, is compared with a share of its own largest value, then opened, and pieces of less than a
    tenth of the largest are dropped. Of a hybrid, `good` is the surface as the network makes it, with the same noise
    (x4, where the source takes x2): what is only the network's surface beside the real one is no defect.

    >>> good = np.full((32, 32), 100, np.uint8); image = good.copy(); image[8:20, 8:20] = 160
    >>> bool(change_mask(image, good)[9:19, 9:19].all()), int(change_mask(good, good).sum())
    (True, 0)
    """
    apart = np.abs(image.astype(np.float32) - good.astype(np.float32))
    apart = apart.mean(axis=2) if apart.ndim == 3 else apart
    apart = np.maximum(apart - np.median(apart), 0)
    smooth = cv2.medianBlur(np.clip(np.rint(apart), 0, 255).astype(np.uint8), OPENED_PX)
    mask = smooth > max(LEAST_CHANGE, SHARE_OF_LARGEST * float(smooth.max()))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (OPENED_PX, OPENED_PX))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = np.arange(count) > 0
    kept &= areas >= SHARE_OF_AREA * max(areas[1:], default=0)
    return kept[labels]


def added(good: np.ndarray, hybrid: Hybrid) -> np.ndarray:
    """`good`, of any size, with what the defect adds, x3 - x4, so that it keeps its own grain; uint8 as `good`."""
    height, width = good.shape[:2]
    change: np.ndarray = hybrid.image.astype(np.float32) - hybrid.without.astype(np.float32)
    change = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    fade = _fade(height)[:, None] * _fade(width)[None]
    change *= fade if change.ndim == 2 else fade[:, :, None]
    return np.clip(np.rint(good.astype(np.float32) + change), 0, 255).astype(np.uint8)


def _fade(side_px: int) -> np.ndarray:
    """1, falling to 0 over the outer sixteenth at both ends."""
    margin = max(1.0, side_px / 16)
    place = np.arange(side_px) + 0.5
    return np.clip(np.minimum(place, side_px - place) / margin, 0, 1).astype(np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One image at a time, too: the number of threads is torch's, not the caller's."""
    with _TURN, torch.no_grad():
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
