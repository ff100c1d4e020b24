"""What a bundle is written to: a file or a free name, never a device or a pipe that others use; what tune measures."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cli.conftest import Run
from surfedge.bundle import Bundle
from surfedge.detector import default_bundle
from surfedge.errors import BundleError


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Stands for a device: /dev/null itself would be lost where the test fails."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs POSIX pipes")
    path = tmp_path / "pipe.surfedge"
    os.mkfifo(path)
    return path


def test_no_bundle_takes_the_place_of_a_pipe_or_device(pipe: Path) -> None:
    with pytest.raises(BundleError, match="found a folder, device or pipe, expected a file or a free name"):
        Bundle("dzl").write(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode) and [pipe] == list(pipe.parent.iterdir())


def test_a_link_to_a_pipe_is_left_alone_too(pipe: Path) -> None:
    link = pipe.with_name("link.surfedge")
    link.symlink_to(pipe)
    with pytest.raises(BundleError, match="device or pipe"):
        Bundle("dzl").write(link)
    assert link.is_symlink()


def test_the_command_line_says_so_before_the_work(pipe: Path, strips: Path, run: Run) -> None:
    ran = run("calibrate", "statistics", strips, "--out", pipe)
    assert ran.code == 2 and "pipe.surfedge, a folder or device, or in none that exists" in ran.error
    source = pipe.with_name("source.surfedge")
    default_bundle().write(source)
    ran = run("export", source, "--out", pipe, "--precision", "bf16")
    assert ran.code == 2 and "pipe.surfedge, a folder or device" in ran.error
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--seconds", "nan"], "seconds: found nan, expected above 0"),
        (["--seconds", "0"], "seconds: found 0.0, expected above 0"),
        (["--frames", "EMPTY"], "frames: found none, expected at least one"),
    ],
)
def test_tune_says_what_it_cannot_measure(more: list[str], said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    default_bundle("dzl").write(tmp_path / "a.surfedge")
    words = [word.replace("EMPTY", str(tmp_path / "empty")) for word in more]
    ran = run("tune", tmp_path / "a.surfedge", "--lines", "32", "--width", "32", *words)
    assert ran.code == 2 and said in ran.error


def test_tune_in_next_to_no_time_measures_one_frame_each(run: Run, tmp_path: Path) -> None:
    default_bundle("dzl").write(tmp_path / "a.surfedge")
    ran = run("tune", tmp_path / "a.surfedge", "--lines", "32", "--width", "32", "--seconds", "1e-9", "--dry-run")
    assert ran.code == 0 and "m/min" in ran.out
