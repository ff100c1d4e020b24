"""What each newer kind of defect is by its name: thin and dark, raised and lit, at the edge, steeper than a limit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis import Defect, Rendering, render
from surfedge.synthesis.defects.waviness import waviness
from surfedge.synthesis.scene import Site
from surfedge.synthesis.surfaces.plate import Lug, _outline_depth
from surfedge.synthesis.thin_lines import Path, branching, cover, window_around

STRIP = {"shape": (256, 256), "pixel_size_mm": 0.5, "noise_levels": 0.0}
CENTRE = (64.0, 64.0)


def _shot(defect: Defect, seed: int = 1, **settings: float) -> tuple[Rendering, np.ndarray]:
    """The rendering, and what the defect changed, in levels."""
    shot = render("strip", defects=(defect,), seed=seed, **STRIP, **settings)
    clean = render("strip", seed=seed, **STRIP, **settings)
    return shot, shot.image.astype(int) - clean.image.astype(int)


@pytest.mark.parametrize("seed", range(4))
def test_crack_is_dark_thin_and_one_piece(seed: int) -> None:
    options = {"width_mm": 1.0, "branches": 3.0, "turn_deg": 0.0}
    shot, change = _shot(Defect("crack", size_mm=60, severity=1.0, centre_mm=CENTRE, options=options), seed)
    x, _, width, _ = shot.instances[0].box
    assert 70 < width < 150 and x < 128 < x + width  # 120 px along a jagged way
    assert change[shot.mask].mean() < -15 and change.min() < -60
    # Thin: nowhere further than some pixels from what is not crack.
    assert cv2.distanceTransform(shot.mask.astype(np.uint8), cv2.DIST_L2, 5).max() < 5
    pieces = cv2.connectedComponents(shot.mask.astype(np.uint8), connectivity=8)[0] - 1
    assert pieces <= 3 and shot.mask.mean() < 0.012


def test_crack_darkness_and_width_are_as_asked() -> None:
    for darkness, level in ((0.3, 0.7), (0.9, 0.1)):
        options = {"width_mm": 4.0, "darkness": darkness, "branches": 0.0, "turn_deg": 0.0}
        wide = Defect("crack", size_mm=60, severity=0.02, centre_mm=CENTRE, options=options)
        shot, _ = _shot(wide)
        clean = render("strip", seed=1, **STRIP).image.astype(float)
        assert np.min(shot.image / clean) == pytest.approx(level, abs=0.06)


def test_branches_leave_the_crack() -> None:
    rng = np.random.default_rng(0)
    counts = [len(branching(rng, (0, 0), 0, 200, 1, branches=4)) for _ in range(100)]
    assert min(len(branching(rng, (0, 0), 0, 200, 1, branches=0)) for _ in range(5)) == 1
    # 4 leave it, each of them has 1.4, those 0.49 ...: 1 + 4 (1 + 1.4 (1 + 0.49 ...)) with the shortest left bare.
    assert 6 < np.mean(counts) < 14
    straight = branching(rng, (5, 7), 90, 40, 1, branches=0, jagged=0)[0].points
    assert straight[0].tolist() == [5, 7] and np.allclose(straight[:, 0], 5)
    assert (np.diff(straight[:, 1]) < 0).all()  # 90 degrees is up


def test_cover_by_hand() -> None:
    line = Path(np.array([[3.0, 4.0], [13.0, 4.0]]), np.array([1.5, 1.5]))
    covered = cover(window_around([line], 3, (10, 20)), [line])
    # Half width 1.5: pixels 0 and 1 off the line are covered, those at 2 not.
    assert covered[4 - 1, 5] == 1 and covered[4, 5] == 1 and covered[1, 5] == 0
    thin = Path(line.points, np.array([0.25, 0.25]))
    window = window_around([thin], 3, (10, 20))
    assert cover(window, [thin])[4 - window.top].max() == pytest.approx(0.5 * 0.75)
    outside = Path(line.points + 100, line.half_widths)
    assert not cover(window_around([outside], 3, (10, 20)), [outside]).any()


@pytest.mark.parametrize("azimuth_deg", [90.0, 0.0])
def test_blister_is_lit_from_the_side_of_the_lamp(azimuth_deg: float) -> None:
    bump = Defect("blister", size_mm=30, severity=0.8, centre_mm=CENTRE, options={"count": 1})
    _, change = _shot(bump, light_azimuth_deg=azimuth_deg)
    middle = change[100:156, 100:156]
    towards, away = (middle[:20], middle[-20:]) if azimuth_deg == 90 else (middle[:, -20:], middle[:, :20])
    assert towards.mean() > 2 and away.mean() < -2


def test_blisters_stand_in_a_row_along_the_travel() -> None:
    shot, _ = _shot(Defect("blister", size_mm=6, severity=1.2, centre_mm=(64.0, 30.0), options={"count": 3}))
    boxes = [instance.box for instance in shot.instances]
    assert len(boxes) == 3 and {instance.group for instance in shot.instances} == {0}
    assert max(abs(x + w / 2 - 128) for x, _, w, _ in boxes) < 20
    assert boxes[0][1] < boxes[1][1] < boxes[2][1]


def test_pinholes_are_small_dark_and_as_many_as_asked() -> None:
    options = {"count": 5, "spread_mm": 40.0, "darkness": 1.0}
    shot, change = _shot(Defect("pinhole", size_mm=1.0, severity=1.0, centre_mm=CENTRE, options=options))
    assert len(shot.instances) == 5
    # Two pixels, and three on each side to which the lens carries three levels of them.
    assert all(instance.area_px <= 40 and max(instance.box[2:]) <= 8 for instance in shot.instances)
    for instance in shot.instances:
        x, y, w, h = instance.box
        assert change[y : y + h, x : x + w].min() < -35
    one = render("strip", defects=("pinhole",), seed=3, **STRIP)
    assert 1 <= one.mask.sum() < 200


def test_lamination_is_a_flat_lens_with_a_step_along_one_side() -> None:
    options = {"width_mm": 12.0, "step_mm": 0.6, "darkness": 0.8}
    lens = Defect("lamination", size_mm=70, severity=1.0, centre_mm=CENTRE, options=options)
    shot, change = _shot(lens)
    x, y, w, h = shot.instances[0].box
    assert 120 <= h <= 156 and 18 <= w <= 60  # along the travel
    dark = change < -30
    rows = [np.flatnonzero(dark[row]) for row in range(y + h // 4, y + 3 * h // 4)]
    sides = [float(np.mean(row) - (x + w / 2)) for row in rows if row.size]
    assert len(sides) > 0.7 * len(rows)
    assert abs(np.median(sides)) > 0.2 * w  # the seam lies at one side, not in the middle


@pytest.mark.parametrize("margin_mm", [0.0, 12.0])
def test_edge_cracks_start_at_the_edge_and_run_inwards(margin_mm: float) -> None:
    sides = set()
    for seed in range(6):
        shot, change = _shot(
            Defect("edge_crack", size_mm=15, severity=1.0, options={"count": 1}), seed, margin_mm=margin_mm
        )
        (instance,) = shot.instances
        x, _, w, _ = instance.box
        edge = margin_mm / 0.5
        left = x - edge < 128 - edge
        sides.add(left)
        gap = x - edge if left else (256 - edge) - (x + w)
        assert abs(gap) <= 4 and 15 <= w <= 50
        assert change[shot.mask].mean() < -15
    assert len(sides) == 2


def test_the_margin_of_a_strip_is_dark_and_its_level_stays() -> None:
    image = render("strip", seed=2, margin_mm=20.0, **STRIP).image.astype(float)
    assert image[:, :30].mean() < 30 and image[:, -30:].mean() < 30
    assert abs(image[:, 50:-50].mean() - 128) < 12
    with pytest.raises(ArgumentError, match="margin_mm"):
        render("strip", margin_mm=60.0, **STRIP)


def test_truth_of_waviness_is_the_slope_above_the_limit() -> None:
    site = Site((256, 256), (128.0, 128.0), 0.5, "steel", 0.22)
    options = {"pitch_mm": 20.0, "height_mm": 0.8}
    limit = 0.03
    (mark,) = waviness(site, np.random.default_rng(1), 100.0, 1.0, slope_limit=limit, **options)
    rise = mark.height_mm
    assert np.ptp(rise) == pytest.approx(0.8, rel=1e-5)
    inner = (slice(1, -1),) * 2
    down = (rise[2:, 1:-1] - rise[:-2, 1:-1]) / 1.0  # two pixels are 1 mm
    across = (rise[1:-1, 2:] - rise[1:-1, :-2]) / 1.0
    assert np.array_equal(mark.footprint[inner], np.hypot(down, across) > limit)
    # At most pi height / pitch = 0.126, but for waves that lie closer; some of it is above the limit, not all.
    assert 0.1 < np.hypot(down, across).max() < 0.2
    assert 0.1 < mark.footprint.mean() < 0.6
    shot = render("strip", defects=(Defect("waviness", size_mm=100, severity=1.0),), seed=3, **STRIP)
    assert shot.instances[0].area_px == shot.mask.sum() > 1000


def test_waves_too_low_to_be_seen_are_no_defect() -> None:
    low = Defect("waviness", size_mm=80, severity=1.0, options={"height_mm": 1e-4})
    assert not render("strip", defects=(low,), seed=3, **STRIP).is_defective


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("crack", {"darkness": 1.5}),
        ("crack", {"branches": -1.0}),
        ("edge_crack", {"count": 0}),
        ("blister", {"height_mm": 0.0}),
        ("pinhole", {"spread_mm": -1.0}),
        ("lamination", {"width_mm": 0.0}),
        ("waviness", {"slope_limit": -0.1}),
        ("waviness", {"pitch": 3.0}),
    ],
)
def test_wrong_options_are_named(name: str, options: dict[str, float]) -> None:
    with pytest.raises(ArgumentError) as caught:
        render("strip", (64, 64), defects=(Defect(name, options=options),))
    assert caught.value.name in options


def test_outlines_of_the_three_plates_by_hand() -> None:
    """Where the outline's depth changes sign: half the length on the axis, half the width across it."""
    along = np.linspace(0, 20, 4001, dtype=np.float32)
    zero = np.zeros_like(along)
    ends = {}
    for name, lug in {
        "R": Lug(27.0, 8.6, 1.5, 2.3, 0.12),
        "T": Lug(25.0, 8.8, 1.3, 3.0, 0.7, tip_mm=1.5),
        "A": Lug(27.0, 9.2, 1.4, 2.4, 0.35, tip_mm=1.2, cut_mm=3.4),
    }.items():
        ends[name] = along[np.argmax(_outline_depth(along, zero, lug) < 0)]
        assert along[np.argmax(_outline_depth(zero, along, lug) < 0)] == pytest.approx(lug.width_mm / 2, abs=0.02)
        assert ends[name] == pytest.approx(lug.length_mm / 2 - lug.cut_mm, abs=0.02)
    # Flat: at the end of type A the outline is still some millimetres wide; type R comes to a point there.
    flat = _outline_depth(
        np.float32([ends["A"] - 0.1] * 2), np.float32([0.0, 1.2]), Lug(27, 9.2, 1.4, 2.4, 0.35, 1.2, 3.4)
    )
    assert (flat > 0).all()
    pointed = _outline_depth(np.float32([ends["R"] - 0.1] * 2), np.float32([0.0, 1.2]), Lug(27, 8.6, 1.5, 2.3, 0.12))
    assert (pointed > 0).tolist() == [True, False]


def test_a_scratch_without_a_bow_is_straight() -> None:
    """Its middle stands off the line between its ends by as many lengths as `bow` says."""
    for bow in (0.0, 0.3):
        options = {"turn_deg": 0.0, "bow": bow, "strands": 1, "width_mm": 1.0}
        shot = render("strip", (160, 240), defects=(Defect("scratch", size_mm=80, options=options),), seed=3)
        rows, columns = np.nonzero(shot.mask)
        ends = rows[(columns < columns.min() + 8) | (columns > columns.max() - 8)].mean()
        middle = rows[abs(columns - columns.mean()) < 8].mean()
        assert abs(abs(middle - ends) - bow * 160) < 12, bow
