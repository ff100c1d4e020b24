"""A dask scheduler and workers as processes of their own on the loopback, for tests that kill and freeze them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import surfedge

PACKAGE = Path(surfedge.__file__).parents[1]


class Machines:
    """One scheduler; workers are added by `worker`. folder : working folder of each process, and its log.

    tls : CA, CERT, KEY. settings : of dask, by the names of its environment variables.
    """

    def __init__(self, folder: Path, *, tls: Sequence[Path] = (), **settings: str) -> None:
        self.folder, self._tls, self._settings = folder, tls, settings
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{port}"
        self.started: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", ["--host", self.address, "--no-dashboard"])

    def worker(
        self, *, preload: Path | None = None, nanny: bool = False, **environment: str
    ) -> subprocess.Popen[bytes]:
        """One more worker of one thread."""
        options = [self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        options += ["--memory-limit", "0", "--death-timeout", "60"]
        options += ["--preload", str(preload)] if preload else []
        return self._start("worker", options, **environment)

    def joined(self, **how: Any) -> subprocess.Popen[bytes]:
        """One more worker that the scheduler knows already."""
        before = self._connected()
        process = self.worker(**how)
        wait_for(lambda: self._connected() > before, "a worker to join")
        return process

    def left(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until the scheduler has noticed the end of a worker."""
        process.wait()
        self.started.remove(process)
        wait_for(lambda: self._connected() <= len(self.started) - 1, "a worker to leave")

    def wait_for_workers(self, count: int) -> None:
        """Until that many have joined."""
        wait_for(lambda: self._connected() >= count, f"{count} workers")

    def is_listening(self) -> bool:
        """Whether the scheduler takes connections."""
        return b"Scheduler at:" in (self.folder / "scheduler 0.log").read_bytes()

    def _connected(self) -> int:
        """Workers that the scheduler's log says came, less those that it says went."""
        log = (self.folder / "scheduler 0.log").read_bytes()
        return log.count(b" - INFO - Register worker") - log.count(b" - INFO - Remove worker")

    def end(self) -> None:
        """Ends every process that this one started."""
        for process in self.started:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
        for process in self.started:
            process.wait()

    def _start(self, what: str, options: list[str], **environment: str) -> subprocess.Popen[bytes]:
        names = ("--tls-ca-file", "--tls-cert", "--tls-key")
        files = [part for pair in zip(names, map(str, self._tls), strict=False) for part in pair]
        given = {**os.environ, "PYTHONPATH": str(PACKAGE), **self._settings, **environment}
        with open(self.folder / f"{what} {len(self.started)}.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, *files],
                env=given,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process


def wait_for(condition: Callable[[], bool], what: str, limit_s: float = 60.0) -> None:
    """Waits until the callable `condition` gives something true."""
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until, f"waited for {what}"
        time.sleep(0.05)
