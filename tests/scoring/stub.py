"""A detector for tests of folder runs: it judges the bytes of a file and counts its calls."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surfedge.errors import ImageError
from surfedge.report import PictureChoice
from surfedge.result import Region, Result

FEW_PICTURES = PictureChoice(worst=3, near=2, sample=1)
NO_PICTURES = PictureChoice(0, 0, 0)


class Stub:
    """score : first byte of the content's SHA-256; above 200 is defective, a region for every 20 above."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.calls: list[str] = []
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, path: Path) -> Result:
        with self._lock:
            self.calls.append(path.name)
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            time.sleep(self.delay_s)
            return judge(path)
        finally:
            with self._lock:
                self.now -= 1


def judge(path: Path) -> Result:
    """The result on the file at `path`; content beginning with ``broken`` is refused."""
    data = path.read_bytes()
    if data.startswith(b"broken"):
        raise ImageError(path, found="a truncated file", expected="a complete one", remedy="copy it again")
    score = float(sha256(data).digest()[0])
    anomaly_map = np.linspace(0, score, 12 * 16, dtype=np.float32).reshape(12, 16)
    regions = tuple(
        Region((number, 2, 3, 4), 12, score - number, score / 2, (number + 1.0, 3.5), "pit")
        for number in range(int(max(0.0, score - 200) // 20) + (score > 200))
    )
    return Result(
        score=score,
        threshold=200.0,
        is_defective=score > 200,
        anomaly_map=anomaly_map,
        mask=anomaly_map > 200,
        regions=regions,
        shape=(12, 16),
        image=np.full((12, 16), 90, np.uint8),
        method="stub",
        milliseconds=1.0 if score % 2 else 100.0,  # the report draws costly ones at once, cheap ones later
    )


def make_folder(folder: Path, count: int) -> Path:
    """A folder of `count` files in three sub-folders."""
    for number in range(count):
        place = folder / f"coil {number % 3}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:04d}.png").write_bytes(f"image {number}".encode())
    return folder


def die_at(event: int) -> None:
    """Kills this process as it is about to do the `event`-th fsync or rename of an output file, counted from 1."""
    events = itertools.count(1)

    def fatal(action: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **named: Any) -> Any:
            if next(events) == event:
                os.kill(os.getpid(), signal.SIGKILL)
            return action(*given, **named)

        return act

    os.fsync, os.replace = fatal(os.fsync), fatal(os.replace)


def make_plates(folder: Path, count: int) -> Path:
    """A folder of `count` images that a detector can inspect, every third with a bright spot."""
    folder.mkdir(parents=True)
    for number in range(count):
        plate = np.random.default_rng(number).integers(90, 110, (96, 128), np.uint8)
        if number % 3 == 0:
            plate[40:48, 60:70] = 250
        cv2.imwrite(str(folder / f"{number:06d}.png"), plate)
    return folder


if __name__ == "__main__":  # the process that other tests kill, stop and run into walls
    from surfedge.detector import Detector
    from surfedge.errors import SurfedgeError
    from surfedge.scoring import score_folder

    inputs, out_dir, delay_s, save, event, judging = sys.argv[1:]
    die_at(int(event))
    try:
        score_folder(
            Stub(float(delay_s)) if judging == "stub" else Detector(device="CPU", threads=1),
            [inputs],
            out_dir,
            save=[kind for kind in save.split(",") if kind != "parquet"],
            parquet="parquet" in save,
            workers=2,
            pictures=FEW_PICTURES,
            progress=lambda done, total, what: print(done, flush=True),
        )
    except SurfedgeError as error:
        sys.exit(str(error))
