"""Folders of rendered images with truth, in the layout of MVTec AD or as plain images beside masks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError, DatasetError
from surfedge.files import append_text, csv_line, replace_bytes, replace_text
from surfedge.registry import resolve
from surfedge.synthesis import ALIASES, DEFECTS, LAYOUTS, SURFACES, TRUTH, USUAL_DEFECTS
from surfedge.synthesis.record import Rendering
from surfedge.synthesis.rendering import render

COLUMNS = (
    "path",
    "mask",
    "class",
    "seed",
    "x",
    "y",
    "width",
    "height",
    "area_px",
    "contrast",
    "severity",
    "size_mm",
    "group",
)

_TRIES = 25  # seeds tried for one image until its defect can be seen


@dataclass(frozen=True)
class Summary:
    """What was written: the folder, images per kind ("train/good", "test/pit" ...), the truth table."""

    folder: Path
    counts: dict[str, int]
    truth: Path


@dataclass(frozen=True)
class _PlannedImage:
    """One image to make: where it goes, its class ("good" or a defect), its number in the plan."""

    path: str
    mask: str | None
    kind: str
    number: int


def write_dataset(
    folder: str | Path,
    surface: str,
    *,
    count: int = 100,
    defects: Sequence[str] = USUAL_DEFECTS,
    seed: int = 0,
    layout: str = "mvtec",
    defective_share: float = 0.3,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> Summary:
    """Write `count` rendered images with their truth into a new or empty folder.

    Layout "mvtec": `train/good`, `test/good`, `test/<class>`, `ground_truth/<class>/<name>_mask.png`; of the
    good images two thirds are for training. Layout "plain": `images/`, `masks/`. Both hold `truth.csv` with
    one line per visible defect (COLUMNS; a good image has one with class "good" and no box). All are PNG.

    Parameters
    ----------
    surface : a key of SURFACES or ALIASES.
    count : number of images, at least 1.
    defects : kinds to show, in turn, one per image; empty for good images only.
    seed : 0 or more; the same arguments write the same bytes, whatever `threads` is.
    defective_share : 0 to 1.
    threads : images made at a time, at least 1.
    progress : called with (done, count) after each image, in the caller's thread.
    settings : of `render`: shape, pixel_size_mm, severity, size_mm, pitch_mm and so on.

    Raises
    ------
    ArgumentError : an unknown name or a value out of range.   DatasetError : the folder is not empty.
    OSError : a full disk, for instance; the images that `truth.csv` names are there, whole, and no others.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as out:
    ...     summary = write_dataset(out, "strip", count=4, defects=("pit",), shape=(64, 64))
    >>> summary.counts
    {'train/good': 2, 'test/good': 1, 'test/pit': 1}
    """
    surface = ALIASES.get(surface, surface)
    _check(surface, count, defects, layout, defective_share, threads, seed)
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DatasetError(root, found="a folder that is not empty", expected="a new or empty one")
    plan = _plan(count, defects, layout, defective_share)
    truth = root / TRUTH
    for place in {Path(p).parent for image in plan for p in (image.path, image.mask) if p}:
        (root / place).mkdir(parents=True, exist_ok=True)
    replace_text(truth, csv_line(COLUMNS))
    named: set[str] = set()
    with ThreadPoolExecutor(threads) as pool:
        work = pool.map(lambda image: _make(root, image, surface, seed, settings), plan)
        try:
            for done, (image, lines) in enumerate(zip(plan, work, strict=True), start=1):
                append_text(truth, "".join(csv_line(line.get(name, "") for name in COLUMNS) for line in lines))
                named.update((image.path, image.mask or ""))
                if progress is not None:
                    progress(done, count)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            remove_unnamed(root, named)
            raise
    return Summary(root, _counts(plan, layout), truth)


def _check(
    surface: str, count: int, defects: Sequence[str], layout: str, defective_share: float, threads: int, seed: int
) -> None:
    resolve(SURFACES, surface, "surface")
    for defect in defects:
        resolve(DEFECTS, defect, "defect")
    if layout not in LAYOUTS:
        raise ArgumentError("layout", found=repr(layout), expected=" or ".join(LAYOUTS))
    if count < 1:
        raise ArgumentError("count", found=count, expected="1 or more")
    if threads < 1:
        raise ArgumentError("threads", found=threads, expected="1 or more")
    if seed < 0:
        raise ArgumentError("seed", found=seed, expected="a whole number, 0 or more")
    if not 0 <= defective_share <= 1:
        raise ArgumentError("defective_share", found=defective_share, expected="0 to 1")


def _plan(count: int, defects: Sequence[str], layout: str, defective_share: float) -> list[_PlannedImage]:
    """The images in the order of their numbers: good ones, then the defects in turn."""
    defective = round(count * defective_share) if defects else 0
    kinds = ["good"] * (count - defective) + [defects[i % len(defects)] for i in range(defective)]
    if layout == "plain":
        return [_PlannedImage(f"images/{n:05d}.png", f"masks/{n:05d}.png", kind, n) for n, kind in enumerate(kinds)]
    train = round((count - defective) * 2 / 3) if defective else count
    places = ["train/good" if n < train else f"test/{kind}" for n, kind in enumerate(kinds)]
    plan, used = [], dict.fromkeys(places, 0)
    for number, (place, kind) in enumerate(zip(places, kinds, strict=True)):
        name = f"{used[place]:03d}"
        used[place] += 1
        mask = None if kind == "good" else f"ground_truth/{kind}/{name}_mask.png"
        plan.append(_PlannedImage(f"{place}/{name}.png", mask, kind, number))
    return plan


def _counts(plan: Sequence[_PlannedImage], layout: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for image in plan:
        place = image.kind if layout == "plain" else image.path.rpartition("/")[0]
        counts[place] = counts.get(place, 0) + 1
    return counts


def _make(
    root: Path, image: _PlannedImage, surface: str, seed: int, settings: dict[str, Any]
) -> list[dict[str, object]]:
    """Render and write one image; its lines of the truth table."""
    shot = _rendered(image, surface, seed, settings)
    _write_png(root / image.path, shot.image)
    if image.mask:
        _write_png(root / image.mask, shot.mask.astype(np.uint8) * 255)
    base: dict[str, object] = {"path": image.path, "mask": image.mask or "", "seed": shot.seed}
    if not shot.instances:
        return [{**base, "class": "good"}]
    lines = []
    for instance in shot.instances:
        box = dict(zip(("x", "y", "width", "height"), instance.box, strict=True))
        numbers = {n: f"{getattr(instance, n):.3f}" for n in ("contrast", "severity", "size_mm")}
        rest = {"class": instance.class_name, "area_px": instance.area_px, "group": instance.group}
        lines.append({**base, **box, **numbers, **rest})
    return lines


def _rendered(image: _PlannedImage, surface: str, seed: int, settings: dict[str, Any]) -> Rendering:
    """The image; for a defect the first seed at which it can be seen."""
    defects = () if image.kind == "good" else (image.kind,)
    for attempt in range(_TRIES):
        own_seed = int(np.random.SeedSequence([seed, image.number, attempt]).generate_state(1)[0])
        shot = render(surface, defects=defects, seed=own_seed, **settings)
        if not defects or shot.is_defective:
            return shot
    raise ArgumentError(
        "severity",
        found=f"no visible {image.kind} in {_TRIES} tries",
        expected="a defect that can be seen",
        remedy="raise severity or size_mm",
    )


def _write_png(path: Path, image: NDArray[np.uint8]) -> None:
    # Through bytes: cv2.imwrite does not know every path that the system knows.
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise DatasetError(path, found="a PNG encoder that refused", expected="an encoded image")
    replace_bytes(path, data.tobytes())


def remove_unnamed(root: Path, named: Collection[str]) -> None:
    """Delete the PNG files below `root` that no line of its table names, as far as the disk lets it.

    named : relative to `root`, with slashes.
    """
    for path in sorted(root.rglob("*.png")):
        if path.relative_to(root).as_posix() not in named:
            with suppress(OSError):
                path.unlink()
