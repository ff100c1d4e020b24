"""Files that are still written to after their verdict are judged again, and what a watch never takes is said."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from scoring.conftest import table
from scoring.watch.test_watch import SETTLE_S, Watch, plate
from scoring.watch.test_watch import watch as watch
from surfedge.datasets import LeftOut
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.watch.arrivals import Arrivals
from surfedge.scoring.watch.following import Following
from surfedge.scoring.watch.moving import Mover


def bitmap(seed: int) -> bytes:
    return cv2.imencode(".bmp", cv2.imdecode(np.frombuffer(plate(seed), np.uint8), 0))[1].tobytes()


@pytest.mark.parametrize("is_scratched", [True, False])
@pytest.mark.parametrize("before", ["nothing", "the other verdict"])
def test_a_bitmap_that_is_filled_with_pauses(before: str, is_scratched: bool, watch: Watch) -> None:
    """X9: its size is set aside first, so that it looks whole; half of it was judged, moved and never again."""
    whole, other = (bitmap(1 if is_scratched == is_last else 0) for is_last in (True, False))
    watch.begin(move_good=watch.good, move_defective=watch.bad)
    with open(watch.inbox / "slow.bmp", "wb") as file:
        file.truncate(len(whole))
        file.write(whole[:1078] if before == "nothing" else other)
        file.flush()
        file.seek(1078)
        watch.until(lambda: len(watch.seen) == 1)
        for start in range(1078, len(whole), 4000):
            file.write(whole[start : start + 4000])
            file.flush()
            time.sleep(SETTLE_S / 3)
    truth = watch.detector(cv2.imdecode(np.frombuffer(whole, np.uint8), 0))
    # Its first lines alone, the rest black, are no plausible plate: refused, and judged once it is there.
    watch.until(lambda: (last := watch.seen[-1].verdict) is not None and last.score == pytest.approx(truth.score))
    summary = watch.end()
    *refused, row = table(watch.out / "results.csv")
    assert [each["status"] for each in refused] == ["implausible"] * (before == "nothing")
    assert summary.implausible == len(refused) and truth.is_defective == is_scratched
    assert float(row["score"]) == pytest.approx(truth.score)
    assert Path(row["path"]) == (watch.bad if is_scratched else watch.good) / "slow.bmp"
    assert Path(row["path"]).read_bytes() == whole
    assert not list(watch.inbox.iterdir()) and len(list(watch.good.rglob("*.*")) + list(watch.bad.rglob("*.*"))) == 1


def test_a_file_that_was_cut_keeps_one_row_when_it_is_whole(watch: Watch) -> None:
    """Reported while it was broken, it is the same file that comes to its end; it is not counted twice."""
    whole = plate(0)
    watch.begin(give_up_s=2 * SETTLE_S)
    (watch.inbox / "a.png").write_bytes(whole[:-200])
    watch.until(lambda: len(watch.seen) == 1)
    (watch.inbox / "a.png").write_bytes(whole)
    watch.until(lambda: len(watch.seen) == 2)
    summary = watch.end()
    assert [outcome.verdict is None for outcome in watch.seen] == [True, False]
    assert (summary.images, summary.good, summary.skipped) == (1, 1, 0)
    (watch.inbox / "b.png").write_bytes(whole[:-200])
    watch.begin(give_up_s=2 * SETTLE_S)
    watch.until(lambda: len(watch.seen) >= 4)
    watch.end()
    (watch.inbox / "b.png").write_bytes(plate(1))
    watch.begin(idle_s=1.0)  # a watch that goes on knows its rows
    watch.thread.join(30)
    assert watch.summary is not None and (watch.summary.images, watch.summary.skipped) == (2, 0)


def test_a_file_that_changes_before_it_is_moved_stays_and_is_judged_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its verdict is of what it held before."""
    commit, path = Ledger.commit, watch.inbox / "a.png"

    def changing(ledger: Ledger, batch: list[Outcome], *rest: Any) -> None:
        commit(ledger, batch, *rest)
        if path.exists() and path.read_bytes() == plate(0):
            path.write_bytes(plate(1))

    monkeypatch.setattr(Ledger, "commit", changing)
    path.write_bytes(plate(0))
    watch.begin(move_good=watch.good, move_defective=watch.bad)
    watch.until(lambda: len(watch.seen) == 2)
    watch.end()
    assert [outcome.verdict.defective for outcome in watch.seen] == [False, True]
    assert not watch.good.exists() and [each.name for each in watch.bad.iterdir()] == ["a.png"]


def test_following_hands_out_what_changed_and_rests(tmp_path: Path) -> None:
    moved = tmp_path / "a.bmp"
    moved.write_bytes(b"half")
    stamp = moved.stat().st_size, moved.stat().st_mtime_ns
    following = Following(settle_s=0.02)
    following.add(Item(3, moved, "a.bmp"), stamp)
    assert list(following.poll()) == [] and following.waiting == 0
    moved.write_bytes(b"whole now")
    handed: list[Item] = []
    end = time.monotonic() + 5
    while not handed and time.monotonic() < end:
        handed = list(following.poll())
        time.sleep(0.005)
    assert handed == [Item(3, moved, "a.bmp")] and following.waiting == 0
    time.sleep(0.03)
    assert list(following.poll()) == []
    moved.unlink()
    time.sleep(0.03)
    assert list(following.poll()) == [] and following.waiting == 0


def test_following_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a watch over weeks does not look at all that it ever moved."""
    monkeypatch.setattr("surfedge.scoring.watch.following.MIN_FOLLOWED_S", 0.05)
    moved = tmp_path / "a.bmp"
    moved.write_bytes(b"x")
    following = Following(settle_s=0.001)
    following.add(Item(0, moved, "a.bmp"), (moved.stat().st_size, moved.stat().st_mtime_ns))
    time.sleep(0.1)
    assert list(following.poll()) == []
    moved.write_bytes(b"much later")
    time.sleep(0.01)
    assert list(following.poll()) == [] and following.waiting == 0


def test_a_moved_file_goes_from_one_place_to_the_other(tmp_path: Path) -> None:
    mover = Mover(tmp_path / "in", tmp_path / "good", tmp_path / "bad")
    (tmp_path / "in" / "coil").mkdir(parents=True)
    (tmp_path / "in" / "coil" / "a.png").write_bytes(b"a")
    first = mover.move(tmp_path / "in" / "coil" / "a.png", False)
    assert first == tmp_path / "good" / "coil" / "a.png" and mover.has_moved(first)
    assert mover.move(first, False) == first
    assert mover.move(first, True) == tmp_path / "bad" / "coil" / "a.png"


def test_what_is_no_image_is_counted_and_what_is_one_by_content_is_taken(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "LIESMICH").write_text("nor this")
    (tmp_path / "photo.jfif").write_bytes(cv2.imencode(".jpg", np.zeros((8, 8), np.uint8))[1].tobytes())
    arrivals = Arrivals(tmp_path, settle_s=0.0)
    assert list(arrivals.poll()) == []
    assert [path.name for path in arrivals.poll()] == ["photo.jfif"]
    assert arrivals.left_out == (
        LeftOut(1, "file", "without ending, no image"),
        LeftOut(1, "file", "ending in .txt, no image"),
    )
    assert arrivals.waiting == 0
    (tmp_path / "LIESMICH").write_bytes(cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes())
    assert list(arrivals.poll()) == [] and [path.name for path in arrivals.poll()] == ["LIESMICH"]
    assert arrivals.left_out == (LeftOut(1, "file", "ending in .txt, no image"),)


def test_a_watch_says_what_it_left_and_keeps_files_that_it_saw_in_part(watch: Watch) -> None:
    page = cv2.imdecode(np.frombuffer(plate(0), np.uint8), 0)
    assert cv2.imwritemulti(str(watch.inbox / "two.tif"), [page, page])
    (watch.inbox / "notes.txt").write_text("not an image")
    watch.begin(move_good=watch.good, move_defective=watch.bad)
    watch.until(lambda: len(watch.seen) == 1)
    time.sleep(4 * SETTLE_S)
    summary = watch.end()
    assert (summary.good, summary.partly) == (1, 1) and not summary.is_complete
    assert summary.left_out == (LeftOut(1, "file", "ending in .txt, no image"),)
    assert (watch.inbox / "two.tif").exists()
