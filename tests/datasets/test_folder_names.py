"""What the names of folders mean, in the words and spellings that people use."""

from __future__ import annotations

import pytest

from surfedge.datasets.folder_names import Meaning, is_role, meaning_of


@pytest.mark.parametrize(
    "name",
    [
        "good",
        "Good",
        "GOOD",
        "OK",
        "ok_parts",
        "okay",
        "normal",
        "Normal_01",
        "gut",
        "iO",
        "IO",
        "no_defects",
        "NoDefect",
        "defect-free",
        "non-defective",
        "fehlerfrei",
        "undamaged",
        "good_images",
        "Good2",
        "good_line1",
        "not_bad",
        "pass",
        "bon",
        "ohne_Fehler",
        "class_ok",
        "negative",
    ],
)
def test_good(name: str) -> None:
    assert meaning_of(name) is Meaning.GOOD


@pytest.mark.parametrize(
    "name",
    [
        "bad",
        "defect",
        "Defects",
        "defective",
        "NG",
        "nok",
        "n.i.O",
        "niO",
        "NotGood",
        "not_ok",
        "nicht_gut",
        "anomaly",
        "abnormal",
        "rejects",
        "scrap",
        "Scratch",
        "deep_scratch",
        "surface-scratch",
        "cracks",
        "pitted_surface",
        "slag_inclusion",
        "Kratzer",
        "fehler",
        "broken_large",
        "hole_2",
        "no_good",
    ],
)
def test_defect(name: str) -> None:
    assert meaning_of(name) is Meaning.DEFECT


@pytest.mark.parametrize(
    "name",
    ["ground_truth", "GroundTruth", "ground truth", "masks", "Mask", "gt", "labels", "train_masks", "test-labels"],
)
def test_masks(name: str) -> None:
    assert meaning_of(name) is Meaning.MASK and is_role(name)


@pytest.mark.parametrize(
    "name",
    [
        "camA",
        "line1",
        "2024-05-01",
        "left",
        "shift_3",
        "cut",
        "color",
        "fold",
        "goodyear",
        "okra",
        "normandy",
        "steel",
        "7",
        "goods",
        "part1",
    ],
)
def test_names_that_say_nothing(name: str) -> None:
    assert meaning_of(name) is Meaning.UNKNOWN and not is_role(name)


def test_names_that_the_user_gives_are_the_only_good_ones() -> None:
    assert meaning_of("line1", ("line1", "line2")) is Meaning.GOOD
    assert meaning_of("good", ("line1",)) is Meaning.UNKNOWN
    assert meaning_of("masks", ("line1",)) is Meaning.MASK
    assert meaning_of("masks", ("masks",)) is Meaning.GOOD
