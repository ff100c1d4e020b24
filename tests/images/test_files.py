"""What stands at a path: foreign content, no regular file, odd names, a file that grows, many readers."""

from __future__ import annotations

import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from images.reading import NAMES, PICTURES, read_or_refuse
from surfedge.errors import ImageError
from surfedge.images import read
from surfedge.images.headers.file_bytes import FileBytes

pytestmark = pytest.mark.usefixtures("no_hang")

FOREIGN = {
    "an empty file": b"",
    "64 zero bytes": bytes(64),
    "a text file": b"lot 17,\tcoil 4\nplate.png missing\n",
    "no known image signature (first bytes 6c 6f 74 08 31 37)": b"lot\b17",  # one control character below a tab
    "an HTML page": b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a ZIP archive": b"PK\x03\x04" + bytes(range(200)),
    "a gzip archive": b"\x1f\x8b\x08\x00" + bytes(range(100)),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3",
    "no known image signature": bytes([0, 200, 3, 17] * 9),
    "a RIFF file that is not WebP": b"RIFF\x24\0\0\0WAVEfmt ",
    "a PNG without a whole IHDR": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("kind", list(FOREIGN))
def test_foreign_content_is_named(kind: str, tmp_path: Path) -> None:
    outcome = read_or_refuse(tmp_path / "plate.png", FOREIGN[kind])
    assert isinstance(outcome, ImageError)
    assert kind in outcome.found


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files in folders")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    os.symlink(tmp_path / "nowhere", tmp_path / "link.png")
    kinds = {"folder.png": "a folder", "pipe.png": "a named pipe", "link.png": "No such file"}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")  # relative: the address of a socket is short
        kinds["s.png"] = "a socket"
        start = time.process_time()
        for name, found in kinds.items():
            with pytest.raises(ImageError, match=found):
                read(tmp_path / name)
        with pytest.raises(ImageError, match="a device"):
            read("/dev/zero")
    assert time.process_time() - start < 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files in folders")
def test_a_file_that_became_a_pipe_before_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plate.png").write_bytes(PICTURES["png-0-8"].data)
    before = os.stat(tmp_path / "plate.png")
    os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.setattr(os, "stat", lambda *_, **__: before)
    with pytest.raises(ImageError, match="found a named pipe"):
        FileBytes(tmp_path / "pipe.png", 1000)


@pytest.mark.skipif(os.name == "nt", reason="Windows limits paths by its own settings")
def test_names_beyond_ascii_and_long_paths(tmp_path: Path) -> None:
    data = PICTURES["png-0-8"].data
    deep = tmp_path.joinpath(*["Walzstraße-検査-" + "x" * 60] * 8)
    deep.mkdir(parents=True)
    for name in ("плита.png", "板 1.png", "a" * 251 + ".png"):
        (deep / name).write_bytes(data)
        assert len(os.fsencode(deep / name)) > 600
        assert read(deep / name).source == str(deep / name)
    with pytest.raises(ImageError, match="File name too long"):
        read(tmp_path / ("a" * 300 + ".png"))
    with pytest.raises(ImageError, match="File name too long"):
        read(tmp_path.joinpath(*["b" * 200] * 40))
    with pytest.raises(ImageError, match="null"):
        read("plate\0.png")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_can_still_be_printed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/plate\xff.png"
    Path(os.fsdecode(path)).write_bytes(b"")
    with pytest.raises(ImageError) as caught:
        read(os.fsdecode(path))
    assert str(caught.value).encode("utf-8")
    assert "plate\\udcff.png" in caught.value.name


def test_a_missing_file_and_a_growing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="No such file or directory, expected a readable file"):
        read(tmp_path / "plate.png")
    path = tmp_path / "grown.png"
    path.write_bytes(PICTURES["png-0-8"].data)
    status = os.stat(path)
    smaller = os.stat_result([*status[:6], status.st_size - 10, *status[7:]])
    monkeypatch.setattr(os, "fstat", lambda _: smaller)
    with pytest.raises(ImageError, match="expected a file at rest"):
        read(path)


def test_many_threads_read_alike_and_leave_the_log_level(tmp_path: Path) -> None:
    level = cv2.utils.logging.getLogLevel()
    paths = []
    for name in NAMES[::8]:
        paths.append(tmp_path / f"{len(paths)}{PICTURES[name].suffix}")
        paths[-1].write_bytes(PICTURES[name].data)
    with ThreadPoolExecutor(8) as pool:
        rounds = [list(pool.map(read, paths)) for _ in range(4)]
    for frames in rounds[1:]:
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(frames, rounds[0], strict=True))
    assert cv2.utils.logging.getLogLevel() == level
