"""Perlin anomalies: the blend, what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.perlin import draw_anomaly, perlin_anomaly
from surfedge.synthesis.perlin.anomaly import blended


def _image(shape: tuple[int, ...], dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    levels = np.random.default_rng(seed).integers(90, 120, shape).astype(np.uint8)
    return levels if dtype is np.uint8 else levels.astype(np.float32) / 255


def test_the_blend_by_hand() -> None:
    image = np.uint8([[100, 100, 100]])
    texture = np.uint8([[0, 200, 200]])
    mask = np.array([[True, True, False]])
    # (1 - beta) I + beta A, beta 0.3: 70 and 130; outside the mask the image.
    assert blended(image, texture, mask, 0.3).tolist() == [[70, 130, 100]]
    floats = blended(image.astype(np.float32) / 255, texture, mask, 0.3)
    assert np.allclose(floats * 255, [[70, 130, 100]], atol=1e-4)


@pytest.mark.parametrize("shape", [(64, 64), (37, 90, 3), (1, 1), (5, 200), (48, 48, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_only_the_mask_changes(shape: tuple[int, ...], dtype: type) -> None:
    image = _image(shape, dtype)
    kept = image.copy()
    for seed in range(6):
        clean, anomalous, mask = perlin_anomaly(
            image, np.random.default_rng(seed), None, probability=1.0, turn_probability=0.0
        )
        assert clean.shape == anomalous.shape == shape
        assert clean.dtype == anomalous.dtype == image.dtype
        assert mask.shape == shape[:2] and mask.any()
        assert np.array_equal(clean, image)
        assert np.array_equal(anomalous[~mask], image[~mask])
    assert np.array_equal(image, kept)


def test_opacity_stays_in_its_bounds_and_fills_them() -> None:
    image, texture = np.full((16, 16), 100, np.uint8), [np.full((16, 16), 100, np.uint8)]
    rng = np.random.default_rng(0)
    drawn = [draw_anomaly(image, rng, texture, opacity=(0.2, 0.6), probability=1.0) for _ in range(300)]
    shares = [d.opacity for d in drawn]
    assert 0.2 <= min(shares) < 0.21 and 0.59 < max(shares) <= 0.6
    assert abs(np.mean(shares) - 0.4) < 4 * 0.4 / np.sqrt(12 * 300)


def test_half_have_no_anomaly_and_a_third_are_turned() -> None:
    image = _image((24, 24))
    rng = np.random.default_rng(1)
    drawn = [draw_anomaly(image, rng, None) for _ in range(400)]
    assert abs(np.mean([d.mask.any() for d in drawn]) - 0.5) < 4 * 0.5 / 20
    turned = [d for d in drawn if d.turned_deg]
    assert abs(len(turned) / 400 - 0.3) < 4 * np.sqrt(0.3 * 0.7) / 20
    assert all(abs(d.turned_deg) <= 90 for d in turned)
    for d in drawn:
        assert np.array_equal(d.clean, image) == (not d.turned_deg)
        assert d.masked_share == d.mask.mean()
        if not d.mask.any():
            assert np.array_equal(d.clean, d.anomalous) and (d.opacity, d.texture) == (0.0, "")


def test_same_seed_same_bytes() -> None:
    image = _image((40, 50, 3))
    one, same, other = (draw_anomaly(image, np.random.default_rng(s), None, probability=1) for s in (4, 4, 5))
    assert one.anomalous.tobytes() == same.anomalous.tobytes() and one.texture == same.texture
    assert one.anomalous.tobytes() != other.anomalous.tobytes()


def test_a_given_texture_shows_through() -> None:
    class Opened(Sequence[np.ndarray]):
        """Textures that are read when asked for."""

        asked: list[int]

        def __init__(self) -> None:
            self.asked = []

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]
            self.asked.append(index)
            return np.random.default_rng(index).integers(0, 255, (30, 40, 3)).astype(np.uint8)

    textures = Opened()
    image = np.full((64, 64), 128, np.uint8)
    drawn = draw_anomaly(image, np.random.default_rng(3), textures, opacity=(1.0, 1.0), probability=1.0)
    assert textures.asked == [int(drawn.texture)]
    assert drawn.anomalous[drawn.mask].std() > 5  # colour becomes grey where the image is grey


def test_own_textures_come_from_the_image_and_from_rendered_surfaces() -> None:
    rng = np.random.default_rng(0)
    names = {draw_anomaly(_image((32, 32, 3)), rng, None, probability=1.0).texture for _ in range(60)}
    assert "crop of the image" in names and len(names) > 5


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"image": np.zeros((4, 4), np.int32)}, "image"),
        ({"image": np.zeros((4, 4, 4), np.uint8)}, "image"),
        ({"image": np.zeros((0, 4), np.uint8)}, "image"),
        ({"image": np.full((4, 4), 2.0, np.float32)}, "image"),
        ({"image": np.full((4, 4), np.nan, np.float32)}, "image"),
        ({"image": "plate.png"}, "image"),
        ({"textures": []}, "textures"),
        ({"textures": [np.zeros((7, 300), np.uint8)]}, "textures[0]"),
        ({"textures": [np.zeros((64, 64, 2), np.uint8)]}, "textures[0]"),
        ({"opacity": (0.5, 0.1)}, "opacity"),
        ({"opacity": (0.0, 1.5)}, "opacity"),
        ({"probability": 1.5}, "probability"),
        ({"turn_probability": -0.1}, "turn_probability"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], name: str) -> None:
    given = {"image": _image((64, 64)), "textures": None, "probability": 1.0, **arguments}
    with pytest.raises(ArgumentError) as caught:
        perlin_anomaly(given.pop("image"), np.random.default_rng(0), given.pop("textures"), **given)
    assert caught.value.name == name
