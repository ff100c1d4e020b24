"""Has the generator collapsed, and does structure 0 mean good? In figures and in two pictures to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from surfedge.training.transfer_gan.model import TransferModel, change_mask
from surfedge.training.transfer_gan.views import Views

MOST_CHECKED, SHOWN = 200, 8
TOGETHER = 16  # images in one pass, to bound the memory
GAP_PX = 4


@dataclass(frozen=True)
class Checks:
    """Shares are of the defective training images that were looked at, 0 to 1; levels are mean absolute grey levels.

    own_nearest : images whose reconstruction is nearer to themselves than to any other training image. same_class :
    those whose nearest is at least of their class. spread : standard deviation between the reconstructions over that
    between the images, 1 when nothing collapsed. reconstruction : between image and reconstruction. called_good :
    images without their defect, G(0, z_t), that the classifier calls good; defects_called_good : of the images
    themselves. hybrids_called : made hybrids that it calls the class of their defect. own_texture, other_texture : how
    far the reconstruction moves when its texture is taken from the image without its defect, and from another image.
    sheet : uint8 (H, W) or (H, W, 3), a row each: x1, its reconstruction, without its defect; x2, as made, hybrid;
    mask. nearest : image, reconstruction, nearest training image.
    """

    images: int
    own_nearest: float
    same_class: float
    spread: float
    reconstruction: float
    called_good: float
    defects_called_good: float
    hybrids_called: float
    own_texture: float
    other_texture: float
    sheet: np.ndarray
    nearest: np.ndarray

    def figures(self) -> dict[str, float]:
        """All but the pictures."""
        return {name: value for name, value in vars(self).items() if not isinstance(value, np.ndarray)}


@torch.no_grad()
def check(model: TransferModel, views: Views, seed: int = 0) -> Checks:
    """The checks of the source, on at most 200 of the defective images of `views`."""
    rng, levels = np.random.default_rng([seed, 17]), model.levels
    chosen = rng.permutation(len(views.defects))[:MOST_CHECKED]
    x1, x2 = views.defects[chosen], views.goods[rng.integers(len(views.goods), size=len(chosen))]
    starts = range(0, len(chosen), TOGETHER)
    parts = [(x1[i : i + TOGETHER], x2[i : i + TOGETHER]) for i in starts]
    made = [_made(model, levels.to_network(a), levels.to_network(b), seed + k) for k, (a, b) in enumerate(parts)]
    rec1, c1, x4, x3 = (torch.cat([each[k] for each in made]) for k in range(4))
    nearest = _nearest(levels.to_network(views.defects), rec1)
    own, kinds = torch.from_numpy(chosen), views.kinds[chosen]
    called = {
        name: model.classifier(x).argmax(dim=1) for name, x in {"x1": levels.to_network(x1), "c1": c1, "x3": x3}.items()
    }
    good = len(model.classes) - 1
    moved = [_moved(model, rec1, c1, levels.to_network(x1), k, seed) for k in range(min(len(chosen), 32))]
    seen = {
        "x1": x1,
        "rec1": levels.to_images(rec1),
        "c1": levels.to_images(c1),
        "x2": x2,
        "x4": levels.to_images(x4),
        "x3": levels.to_images(x3),
    }
    show = _spread_over(kinds)
    return Checks(
        images=len(chosen),
        own_nearest=float((nearest == own).float().mean()),
        same_class=float(np.mean(views.kinds[nearest.numpy()] == kinds)),
        spread=float(rec1.std(dim=0).mean() / levels.to_network(x1).std(dim=0).mean()),
        reconstruction=levels.half * float((rec1 - levels.to_network(x1)).abs().mean()),
        called_good=float((called["c1"] == good).float().mean()),
        defects_called_good=float((called["x1"] == good).float().mean()),
        hybrids_called=float(np.mean(called["x3"].numpy() == kinds)),
        own_texture=float(np.mean([pair[0] for pair in moved])),
        other_texture=float(np.mean([pair[1] for pair in moved])),
        sheet=_sheet([[*(seen[name][k] for name in seen), _mask(seen, k)] for k in show]),
        nearest=_sheet([[x1[k], seen["rec1"][k], views.defects[int(nearest[k])]] for k in show]),
    )


def _made(model: TransferModel, x1: Tensor, x2: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """rec1, c1, x4, x3 of some pairs; the four of a pair have one noise."""
    one, two = model.maker.codes(x1), model.maker.codes(x2)
    none = torch.zeros_like(one.structure)
    structures = torch.cat([one.structure, none, none, one.structure])
    textures = torch.cat([one.texture, one.texture, two.texture, two.texture])
    rec1, c1, x4, x3 = model.maker.generator(structures, textures, model.noise(len(x1), seed, 4)).chunk(4)
    return rec1, c1, x4, x3


def _moved(model: TransferModel, rec1: Tensor, c1: Tensor, x1: Tensor, k: int, seed: int) -> tuple[float, float]:
    """How far a reconstruction moves, in grey levels, with the texture of c1 and with that of another image."""
    structure = model.maker.codes(x1[k : k + 1]).structure
    textures = [model.maker.codes(c1[k : k + 1]).texture, model.maker.codes(x1[k - 1 : k or None]).texture]
    noise = model.noise(1, seed + k)
    own, other = (
        model.levels.half * float((model.maker.generator(structure, t, noise) - rec1[k]).abs().mean()) for t in textures
    )
    return own, other


def _nearest(images: Tensor, made: Tensor) -> Tensor:
    """For each of `made` the place of the nearest of `images`, by mean absolute difference."""
    distances = torch.cdist(made.flatten(1), images.flatten(1), p=1)
    return distances.argmin(dim=1)


def _spread_over(kinds: np.ndarray) -> list[int]:
    """Places of a few images, the classes in turn."""
    queues = [list(np.flatnonzero(kinds == kind)) for kind in np.unique(kinds)]
    places: list[int] = []
    while len(places) < min(SHOWN, len(kinds)):
        places += [int(queue.pop(0)) for queue in queues if queue]
    return places[:SHOWN]


def _mask(seen: dict[str, np.ndarray], k: int) -> np.ndarray:
    mask = change_mask(seen["x3"][k], seen["x4"][k]).astype(np.uint8) * 255
    return np.repeat(mask[:, :, None], 3, axis=2) if seen["x3"].ndim == 4 else mask


def _sheet(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Images of one size in a grid with gaps, twice as large."""
    padded = [[_framed(image) for image in row] for row in rows]
    sheet = np.vstack([np.hstack(row) for row in padded])
    return cv2.resize(sheet, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)


def _framed(image: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(image, *(GAP_PX // 2,) * 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
