"""Forks of this process: what one answers, or how it ends within a time."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 20  # times as long by the clock, on a machine that others use too
NOT_PUT_IN = 75  # exit code of a fork
MAX_BYTES = 16 << 30  # of address space, where a fault asks for ever more


def outcome(call: Callable[[], int], seconds: float) -> str:
    """What the tests that `call` runs did, in a fork: "failed", "passed", "not put in" or "late", after so many seconds
    of the processor."""

    def bounded() -> int:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (round(seconds), round(seconds) + 5))
        return call()

    child = _forked(bounded, alone=True)
    end = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return {0: "passed", NOT_PUT_IN: "not put in", -signal.SIGXCPU: "late"}.get(code, "failed")
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "late"


def answer_of_a_fork(call: Callable[[], Any]) -> Any:
    """What `call` returns, in values of JSON, from a fork of this process."""
    with tempfile.NamedTemporaryFile("r", suffix=".json", encoding="utf-8") as file:

        def answered() -> int:
            Path(file.name).write_text(json.dumps(call()), encoding="utf-8")
            return 0

        _, status = os.waitpid(_forked(answered, alone=False), 0)
        assert status == 0, f"ended with {status}"
        return json.load(file)


def _forked(call: Callable[[], int], *, alone: bool) -> int:
    """The process id of a fork that ends with what `call` returns, 1 for an exception; its output is dropped.

    alone : in a process group of its own, with bounded memory and without a word on standard error.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2) if alone else (0, 1):
            os.dup2(silent, stream)
        if alone:
            import resource

            os.setpgrp()
            resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
        code = call()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
