"""Real servers: killed in the middle of writing, stopped politely, two at once; 10,000 images."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

import surfaces
import surfedge
from conftest import Budget
from labelling.conftest import MakeSession, box, grey
from surfedge.datasets import labelled_set
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.labelling import serve
from surfedge.labelling.marked_set import MarkedSet
from surfedge.scoring import OutputError, claimed

Process = subprocess.Popen[str]


@contextmanager
def serving(folder: Path, out: Path, *words: str) -> Iterator[tuple[Process, str]]:
    """A server in a process of its own, and its address, or why it has none; killed on leaving."""
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, "-m", "surfedge", "label", folder, "--out", out, "--port", "0", "--json", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            answer = json.loads(process.stdout.readline())
            yield process, answer.get("address", answer.get("error"))
        finally:
            process.kill()


def ask(address: str, path: str, body: Any = None) -> Any:
    """The JSON that the server answers."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(address + path, data, {"content-type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_killed_while_marking_nothing_that_was_answered_is_lost(photos: Path, tmp_path: Path, budget: Budget) -> None:
    """Marks one after the other until the process dies at a random moment; several times on one set."""
    out, rng = tmp_path / "marked", random.Random(7)
    answered: dict[str, str] = {}
    for kill in range(budget.count(test=2, nightly=50, release=300)):
        with serving(photos, out) as (process, address):
            versions = {number: ask(address, f"api/image/{number}")["mark"]["version"] for number in range(5)}
            if not kill:  # beside a good image folders are classes, whatever they are called
                ask(address, "api/image/11", {"version": 0, "verdict": "good"})
            threading.Timer(rng.uniform(0.0, 0.5), process.kill).start()
            try:
                for step in range(10_000):
                    number, label = step % 5, f"kind {kill} {step}"
                    asked = f"{number:02}.png"
                    body = {
                        "version": versions[number],
                        "verdict": "defect",
                        "label": label,
                        "shapes": [box(5, 5, 9, 9)],
                    }
                    mark = ask(address, f"api/image/{number}", body)["mark"]
                    versions[number], answered[f"{number:02}.png"] = mark["version"], label
            except (OSError, HTTPException, ValueError):
                pass
        marks = MarkedSet(photos, out)
        held = {image: mark.label for image, mark in marks.all().items() if mark.label}
        # The mark at which it died may be there or not: nobody was told.
        assert {image for image in answered if held.get(image) != answered[image]} <= {asked}
        answered = held
        samples = [sample for sample in labelled_set(out).samples if sample.is_defective]
        assert {sample.path.name: sample.label for sample in samples} == held
        assert all(sample.mask((96, 128)).sum() == 81 for sample in samples)  # type: ignore[union-attr]
        assert not list(out.rglob("*.part"))


def test_a_polite_end_keeps_the_scores(photos: Path, tmp_path: Path, begin: MakeSession) -> None:
    with serving(photos, tmp_path / "marked") as (process, address):
        end = time.monotonic() + 30
        while ask(address, "api/state")["looked_at"] < 12:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None and process.stderr.read() == ""
    assert begin(photos).scores.done == 12


def test_one_server_a_set_and_an_address(photos: Path, tmp_path: Path, detector: Detector) -> None:
    out = tmp_path / "marked"
    out.mkdir()
    with claimed(out), pytest.raises(OutputError, match="another process"):
        serve(detector, photos, out, port=0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ArgumentError, match=f"--host or --port: found 127.0.0.1:{port}"):
            serve(detector, photos, out, port=port)
    for host, port in (("256.1.1.1", 0), ("127.0.0.1", 99_999), ("no such host", 0)):
        with pytest.raises(ArgumentError, match="--host or --port|--port"):
            serve(detector, photos, out, host=host, port=port)


def test_ten_thousand_images_are_there_at_once(tmp_path: Path) -> None:
    """Links to a few files stand for a large folder: the page and its first proposals come before any is judged."""
    folder = tmp_path / "many"
    first = surfaces.save(folder / "00000.png", grey((32, 32)))
    for number in range(1, 10_000):
        os.link(first, folder / f"{number:05}.png")
    with serving(folder, tmp_path / "marked") as (_, address):
        taken = []
        for path in ("api/state", "api/next?count=10", "api/images?count=40"):
            start = time.perf_counter()
            answer = ask(address, path)
            taken.append(time.perf_counter() - start)
        assert answer["total"] == 10_000
        print(f"10,000 images: {', '.join(f'{each:.3f} s' for each in taken)}")
        assert sum(taken) < 1.0


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no POSIX limits")
def test_a_disk_that_takes_no_more(photos: Path, tmp_path: Path) -> None:
    """The system refuses to make files longer than a limit: the journal's line does not fit, and stays out whole."""
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from surfedge.labelling.marked_set import MarkedSet\nfrom surfedge.scoring import OutputError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "marks = MarkedSet(Path(sys.argv[1]), Path(sys.argv[2]))\nkept = 0\n"
        "try:\n    for number in range(100):\n"
        "        marks.mark(f'{number % 12:02}.png', marks.current(f'{number % 12:02}.png').version, 'good')\n"
        "        kept += 1\n"
        "except OutputError as error:\n    print(kept, 'File too large' in str(error))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, "-c", program, str(photos), str(tmp_path / "marked")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    kept, was_said = done.stdout.split()
    assert was_said == "True" and int(kept) > 3
    assert (tmp_path / "marked" / "journal.jsonl").read_bytes().endswith(b"}\n")
    assert len(MarkedSet(photos, tmp_path / "marked").all()) == min(12, int(kept))
