"""The choice of an instruction-set level, threads, examples, and what a module shows to the linker."""

from __future__ import annotations

import doctest
import inspect
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import surfedge
from kernels.levels import LEVELS, each_level, native, threads
from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.kernels import levels


def test_the_best_level_is_active_unless_forced() -> None:
    assert kernels.active_isa() == (os.environ.get("SURFEDGE_ISA") or kernels.available_isas()[-1])
    order = [kernels.LEVELS.index(level) for level in kernels.available_isas()]
    assert order == sorted(order)


@each_level
def test_modules_know_their_level(level: str) -> None:
    assert native(level).level == level
    assert level in native(level).cpu_levels()
    assert levels._choose(level) is native(level)


def test_the_three_refusals_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="SURFEDGE_ISA: found 'v9', expected one of v2, v3, v4, neon"):
        levels._choose("v9")
    foreign = "neon" if "neon" not in LEVELS else "v4"
    with pytest.raises(ArgumentError, match=f"found {foreign}, which this installation was built without"):
        levels._choose(foreign)
    monkeypatch.setattr(levels, "_built", lambda: kernels.LEVELS)
    monkeypatch.setattr(levels, "available_isas", lambda: LEVELS)
    with pytest.raises(ArgumentError, match=f"found {foreign}, which this CPU cannot run"):
        levels._choose(foreign)


@pytest.mark.parametrize("wanted", [LEVELS[0], "v9"])
def test_the_environment_forces_a_level(wanted: str) -> None:
    root = str(Path(surfedge.__file__).parents[1])
    environment = {**os.environ, "SURFEDGE_ISA": wanted, "PYTHONPATH": root}
    code = "from surfedge import kernels; print(kernels.active_isa())"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if wanted in LEVELS:
        assert done.stdout.strip() == wanted, done.stderr
    else:
        assert done.returncode != 0
        assert "ArgumentError: SURFEDGE_ISA: found 'v9'" in done.stderr


@each_level
def test_thread_counts_are_checked(level: str) -> None:
    module = native(level)
    for count in (0, -1, 257):
        with pytest.raises(ValueError, match="count: found"):
            module.set_threads(count)
    with pytest.raises(TypeError, match="count: found 1.5"):
        module.set_threads(1.5)
    with threads(module, 4):
        assert module.threads() == 4
    assert module.threads() == 1


@each_level
def test_many_python_threads_share_the_workers(level: str) -> None:
    module, image = native(level), np.random.default_rng(1).random((200, 300), np.float32)
    expected, failures = module.dzl_map(image, 16, None), []

    def work() -> None:
        for _ in range(20):
            if not np.array_equal(module.dzl_map(image, 16, None), expected):
                failures.append(1)

    with threads(module, 3):
        crowd = [threading.Thread(target=work) for _ in range(8)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
    assert not failures


OUT_OF_MEMORY = """
import resource, sys
import numpy as np
from importlib import import_module
small, large = np.zeros((3000, 64), np.uint8), np.zeros((2100, 60_000), np.uint8)
out = np.empty((7, 3, 59), np.float32)
for level in sys.argv[1:]:
    module = import_module(f"surfedge._native_{level}")
    for threads in (1, 3):
        module.set_threads(threads)
        expected = module.cell_statistics(small, 1000, None)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), limits[1]))
        try:  # each piece of work asks for 240 MB
            module.cell_statistics(large, 1023, np.empty((7, 3, 59), np.float32))
        except MemoryError:
            print("refused", level, threads)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        assert np.array_equal(module.cell_statistics(small, 1000, None), expected)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and /proc are Linux's")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer needs more address space")
def test_a_thread_without_memory_is_a_memory_error_and_the_next_call_works() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY, *LEVELS],
        env={**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    wanted = [f"refused {level} {count}" for level in LEVELS for count in (1, 3)]
    assert done.stdout.splitlines() == wanted


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_workers_of_its_own() -> None:
    module, image = native(LEVELS[-1]), np.zeros((64, 64), np.uint8)
    with threads(module, 2):
        module.dzl(image, 8, None, None)
        child = os.fork()
        if child == 0:
            module.dzl(image, 8, None, None)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


@each_level
@pytest.mark.skipif(not sys.platform.startswith("linux") or not shutil.which("nm"), reason="needs nm")
def test_a_module_exports_its_entry_point_only(level: str) -> None:
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", native(level).__file__], capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in listed.stdout.splitlines()] == [f"PyInit__native_{level}"]


def test_every_public_function_has_an_example_that_runs() -> None:
    public = [getattr(kernels, name) for name in dir(kernels) if not name.startswith("_")]
    functions = [each for each in public if inspect.isfunction(each) and each.__module__.startswith(kernels.__name__)]
    assert len(functions) >= 28
    for function in functions:
        assert ">>>" in (function.__doc__ or ""), function.__name__
    for module in {inspect.getmodule(function) for function in functions}:
        assert doctest.testmod(module, raise_on_error=False).failed == 0, module
