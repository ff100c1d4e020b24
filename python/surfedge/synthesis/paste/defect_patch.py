"""A defect cut out of its image, ready to be put elsewhere: its pixels, its outline, what lay around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import Levels, check_image, to_levels
from surfedge.synthesis.noise_fields import blurred
from surfedge.synthesis.paste.mask_in_box import GRAIN_PX, Box, Mask, mask_in_box
from surfedge.synthesis.ranges import require

Field = NDArray[np.float32]

FEATHER_PX = 3.0
DARKEST_BACKGROUND = 6.0  # levels; what is divided by it


@dataclass(frozen=True, eq=False)
class DefectPatch:
    """A labelled region with a margin for its feathered edge.

    Attributes
    ----------
    pixels : float32, (h, w) or (h, w, 3), levels of 0 to 255.
    background : float32, of that shape: the local mean of the surface around the defect, carried on beneath it.
    alpha : float32, (h, w): 1 on the defect, falling to 0 over the feather.
    outline : bool, (h, w): the defect's pixels; all False where only a box is known.
    deviation : of the surface around the defect, in levels.
    grain : the same as a share of its level, behind a Gaussian of GRAIN_PX: what the surface alone does to a ratio.
    name, class_name : of the source and of the kind of defect.
    """

    pixels: Field
    background: Field
    alpha: Field
    outline: Mask
    deviation: float
    grain: float
    name: str = ""
    class_name: str = "defect"

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w), the margin included."""
        return self.alpha.shape[0], self.alpha.shape[1]

    @property
    def ratio(self) -> Field:
        """What the defect does to its surface: pixels / background, 0 to 4."""
        return np.clip(self.pixels / np.maximum(self.background, np.float32(DARKEST_BACKGROUND)), 0, 4)

    def flipped(self, left_right: bool, up_down: bool) -> DefectPatch:
        """The patch mirrored; both together are half a turn."""
        way = slice(None, None, -1 if up_down else 1), slice(None, None, -1 if left_right else 1)
        return replace(
            self,
            pixels=np.ascontiguousarray(self.pixels[way]),
            background=np.ascontiguousarray(self.background[way]),
            alpha=np.ascontiguousarray(self.alpha[way]),
            outline=np.ascontiguousarray(self.outline[way]),
        )

    def with_channels(self, ndim: int) -> DefectPatch:
        """The patch for a grey (2) or colour (3) target."""
        if self.pixels.ndim == ndim:
            return self
        code = cv2.COLOR_RGB2GRAY if ndim == 2 else cv2.COLOR_GRAY2RGB
        pixels, background = (
            np.asarray(cv2.cvtColor(each, code), np.float32) for each in (self.pixels, self.background)
        )
        return replace(self, pixels=pixels, background=background)


def cut_out(
    image: NDArray[Any],
    *,
    mask: Mask | None = None,
    box: Box | None = None,
    name: str = "",
    class_name: str = "defect",
    feather_px: float = FEATHER_PX,
    scale: float = 1.0,
) -> DefectPatch:
    """Cut a labelled defect out of its image; either `mask` or `box` says where it is.

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8, or float32 in [0, 1].
    mask : bool, (H, W): the defect's pixels.
    box : (x, y, width, height) in whole pixels; GrabCut looks for the outline inside, and where it finds none the
        whole box is taken.
    feather_px : width of the edge over which the defect fades into its new surface, 0 to 50.
    scale : enlarges (above 1) or shrinks the defect where source and target have other pixel sizes; 0.05 to 20.

    Raises
    ------
    ArgumentError : no mask and no box, an empty mask, one of another size, a box that reaches out of the image.

    >>> plate = np.full((20, 30), 100, np.uint8)
    >>> plate[8:12, 10:16] = 50
    >>> patch = cut_out(plate, mask=plate < 80, feather_px=1)
    >>> patch.shape, int(patch.outline.sum()), float(patch.ratio[patch.outline].mean())
    ((8, 10), 24, 0.5)
    """
    check_image("image", image)
    require(0, 50, feather_px=feather_px)
    require(0.05, 20, scale=scale)
    levels = to_levels(image)
    if (mask is None) == (box is None):
        found = "neither mask nor box" if mask is None else "both"
        raise ArgumentError("mask", found=found, expected="a mask, or a box, that says where the defect is")
    if box is not None:
        _check_box(box, levels.shape[:2])
        mask = mask_in_box(levels, box)
        outlined = mask is not None
        if mask is None:
            x, y, w, h = box
            mask = np.zeros(levels.shape[:2], bool)
            mask[y : y + h, x : x + w] = True
    else:
        outlined = True
        _check_mask(mask, levels.shape[:2])
    assert mask is not None
    if scale != 1:
        levels, mask = _scaled(levels, mask, scale)
    return _patch(levels, mask, outlined, feather_px, name, class_name)


def _check_mask(mask: NDArray[Any] | None, shape: tuple[int, ...]) -> None:
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != shape:
        found = f"{mask.dtype} of {mask.shape}" if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ArgumentError("mask", found=found, expected=f"bool of {shape}, as the image")
    if not mask.any():
        raise ArgumentError(
            "mask", found="no pixel of a defect", expected="one or more", remedy="leave images without defects out"
        )


def _check_box(box: Box, shape: tuple[int, ...]) -> None:
    whole = len(box) == 4 and all(isinstance(n, (int, np.integer)) for n in box)
    x, y, w, h = box if whole else (0, 0, 0, 0)
    if not (whole and x >= 0 and y >= 0 and w >= 1 and h >= 1 and x + w <= shape[1] and y + h <= shape[0]):
        raise ArgumentError(
            "box", found=tuple(box), expected=f"(x, y, width, height) inside the image of {shape[1]} x {shape[0]} px"
        )


def _scaled(levels: Levels, mask: Mask, scale: float) -> tuple[Levels, Mask]:
    size = max(1, round(levels.shape[1] * scale)), max(1, round(levels.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    larger = np.asarray(cv2.resize(levels, size, interpolation=way), np.uint8)
    cover = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    # What is thinner than a new pixel must not vanish.
    return larger, cover >= min(0.5, float(cover.max()))


def _patch(levels: Levels, mask: Mask, outlined: bool, feather_px: float, name: str, class_name: str) -> DefectPatch:
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    margin = int(np.ceil(feather_px)) + 1
    rows = slice(max(0, y - margin), min(levels.shape[0], y + h + margin))
    columns = slice(max(0, x - margin), min(levels.shape[1], x + w + margin))
    alpha = _alpha(mask, feather_px)
    background, deviation, grain = _surroundings(levels, alpha > 0, max(w, h))
    return DefectPatch(
        pixels=levels[rows, columns].astype(np.float32),
        background=np.ascontiguousarray(background[rows, columns]),
        alpha=np.ascontiguousarray(alpha[rows, columns]),
        outline=np.ascontiguousarray(mask[rows, columns]) & outlined,
        deviation=deviation,
        grain=grain,
        name=name,
        class_name=class_name,
    )


def _alpha(mask: Mask, feather_px: float) -> Field:
    """1 on the mask, smoothly to 0 at `feather_px` outside it; faded as well where the image's edge cuts it."""
    if feather_px == 0:
        return mask.astype(np.float32)
    outside = np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    alpha = np.clip(1 - outside / np.float32(feather_px + 1), 0, 1)
    h, w = mask.shape
    for axis, length in ((0, h), (1, w)):
        first, last = (mask[0], mask[-1]) if axis == 0 else (mask[:, 0], mask[:, -1])
        steps = (np.arange(length, dtype=np.float32) + 1) / np.float32(feather_px + 1)
        ramp = np.ones(length, np.float32)
        if first.any():
            ramp = np.minimum(ramp, steps)
        if last.any():
            ramp = np.minimum(ramp, steps[::-1])
        alpha *= ramp[:, None] if axis == 0 else ramp[None]
    return np.asarray(alpha * alpha * (3 - 2 * alpha), np.float32)


def _surroundings(levels: Levels, covered: Mask, longest_px: int) -> tuple[Field, float, float]:
    """Local mean of what is not covered, carried on under it; its deviation, in levels; its grain, a share."""
    values = levels.astype(np.float32)
    open_ground = ~cv2.dilate(covered.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if not open_ground.any():  # a box as large as its image: the image's own median must do
        open_ground[:] = True
        median = np.median(values.reshape(-1, *values.shape[2:]), axis=0)
        background = np.broadcast_to(median, values.shape).astype(np.float32)
    else:
        background = _local_mean(values, open_ground, float(np.clip(0.35 * longest_px, 4.0, 60.0)))
    rest = (values - background)[open_ground]
    smooth = (blurred(values, GRAIN_PX) - blurred(values, 4 * GRAIN_PX))[open_ground]
    level = max(float(background[open_ground].mean()), DARKEST_BACKGROUND)
    return background, float(rest.std()), 1.4826 * float(np.median(np.abs(smooth))) / level


def _local_mean(values: Field, open_ground: Mask, sigma_px: float) -> Field:
    """Gaussian mean over the open ground alone; far from any of it, the mean of all of it."""
    weight = open_ground.astype(np.float32)
    shown = weight if values.ndim == 2 else weight[..., None]
    far = np.float32(1e-4)
    near = blurred(weight, sigma_px) + far
    total = blurred(values * shown, sigma_px) + far * values[open_ground].mean(axis=0)
    return np.asarray(total / (near if values.ndim == 2 else near[..., None]), np.float32)
