"""Which defect goes onto which surface, for every image of a pasted set, and which part of the set it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from surfedge.cli.generating.made_table import MadeRow
from surfedge.cli.generating.making import SURFACE, checksum
from surfedge.cli.generating.options import own_seed
from surfedge.cli.generating.regions import Region
from surfedge.synthesis.paste import split_sources

PARTS = ("fit", "judge")


@dataclass(frozen=True)
class Part:
    """One set with sources and targets of its own.

    place : where it lies below the folder: "" for the only one, else "fit/" or "judge/".
    regions : class name -> its labelled defects.   targets : paths, or "surface:NAME".
    numbers, good_numbers : of the defective and the good images, counted through all parts.
    per_image : (lowest, highest) number of defects in an image.
    """

    place: str
    regions: dict[str, list[Region]]
    targets: list[str]
    numbers: range
    good_numbers: range
    per_image: tuple[int, int]

    def plan(self, seed: int, settings: dict[str, Any]) -> Iterable[partial[MadeRow]]:
        """Defective images, the classes in turn, then the good ones."""
        names = sorted(self.regions)
        used = dict.fromkeys(names, 0)
        for number in self.numbers:
            class_name = names[(number - self.numbers.start) % len(names)]
            file = f"{used[class_name]:03d}"
            used[class_name] += 1
            yield partial(self._defective, seed, settings, number, class_name, file)
        shown = {name: value for name, value in settings.items() if name in ("shape", "pixel_size_mm")}
        for number in self.good_numbers:
            yield partial(self._good, seed, shown, number)

    def _defective(
        self, seed: int, settings: dict[str, Any], number: int, class_name: str, file: str, attempt: int
    ) -> MadeRow:
        rng = np.random.default_rng([seed, number, attempt])
        target = self.targets[int(rng.integers(len(self.targets)))]
        count = int(rng.integers(self.per_image[0], self.per_image[1] + 1))
        regions = self.regions[class_name]
        chosen = [regions[int(rng.integers(len(regions)))] for _ in range(count)]
        return MadeRow(
            image=f"{self.place}test/{class_name}/{file}.png",
            mask=f"{self.place}ground_truth/{class_name}/{file}_mask.png",
            class_name=class_name,
            method="paste",
            seed=own_seed(seed, number),
            target=target,
            target_sha256=_checksum(target),
            sources=[_source(region) for region in chosen],
            settings=settings,
        )

    def _good(self, seed: int, settings: dict[str, Any], number: int, attempt: int) -> MadeRow:
        place_in_part = number - self.good_numbers.start
        target = self.targets[(place_in_part + attempt) % len(self.targets)]
        return MadeRow(
            image=f"{self.place}test/good/{place_in_part:03d}.png",
            mask="",
            class_name="good",
            method="good",
            seed=own_seed(seed, number),
            target=target,
            target_sha256=_checksum(target),
            settings=settings,
        )


def divided(
    regions: Sequence[Region],
    targets: list[str],
    counts: tuple[int, int],
    per_image: tuple[float, float],
    judge_share: float,
    seed: int,
) -> list[Part]:
    """One part, or two, to fit and to judge by, that share neither a source image nor a target.

    counts : of defective and of good images, through all parts.   judge_share : 0 for one part.
    """
    by_class: dict[str, list[Region]] = {}
    for region in regions:
        by_class.setdefault(region.class_name, []).append(region)
    count, good = counts
    each = int(per_image[0]), int(per_image[1])
    if judge_share == 0:
        return [Part("", by_class, targets, range(count), range(count, count + good), each)]
    rng = np.random.default_rng([seed, len(regions)])
    names = {name: [str(region.path) for region in group] for name, group in by_class.items()}
    sides = split_sources(names, judge_share, rng)
    places = [targets, targets]
    if not targets[0].startswith(SURFACE):  # a rendered surface is another one for each image
        places = [sorted(side) for side in split_sources({"good": targets}, judge_share, rng)]
    cut, good_cut = count - round(judge_share * count), count + good - round(judge_share * good)
    numbers = range(cut), range(cut, count)
    good_numbers = range(count, good_cut), range(good_cut, count + good)
    parts = []
    for k, part in enumerate(PARTS):
        own = {name: [region for region in group if str(region.path) in sides[k]] for name, group in by_class.items()}
        parts.append(Part(f"{part}/", own, places[k], numbers[k], good_numbers[k], each))
    return parts


def _source(region: Region) -> dict[str, Any]:
    source = {**region.plain(), "sha256": checksum(region.path)}
    if region.mask_path is not None:
        source["mask_sha256"] = checksum(region.mask_path)
    return source


def _checksum(target: str) -> str:
    return "" if target.startswith(SURFACE) else checksum(target)
