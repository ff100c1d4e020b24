"""Loading a bundle and inspecting with it imports, runs, sends and writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import surfedge
from bundle.made import bundle_of
from surfedge.images import read
from surfedge.methods import WITHOUT_NETWORK

WATCHED = """
import sys
import numpy as np
from surfedge import Detector
paths, log = sys.argv[2:], []
picture = np.load(sys.argv[1])
for path in paths:
    Detector(path)(picture)  # what the package itself imports and evaluates once, it has now
FORBIDDEN = ("exec", "compile", "import", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn",
    "os.fork", "socket.", "pickle.", "marshal.", "ctypes.", "urllib.", "shutil.",
    "os.remove", "os.rename", "os.mkdir", "code.")
def watch(event, arguments):
    if event.startswith(FORBIDDEN):
        log.append(f"{event} {arguments!r:.120}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        log.append(f"open for writing {arguments!r:.120}")
sys.addaudithook(watch)
for path in paths:
    Detector(path)(picture)
print(*log, sep="\\n", end="")
"""
LIGHT = """
import sys
from contextlib import suppress
import numpy as np
from surfedge import Detector
from surfedge.errors import ImplausibleError
before = set(sys.modules)
with suppress(ImplausibleError):
    Detector(sys.argv[1])(np.zeros((32, 32), np.uint8))
Detector(sys.argv[1])(np.load(sys.argv[2])).to_dict()
new = {name.split(".")[0] for name in set(sys.modules) - before}
heavy = {"openvino", "torch", "pickle", "socket", "subprocess", "ssl", "http", "urllib", "rich", "sqlite3"}
print(*sorted(new & heavy))
"""


def run_apart(code: str, *words: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def saved_picture(path: Path, folder: Path) -> Path:
    """One like the good images, as an array that loads without any decoder."""
    np.save(folder / "picture.npy", read(path).pixels)
    return folder / "picture.npy"


def test_loading_and_running_executes_nothing(strips: list[Path], tmp_path: Path) -> None:
    """No import, no foreign code, no process, no network, no file written."""
    paths = []
    for method in WITHOUT_NETWORK:
        paths.append(tmp_path / f"{method}.surfedge")
        bundle_of(method, strips, tmp_path).write(paths[-1])
    picture = saved_picture(strips[0], tmp_path)
    assert run_apart(WATCHED, picture, *paths) == ""
    writing = WATCHED.replace("Detector(path)(picture)\nprint", "open(path + '~', 'w')\nprint")
    assert "open for writing" in run_apart(writing, picture, *paths)  # the hook does see


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
def test_a_bundle_without_a_network_needs_no_engine(method: str, strips: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "a.surfedge"
    bundle_of(method, strips, tmp_path).write(path)
    assert run_apart(LIGHT, path, saved_picture(strips[0], tmp_path)) == ""
