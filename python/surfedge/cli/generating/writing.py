"""A made set on disk: images, masks and the table, in the MVTec layout, in order, whatever the threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from surfedge.cli.generating.made_table import MadeRow, Table
from surfedge.cli.generating.making import make
from surfedge.errors import ArgumentError, DatasetError, ImageError
from surfedge.files import replace_bytes
from surfedge.synthesis import remove_unnamed

TRIES = 25  # choices of source and target tried for one image

# The row of an image at the n-th try: another source and target each time.
Planned = Callable[[int], MadeRow]
Skipped = list[tuple[str, str]]


@dataclass(frozen=True)
class Written:
    """rows : in the order of the plan.   skipped : what was chosen and could not be used: name and reason."""

    rows: list[MadeRow]
    skipped: Skipped
    table: Path


def new_folder(path: str | Path) -> Path:
    """The folder, made where it is not there; DatasetError for one in use."""
    root = Path(path)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DatasetError(root, found="a folder that is not empty", expected="a new or empty one")
    root.mkdir(parents=True, exist_ok=True)
    return root


def write_set(
    root: Path, plan: Sequence[Planned], threads: int, progress: Callable[[int, int, str], None], tries: int = TRIES
) -> Written:
    """Make and write every image of the plan below `root`.

    A source or target that cannot be used is skipped for another choice; OSError, such as a full disk, ends the run
    with the table of what is there, and nothing there that it does not name.
    """
    if not 1 <= threads <= 1024:
        raise ArgumentError("--threads", found=threads, expected="1 to 1,024")
    table = Table(root)
    rows: list[MadeRow] = []
    skipped: dict[tuple[str, str], None] = {}
    with ThreadPoolExecutor(threads) as pool:
        try:
            for done, (row, reasons) in enumerate(_in_order(pool, root, plan, tries, 2 * threads), start=1):
                table.add(row)
                rows.append(row)
                skipped.update(dict.fromkeys(reasons))
                progress(done, len(plan), "making")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            remove_unnamed(root, {name for row in rows for name in (row.image, row.mask)})
            raise
    return Written(rows, list(skipped), table.path)


def _in_order(
    pool: ThreadPoolExecutor, root: Path, plan: Sequence[Planned], tries: int, ahead: int
) -> Iterator[tuple[MadeRow, Skipped]]:
    """Results in the plan's order, a few in the making; an error leaves the rest unmade."""
    waiting = iter(plan)
    running = [pool.submit(_one, root, planned, tries) for planned in islice(waiting, ahead)]
    try:
        while running:
            yield running.pop(0).result()
            running += [pool.submit(_one, root, planned, tries) for planned in islice(waiting, 1)]
    finally:
        for future in running:
            future.cancel()


def _one(root: Path, planned: Planned, tries: int) -> tuple[MadeRow, Skipped]:
    skipped: Skipped = []
    for attempt in range(tries):
        row = planned(attempt)
        try:
            image, mask, drawn = make(row)
        except (ArgumentError, ImageError) as error:
            skipped.append((error.name, error.reason))
            if attempt == tries - 1:
                raise
            continue
        digest = write_png(root / row.image, image)
        if mask is not None:
            write_png(root / row.mask, mask.astype(np.uint8) * 255)
        return row.made(drawn, 0.0 if mask is None else float(mask.mean()), digest), skipped
    raise AssertionError("the last try returns or raises")


def write_png(path: Path, image: np.ndarray) -> str:
    """Write in one step; the SHA-256 of the file."""
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise DatasetError(path, found="a PNG encoder that refused", expected="an encoded image")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, data.tobytes())
    return sha256(data.tobytes()).hexdigest()
