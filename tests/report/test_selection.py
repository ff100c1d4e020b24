"""Which images get pictures: the same ones whatever the order, in bounded memory."""

from __future__ import annotations

import random

from surfedge.report import PictureChoice, Pictures, PictureShelf, ReportRow, select_pictures

CHOICE = PictureChoice(worst=3, near=2, sample=2)


def _rows(count: int) -> list[ReportRow]:
    return [ReportRow(f"{i:04}.png", "good", score=float(i), threshold=50.2) for i in range(count)]


def test_worst_first_then_nearest_then_a_sample() -> None:
    chosen = select_pictures(_rows(100), CHOICE)
    assert chosen[:5] == ["0099.png", "0098.png", "0097.png", "0050.png", "0051.png"]
    assert 6 <= len(chosen) <= 7


def test_order_of_arrival_does_not_matter_and_the_shelf_agrees() -> None:
    rows = _rows(500)
    expected = select_pictures(rows, CHOICE)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        shelf = PictureShelf(CHOICE)
        for row in rows:
            shelf.offer(row.path, row.score, row.threshold, lambda: Pictures(overlay=b"x"))
        assert select_pictures(rows, CHOICE) == expected
        assert list(shelf.kept()) == expected


def test_pictures_are_drawn_only_when_wanted_and_forgotten_when_pushed_out() -> None:
    drawn = []

    def draw() -> Pictures:
        drawn.append(1)
        return Pictures(overlay=b"x")

    shelf = PictureShelf(PictureChoice(worst=2, near=0, sample=0))
    for score in (5.0, 4.0, 3.0, 2.0, 9.0):
        shelf.offer(f"{score}", score, None, draw)
    assert len(drawn) == 3
    assert list(shelf.kept()) == ["9.0", "5.0"]


def test_ties_are_settled_by_path() -> None:
    rows = [ReportRow(name, "good", score=1.0) for name in "dbca"]
    assert select_pictures(rows, PictureChoice(worst=2, near=0, sample=0)) == ["a", "b"]


def test_images_without_a_score_are_never_chosen() -> None:
    rows = [
        ReportRow("a", "skipped"),
        ReportRow("b", "defective", score=float("nan")),
        ReportRow("c", "good", score=0.0),
    ]
    assert select_pictures(rows) == ["c"]
    assert not PictureShelf().wants("a", None, 1.0)
    assert not PictureShelf(PictureChoice(0, 0, 0)).wants("a", 1.0, 1.0)


def test_names_that_are_not_unicode_are_kept_apart() -> None:
    rows = [ReportRow(name, "good", score=1.0) for name in ("\udcff.png", "\udcfe.png")]
    assert len(select_pictures(rows)) == 2
