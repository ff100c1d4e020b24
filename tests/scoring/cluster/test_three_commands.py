"""The three commands of docs/several-pcs.md, as they stand there: from nothing to a first run."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from conftest import Budget
from scoring.cluster.conftest import IMAGES, Left, left
from scoring.cluster.machines import PACKAGE, wait_for
from surfedge.detector import Detector

PAGE = Path(__file__).parents[3] / "docs" / "several-pcs.md"


def _commands() -> list[list[str]]:
    block = re.search(r"## Three commands\n.*?```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert block is not None
    return [shlex.split(line, comments=True) for line in block[1].splitlines()]


@contextmanager
def _running(command: list[str], folder: Path, number: int) -> Iterator[Path]:
    """The command as a process of its own; gives its log."""
    log = folder / f"{number}.log"
    module = ["-m", command[0], *command[1:]]
    with open(log, "wb") as file:
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        process = subprocess.Popen([sys.executable, *module], cwd=folder, env=environment, stdout=file, stderr=file)
    try:
        yield log
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_three_commands(images: Path, calm: Left, detector: Detector, tmp_path: Path, budget: Budget) -> None:
    """Only names change: the machine and its port, the folder of images, and the bundle."""
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip("takes ten seconds: with --budget nightly")
    bundle = detector.bundle.write(tmp_path / "strip.surfedge")
    assert bundle
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    names = {"8786": port, "tcp://pc1:8786": f"tcp://127.0.0.1:{port}", "/share/photos": str(images)}
    scheduler, worker, score = ([names.get(word, word) for word in command] for command in _commands())
    assert [scheduler[:2], worker[:2], score[:2]] == [["dask", "scheduler"], ["dask", "worker"], ["surfedge", "score"]]
    with ExitStack() as stack:
        log = stack.enter_context(_running(scheduler, tmp_path, 1))
        wait_for(lambda: b"Scheduler at:" in log.read_bytes(), "the scheduler")
        stack.enter_context(_running(worker, tmp_path, 2))
        wait_for(lambda: b"Register worker" in log.read_bytes(), "the worker")
        command = [sys.executable, "-m", *score, "--threshold", "9", "--save", "masks", "--threads", "1"]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended.stderr  # one file is damaged
    assert f"{IMAGES + 1} images: 20 defective, 40 good, 1 skipped" in ended.stdout
    assert left(tmp_path / "inspected") == calm
