"""One image of a made set from its row in the table: the same row and the same files give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surfedge.cli.generating.made_table import MadeRow
from surfedge.cli.generating.regions import Region, piece_of
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import read, to_grey_u8, to_rgb_u8
from surfedge.synthesis import render
from surfedge.synthesis.paste import DefectPatch, cut_out, paste_defects
from surfedge.synthesis.perlin import draw_anomaly

if TYPE_CHECKING:
    from surfedge.training.transfer_gan import TransferModel

SURFACE = "surface:"

SURFACE_OPTIONS = ("in_use",)  # of a rendered surface, where surfedge synth was given one

# Image, mask (None for a good image), and what the seed made of the settings.
Made = tuple[np.ndarray, np.ndarray | None, dict[str, Any]]


def make(row: MadeRow) -> Made:
    """uint8 (H, W) or (H, W, 3) in R, G, B order, bool (H, W) or None, and what was drawn.

    Raises DatasetError for a file that is not the one the row names, and what reading and making raise.
    """
    if row.method not in MAKERS:
        raise DatasetError("method", found=repr(row.method), expected=", ".join(MAKERS))
    return MAKERS[row.method](row)


def checksum(path: str | Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    return _checksum(str(path))


def check_files(row: MadeRow) -> None:
    """DatasetError unless all the row's files are those that it was made from."""
    files = [] if row.target.startswith(SURFACE) else [(row.target, row.target_sha256)]
    for source in row.sources:
        files += [(source["path"], source["sha256"])]
        files += [(source["mask"], source["mask_sha256"])] if "mask" in source else []
    for path, expected in files:
        if not Path(path).is_file():
            raise DatasetError(path, found="nothing there", expected="the file that the set was made from")
        if (found := checksum(path)) != expected:
            raise DatasetError(
                path,
                found=f"SHA-256 {found[:16]}...",
                expected=f"{expected[:16]}...",
                remedy="the file changed since the set was made",
            )


@lru_cache(maxsize=100_000)
def _checksum(path: str) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()


@lru_cache(maxsize=64)
def _pixels(path: str) -> np.ndarray:
    frame = read(path)
    pixels = to_grey_u8(frame) if frame.pixels.ndim == 2 else to_rgb_u8(frame)
    pixels.flags.writeable = False
    return pixels


@lru_cache(maxsize=512)
def _patch(region: Region, feather_px: float, scale: float) -> DefectPatch:
    image = _pixels(str(region.path))
    mask = None if region.mask_path is None else piece_of(region.mask_path, region.piece)
    with _named(region.path):
        return cut_out(
            image,
            mask=mask,
            box=region.box,
            name=str(region.path),
            class_name=region.class_name,
            feather_px=feather_px,
            scale=scale,
        )


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """What is wrong with an argument, said of the file that it came from."""
    try:
        yield
    except ArgumentError as error:
        where = f"{path}, {error.name}"
        raise ArgumentError(where, found=error.found, expected=error.expected, remedy=error.remedy) from error


def _target(row: MadeRow) -> np.ndarray:
    if not row.target.startswith(SURFACE):
        return _pixels(row.target)
    height, width = row.settings["shape"]
    return render(row.target.removeprefix(SURFACE), (height, width), row.settings["pixel_size_mm"], seed=row.seed).image


def _good(row: MadeRow) -> Made:
    return _target(row), None, {}


def _rendered(row: MadeRow) -> Made:
    given = row.settings
    shot = render(
        row.target.removeprefix(SURFACE),
        tuple(given["shape"]),
        given["pixel_size_mm"],
        given["defects"],
        row.seed,
        severity=given["severity"],
        **{name: given[name] for name in SURFACE_OPTIONS if name in given},
    )
    told = [
        {
            "class": each.class_name,
            "box": list(each.box),
            "area_px": each.area_px,
            "group": each.group,
            **{name: round(getattr(each, name), 3) for name in ("contrast", "severity", "size_mm")},
        }
        for each in shot.instances
    ]
    return shot.image, shot.mask if row.mask else None, {"instances": told}


def _paste(row: MadeRow) -> Made:
    given = row.settings
    regions = [Region.of(source) for source in row.sources]
    patches = [_patch(region, given["feather_px"], given["scale"]) for region in regions]
    made = paste_defects(
        _target(row),
        patches,
        np.random.default_rng(row.seed),
        mode=given["mode"],
        strength=tuple(given["strength"]),
        match=given["match"],
        flips=given["flips"],
    )
    return made.image, made.mask, {"placements": [asdict(each) for each in made.placements]}


def _perlin(row: MadeRow) -> Made:
    given = row.settings
    textures = [_pixels(source["path"]) for source in row.sources] or None
    with _named(row.sources[0]["path"] if row.sources else row.target):
        drawn = draw_anomaly(
            _target(row),
            np.random.default_rng(row.seed),
            textures,
            opacity=tuple(given["opacity"]),
            probability=float(row.class_name != "good"),
            turn_probability=given["turn_probability"],
        )
    told = {
        "opacity": drawn.opacity,
        "turned_deg": drawn.turned_deg,
        "augmentations": drawn.augmentations,
        "texture": row.sources[0]["path"] if row.sources else drawn.texture,
    }
    return drawn.anomalous, drawn.mask if row.mask else None, told


def _transfer(row: MadeRow) -> Made:
    from surfedge.training.transfer_gan import View, read_view
    from surfedge.training.transfer_gan.model import added, change_mask
    from surfedge.training.transfer_gan.views import read_pixels, resized, window_of

    source, model = row.sources[0], _model(row.sources[1]["path"])
    network = model.recipe.network
    target = View(Path(row.target), "good", _window(row.settings["window"]))
    pixels = read_pixels(target.path, network.channels)
    part = window_of(pixels, target)
    small = resized(part, network.input_px)
    defect = read_view(View(Path(source["path"]), source["class"], _window(source["window"])), network)
    hybrid = model.hybrid(defect, small, row.seed)
    image, good = hybrid.image, hybrid.without
    if row.settings["whole"]:
        x, y = (target.window or (0, 0))[:2]
        image, good = pixels.copy(), pixels
        image[y : y + part.shape[0], x : x + part.shape[1]] = added(part, hybrid)
    mask = change_mask(image, good)
    if not mask.any():
        raise ArgumentError(row.target, found="no visible change", expected="a defect", remedy="train longer")
    return image, mask, {"steps": model.step}


def _window(given: list[int] | None) -> tuple[int, int, int, int] | None:
    return None if given is None else (int(given[0]), int(given[1]), int(given[2]), int(given[3]))


@lru_cache(maxsize=2)
def _model(path: str) -> TransferModel:
    from surfedge.training import require_torch

    require_torch()
    from surfedge.training.transfer_gan import TransferModel

    return TransferModel.load(Path(path))


MAKERS: dict[str, Callable[[MadeRow], Made]] = {
    "good": _good,
    "paste": _paste,
    "perlin": _perlin,
    "rendered": _rendered,
    "transfer": _transfer,
}
