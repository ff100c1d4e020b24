"""How a watch ends: at once when it is stopped, by an error when its folder is gone; nothing is lost."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from scoring.conftest import table
from scoring.stub import FEW_PICTURES, judge
from surfedge.errors import DatasetError
from surfedge.result import Result
from surfedge.scoring import Outcome, Summary, watch_folder

COUNT = 40


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Files that the stub judges; they pass for images once they stay as they are for `give_up_s`."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number:02}.png").write_bytes(f"image {number}".encode())
    return folder


def watched(inbox: Path, detect: object, **options: object) -> Summary:
    kept = {"settle_s": 0.01, "give_up_s": 0.02, "workers": 1, "identity": "stub", "pictures": FEW_PICTURES}
    return watch_folder(detect, inbox, inbox.parent / "out", **{**kept, **options})  # type: ignore[arg-type]


def test_images_that_wait_do_not_hold_up_a_stop(inbox: Path) -> None:
    begun: list[str] = []
    stop = threading.Event()

    def slow(path: Path) -> Result:
        begun.append(path.name)
        if len(begun) == 3:
            stop.set()
        time.sleep(0.02)  # the others wait meanwhile
        return judge(path)

    inspected = watched(inbox, slow, stop=stop).images
    assert 3 <= inspected == len(begun) < COUNT / 2
    rest = watched(inbox, slow, idle_s=0.3)
    assert (rest.images, rest.inspected) == (COUNT, COUNT - inspected)
    assert sorted(Path(row["path"]).name for row in table(rest.out_dir / "results.csv")) == sorted(set(begun))


def test_a_watched_folder_that_is_gone_is_reported_and_what_was_done_stays(inbox: Path) -> None:
    def seen(outcome: Outcome) -> None:
        shutil.rmtree(inbox, ignore_errors=True)

    with pytest.raises(DatasetError, match="in: found no folder, expected the folder to watch"):
        watched(inbox, judge, idle_s=5.0, seen=seen)
    inbox.mkdir()
    assert watched(inbox, judge, idle_s=0.1).good > 0
