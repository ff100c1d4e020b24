"""kill -9 of the client and of workers at random moments, then the same run again: 0 lost, 0 doubled."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conftest import Budget
from scoring.cluster.conftest import Left, left
from scoring.cluster.machines import PACKAGE, Machines
from scoring.stub import NO_PICTURES
from surfedge import Detector
from surfedge.scoring import Cluster, score_folder

ODD = Path(__file__).with_name("odd_worker.py")
SEED = 20261128


def test_a_killed_client_and_killed_workers(
    machines: Machines, detector: Detector, images: Path, tmp_path: Path, calm: Left, budget: Budget
) -> None:
    kills = budget.count(test=0, nightly=20, release=200)
    if not kills:
        pytest.skip("takes five seconds a kill: with --budget nightly")
    moments, out = random.Random(SEED), tmp_path / "out"
    for number in range(kills):
        doomed = machines.joined(preload=ODD, ODD_DELAY_S="0.05")
        if number % 2:
            _kill_client(machines, images, out, moments.uniform(1.0, 3.0))
        timer = threading.Timer(moments.uniform(0.0, 1.0), doomed.kill)
        timer.start()
        with Cluster(machines.address) as cluster:
            how = {"save": ["masks"], "workers": 1, "pictures": NO_PICTURES}
            score_folder(detector, [images], out, cluster=cluster, **how)  # type: ignore[arg-type]
        timer.join()
        machines.left(doomed)
        assert left(out) == calm
        shutil.rmtree(out)
    print(f"P1: seed {SEED}: {kills} workers and {kills // 2} clients killed, 0 lost, 0 doubled")


def _kill_client(machines: Machines, images: Path, out: Path, after_s: float) -> None:
    script = "import sys; from surfedge.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "score", str(images), "--out", str(out), "--cluster", machines.address]
    command += ["--save", "masks", "--threshold", "9", "--threads", "1"]
    client = subprocess.Popen(command, env={"PYTHONPATH": str(PACKAGE), "PATH": ""}, stderr=subprocess.DEVNULL)
    try:
        client.wait(after_s)
    except subprocess.TimeoutExpired:
        client.kill()
        client.wait()
