"""The pieces of a mask as Regions, with their outlines."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from surfedge import kernels
from surfedge.decision.raw_map import RawMap
from surfedge.decision.upsampling import marked_fraction
from surfedge.result import Region

MOST_NAMED = 100


def find_regions(mask: np.ndarray, anomaly_map: np.ndarray) -> tuple[Region, ...]:
    """The 8-connected pieces of `mask` with their outlines, strongest first."""
    table = kernels.regions(mask, anomaly_map)
    if not len(table):
        return ()
    outlines, hierarchy = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [line[:, 0, :] for line, (_, _, _, parent) in zip(outlines, hierarchy[0], strict=True) if parent < 0]
    outer.sort(key=_first_in_raster_order)
    found = [
        Region(
            box=(int(row["x"]), int(row["y"]), int(row["width"]), int(row["height"])),
            area_px=int(row["area"]),
            score=float(row["max_score"]),
            mean_score=float(row["mean_score"]),
            centroid=(float(row["centroid_x"]), float(row["centroid_y"])),
            polygon=polygon.astype(np.float32),
        )
        for row, polygon in zip(table, outer, strict=True)
    ]
    return tuple(sorted(found, key=lambda region: -region.score))


def named(regions: tuple[Region, ...], mask: np.ndarray, raw_map: RawMap) -> tuple[Region, ...]:
    """The regions with their kinds, where the method tells some apart; beyond the strongest MOST_NAMED without one."""
    if raw_map.name_region is None:
        return regions
    found = []
    for region in regions[:MOST_NAMED]:
        x, y, width, height = region.box
        own = np.zeros_like(mask)
        own[y : y + height, x : x + width] = mask[y : y + height, x : x + width]
        found.append(replace(region, label=raw_map.name_region(marked_fraction(own, raw_map))))
    return (*found, *regions[MOST_NAMED:])


def _first_in_raster_order(outline: np.ndarray) -> tuple[int, int]:
    top = int(outline[:, 1].min())
    return top, int(outline[outline[:, 1] == top, 0].min())
