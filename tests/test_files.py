"""Files that are replaced in one step: whole, or as they were; deep documents are refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.cli import main
from surfedge.errors import ArgumentError
from surfedge.files import append_text, check_target, replace_bytes, replace_text
from surfedge.training import parse_toml


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes the first bytes of each file."""

    def write_bytes(path: Path, data: bytes) -> int:
        with open(path, "wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    replace_text(tmp_path / "a.csv", "\u00fcber\n")
    replace_text(tmp_path / "a.csv", "a\nb\n")
    assert (tmp_path / "a.csv").read_bytes() == b"a\nb\n" and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_the_old_file_and_names_it(tmp_path: Path, full_disk: None) -> None:
    path = tmp_path / "a"
    path.write_text("as it was", encoding="utf-8")
    with pytest.raises(OSError, match="No space left on device") as refused:
        replace_bytes(path, b"something new")
    assert refused.value.filename == str(path)
    assert path.read_text(encoding="utf-8") == "as it was" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="needs limits of POSIX")
def test_a_line_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "table.csv"
    append_text(path, "image\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9, before[1]))  # the system takes three bytes more
    try:
        with pytest.raises(OSError, match="too large") as refused:
            append_text(path, "a.png\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.filename == str(path) and path.read_bytes() == b"image\n"
    append_text(path, "\u00fc.png\n")
    assert path.read_text(encoding="utf-8") == "image\n\u00fc.png\n"


def test_the_picture_of_a_spectrum_is_whole_or_not_there(
    tmp_path: Path, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    image, out = tmp_path / "a.png", tmp_path / "spectrum.png"
    cv2.imwrite(str(image), np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8))
    assert main(["spectrum", str(image), "--out", str(out)]) == 3
    assert f"{out}: No space left on device" in capsys.readouterr().err and not out.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    replace_bytes(pipe, b"for the reader")
    reader.join(10)
    assert read == [b"for the reader"] and pipe.is_fifo()


def test_a_document_of_ten_thousand_brackets_is_refused() -> None:
    with pytest.raises(ArgumentError, match="deep.toml: found maximum recursion depth"):
        parse_toml("a = " + "[" * 10_000 + "]" * 10_000, "deep.toml")


def test_a_target_is_a_file_or_can_become_one(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"")
    check_target("--out", tmp_path / "old")
    check_target("--out", tmp_path / "new")
    os.mkfifo(tmp_path / "pipe")
    for wrong in (tmp_path, tmp_path / "pipe", tmp_path / "none" / "new"):
        with pytest.raises(ArgumentError, match="--out: found .*expected a file to write"):
            check_target("--out", wrong)
