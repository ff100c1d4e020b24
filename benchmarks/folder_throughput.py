"""score_folder, decoding and ledger included, against infer requests kept busy with the pictures as tensors."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from side_by_side import alternating, bundle_of, sheet

import graphs
from surfedge import Detector
from surfedge.cores import usable_cores
from surfedge.decision import Decision
from surfedge.images import read as read_image
from surfedge.methods import Network
from surfedge.report import PictureChoice
from surfedge.scoring import score_folder

SIDE_PX, IN_MEMORY, TURNS = 256, 64, 7
NETWORKS = (  # width and depth of the convolutions, files for every one of the smallest
    ("as large as a U-Net of 16 channels or STFPM", 32, 4, 1),
    ("a third of it", 18, 4, 2),
    ("light", 4, 3, 4),
)


def folder_throughput(folder: Path, count: int) -> None:
    """Medians of as many turns, the share that of neighbouring turns.

    The report draws twelve pictures here: those of a default report cost the same in a run of 400 and of 40,000.
    """
    workers = usable_cores()
    print(
        f"\nfolder of {count} to {NETWORKS[-1][-1] * count} PNG of {SIDE_PX}^2, {workers} streams (goal 95 % of bare)"
    )
    heads = ("network", "ms", "bare/s", "folder/s", "share", "by CPU time", "decoding alone")
    print("{:44} {:>6} {:>8} {:>9} {:>6} {:>12} {:>15}".format(*heads))
    for name, width, depth, times in NETWORKS:
        here = folder / str(width)
        (here / "images").mkdir(parents=True)
        paths = [here / "images" / f"{number:05}.png" for number in range(count * times)]
        for number, path in enumerate(paths):
            cv2.imwrite(str(path), sheet(number, SIDE_PX))
        _line(name, Network(*graphs.costly(here, tile_px=SIDE_PX, width=width, depth=depth)), paths, workers)


def _line(name: str, network: Network, paths: list[Path], workers: int) -> None:
    detector = Detector(bundle_of(network, Decision(threshold=0.9), workers))
    compiled = detector.method.engine.compiled()
    requests = [compiled.create_infer_request() for _ in range(workers + 1)]
    read = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in paths[:IN_MEMORY]]
    fed = [np.float32(picture / 255)[None, None] for picture in read]
    turns = []
    for turn in range(TURNS):
        bare = _rate(lambda: _keep_busy(requests, fed, len(paths)), len(paths))
        out = paths[0].parents[1] / f"out{turn}"
        whole = _rate(lambda out=out: _score(detector, paths[0].parent, out, workers, len(paths)), len(paths))
        turns.append((*bare, *whole, whole[0] / bare[0], bare[1] / whole[1]))
    bare_rate, _, rate, _, share, share_by_cpu = np.median(turns, axis=0)
    decode, infer = alternating(
        lambda: read_image(paths[0]), lambda: requests[0].infer({0: fed[0]}, share_inputs=True), rounds=30
    )
    print(
        f"{name:44} {1e3 * infer:6.1f} {bare_rate:8.1f} {rate:9.1f} {share:6.1%} {share_by_cpu:12.1%} "
        f"{infer / (infer + decode):15.1%}"
    )


def _rate(job: Callable[[], object], count: int) -> tuple[float, float]:
    """Images a second, and seconds of processor time."""
    start, used = time.perf_counter(), time.process_time()
    job()
    return count / (time.perf_counter() - start), time.process_time() - used


def _keep_busy(requests: list[Any], fed: list[np.ndarray], count: int) -> None:
    """One request more than there are streams, so that no stream waits for Python. The folder's own pictures: one
    constant picture again and again goes through 2-3 % quicker. (The engine's own AsyncInferQueue has crashed here
    under load.)"""
    for number in range(count):
        request = requests[number % len(requests)]
        request.wait()
        request.start_async({0: fed[number % len(fed)]}, share_inputs=True)
    for request in requests:
        request.wait()


def _score(detector: Detector, images: Path, out: Path, workers: int, count: int) -> None:
    summary = score_folder(detector, [images], out, workers=workers + 1, pictures=PictureChoice(4, 4, 4))
    assert summary.images == summary.inspected == count
