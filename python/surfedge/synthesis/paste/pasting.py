"""Cut and paste: labelled defects of one surface put at random places of another, with their truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import check_image, like
from surfedge.synthesis.paste.blending import BLENDS, matched
from surfedge.synthesis.paste.defect_patch import DefectPatch
from surfedge.synthesis.paste.mask_in_box import GRAIN_PX, Box, Mask
from surfedge.synthesis.truth import visible_pixels

Field = NDArray[np.float32]

TRIES = 25  # places tried until the defect can be seen and covers no other
HALF_A_LEVEL = 0.5  # what changes by less is the same once rounded
GRAINS = 2.0  # deviations of the grain that the defect brought with it: less is not called defective


@dataclass(frozen=True)
class Placement:
    """One defect in the made image.

    source, class_name : of the patch.   box : (x, y, width, height) of its visible pixels.
    x, y : upper left corner of the patch.   left_right, up_down : whether it was flipped.
    strength : 1 as cut out.   area_px : its visible pixels.
    """

    source: str
    class_name: str
    box: Box
    x: int
    y: int
    left_right: bool
    up_down: bool
    strength: float
    area_px: int


@dataclass(frozen=True, eq=False)
class Pasted:
    """What was made.

    image : shape and dtype of the target.   mask : bool, (H, W), where it differs visibly.
    placements : one a defect, in the order of the patches.
    """

    image: NDArray[Any]
    mask: Mask
    placements: tuple[Placement, ...]


def paste_defects(
    target: NDArray[Any],
    patches: Sequence[DefectPatch],
    rng: np.random.Generator,
    *,
    mode: str = "ratio",
    strength: tuple[float, float] = (1.0, 1.0),
    match: bool = False,
    flips: bool = True,
) -> Pasted:
    """Put each of the patches at a random place of the target, wholly inside it. Equal arguments give equal bytes.

    Parameters
    ----------
    target : a good surface, (H, W) or (H, W, 3), uint8, or float32 in [0, 1]; it is not changed.
    patches : from `cut_out`, one or more.
    mode : "ratio" multiplies the target by what the defect does to its own surface, so that a pattern stays; "paste"
        lays its pixels over, with a feathered edge; "poisson" clones its gradients.
    strength : (lowest, highest) multiple of the change that the defect makes, drawn for each; above 0, at most 3.
    match : for "paste" and "poisson": give the defect's surface the mean and deviation of its new place.
    flips : left-right and up-down, half of the time each (both are half a turn): other turns would turn the
        rolling direction as well.

    Raises
    ------
    ArgumentError : a wrong image, mode or number; no patch; a patch larger than the target; nothing can be seen.

    >>> from surfedge.synthesis.paste import cut_out
    >>> sheet = np.full((40, 50), 120, np.uint8)
    >>> sheet[10:14, 20:30] = 60
    >>> patch = cut_out(sheet, mask=sheet < 100, feather_px=0)
    >>> made = paste_defects(np.full((64, 64), 200, np.uint8), [patch], np.random.default_rng(1))
    >>> int(made.mask.sum()), set(made.image[made.mask].tolist())
    (40, {100})
    """
    _check(target, patches, mode, strength, match)
    scale = np.float32(255 if target.dtype == np.float32 else 1)
    levels = target.astype(np.float32) * scale
    mask = np.zeros(target.shape[:2], bool)
    placements = []
    for patch in patches:
        placement, seen = _put(levels, mask, patch.with_channels(target.ndim), rng, mode, strength, match, flips)
        x, y = placement.x, placement.y
        mask[y : y + seen.shape[0], x : x + seen.shape[1]] |= seen
        placements.append(placement)
    return Pasted(like(levels, target), mask, tuple(placements))


def _check(
    target: NDArray[Any], patches: Sequence[DefectPatch], mode: str, strength: tuple[float, float], match: bool
) -> None:
    check_image("target", target)
    if mode not in BLENDS:
        raise ArgumentError("mode", found=repr(mode), expected=", ".join(BLENDS))
    if match and mode == "ratio":
        raise ArgumentError(
            "match", found="mode ratio", expected="paste or poisson", remedy="ratio takes the target's mean as it is"
        )
    if len(strength) != 2 or not 0 < strength[0] <= strength[1] <= 3:
        raise ArgumentError("strength", found=strength, expected="(lowest, highest), above 0, at most 3")
    if not patches:
        raise ArgumentError("patches", found="none", expected="one or more")
    for patch in patches:
        if patch.shape[0] > target.shape[0] or patch.shape[1] > target.shape[1]:
            raise ArgumentError(
                patch.name or "patch",
                found=f"a defect of {patch.shape[1]} x {patch.shape[0]} px with its margin",
                expected=f"at most the target's {target.shape[1]} x {target.shape[0]} px",
                remedy="take a larger target, or a scale below 1",
            )


def _put(
    levels: Field,
    taken: Mask,
    patch: DefectPatch,
    rng: np.random.Generator,
    mode: str,
    strength: tuple[float, float],
    match: bool,
    flips: bool,
) -> tuple[Placement, Mask]:
    """Change `levels` in place; where the defect lies, and its visible pixels in the patch's window."""
    fallback = None
    h, w = patch.shape
    for _ in range(TRIES):
        left_right, up_down = (flips and rng.random() < 0.5 for _ in range(2))
        y, x = (int(rng.integers(n - m + 1)) for n, m in zip(levels.shape[:2], (h, w), strict=True))
        factor = float(rng.uniform(*strength))
        turned = patch.flipped(left_right, up_down)
        window = levels[y : y + h, x : x + w]
        blended = BLENDS[mode](window, matched(turned, window) if match else turned)
        change = np.clip(window + np.float32(factor) * (blended - window), 0, 255) - window
        seen = _seen(change, turned, GRAINS * turned.grain * float(window.mean()) if mode == "ratio" else 0.0)
        if not seen.any():
            continue
        fallback = x, y, left_right, up_down, factor, change, seen
        if not (taken[y : y + h, x : x + w] & seen).any():
            break
    if fallback is None:
        raise ArgumentError(
            "strength",
            found=f"{patch.name or 'a defect'}, not to be seen in {TRIES} places",
            expected="a visible defect",
            remedy="raise the strength or leave it out",
        )
    x, y, left_right, up_down, factor, change, seen = fallback
    levels[y : y + h, x : x + w] += change
    bx, by, bw, bh = cv2.boundingRect(seen.astype(np.uint8))
    box = (x + bx, y + by, bw, bh)
    area = int(seen.sum())
    placement = Placement(patch.name, patch.class_name, box, x, y, left_right, up_down, factor, area)
    return placement, seen


def _seen(change: Field, patch: DefectPatch, grain_levels: float) -> Mask:
    """Pixels that changed visibly, by more than the grain alone would, and the outline's pixels near them."""
    smooth = cv2.GaussianBlur(change, (0, 0), GRAIN_PX, borderType=cv2.BORDER_CONSTANT)
    strongest = np.abs(smooth) if smooth.ndim == 2 else np.abs(smooth).max(axis=2)
    touched = np.abs(change) if change.ndim == 2 else np.abs(change).max(axis=2)
    beyond = np.where(touched >= HALF_A_LEVEL, strongest - np.float32(grain_levels), 0)
    return visible_pixels(beyond, patch.outline) & (patch.alpha > 0)
