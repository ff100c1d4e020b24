"""What patch statistics learn from good images, grey and coloured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from methods.textures import texture
from surfedge.errors import ArgumentError
from surfedge.images import from_array, to_grey_u8
from surfedge.methods.statistics import Statistics


def test_the_whitener_whitens() -> None:
    good = [texture(seed) for seed in range(5)]
    method = Statistics(own_share=0.0, shrinkage=0.0).fit(from_array(image) for image in good)
    assert method.whitener is not None and np.abs(np.triu(method.whitener, 1)).max() < 1e-6
    vectors = np.concatenate([method.features(from_array(image), False).reshape(19, -1) for image in good], axis=1)
    white = method.whitener.astype(float) @ (vectors - vectors.mean(axis=1, keepdims=True))
    np.testing.assert_allclose(white @ white.T / white.shape[1], np.eye(19), atol=0.06)  # deviations have a floor


def test_good_patches_lie_about_sqrt_d_away() -> None:
    good = [from_array(texture(seed)) for seed in range(8)]
    method = Statistics(own_share=0.0, shrinkage=0.0).fit(good)
    squares = [np.mean(method.inspect(frame).map ** 2) for frame in good]
    assert np.mean(squares) == pytest.approx(19, rel=0.05)


def test_own_share_forgives_light_that_good_images_show_as_well() -> None:
    frames = [from_array(texture(seed)) for seed in range(8)]
    darker = from_array((texture(20) * 0.5).astype(np.uint8))
    strict, lenient = (Statistics(own_share=share).fit(frames) for share in (0.0, 1.0))
    assert lenient.inspect(darker).map.mean() < 0.5 * strict.inspect(darker).map.mean()


def test_a_defect_is_the_strangest_place() -> None:
    method = Statistics().fit(from_array(texture(seed)) for seed in range(4))
    for judge in (method, Statistics()):
        for value in (20, 240):
            image = texture(11)
            image[40:52, 60:72] = value
            y, x = np.unravel_index(judge.inspect(from_array(image)).map.argmax(), (24, 32))
            assert 8 <= y <= 14 and 13 <= x <= 19


def test_fitting_gives_a_copy_and_starts_from_nothing() -> None:
    first, second = ([from_array(texture(seed)) for seed in seeds] for seeds in (range(3), range(10, 13)))
    plain = Statistics()
    learned = plain.fit(first)
    assert plain.mean is None and plain.whitener is None
    again = learned.fit(second)
    np.testing.assert_array_equal(again.mean, plain.fit(second).mean)
    np.testing.assert_array_equal(again.whitener, plain.fit(second).whitener)
    np.testing.assert_array_equal(learned.mean, plain.fit(first).mean)


def test_the_order_of_good_images_does_not_matter() -> None:
    frames = [from_array(texture(seed)) for seed in range(6)]
    there, back = Statistics().fit(frames), Statistics().fit(frames[::-1])
    probe = from_array(texture(30))
    np.testing.assert_allclose(there.inspect(probe).map, back.inspect(probe).map, rtol=1e-3)


def test_nothing_to_learn_from() -> None:
    with pytest.raises(ArgumentError, match="good images: found none"):
        Statistics().fit([])


def test_one_grey_image_among_colours_makes_a_grey_model() -> None:
    colour = [from_array(texture(seed, (40, 48, 3))) for seed in range(3)]
    grey = from_array(texture(5, (40, 48)))
    assert Statistics().fit(colour).mean.shape == (25,)
    assert Statistics(use_colour=False).fit(colour).mean.shape == (19,)
    for frames in ([*colour, grey], [grey, *colour], [colour[0], grey, colour[1]]):
        assert Statistics().fit(frames).mean.shape == (19,)


def test_a_grey_model_judges_the_luma_of_a_colour_image() -> None:
    method = Statistics().fit(from_array(texture(seed)) for seed in range(3))
    colour = np.repeat(texture(7)[..., None], 3, axis=2)
    np.testing.assert_array_equal(method.inspect(from_array(colour)).map, method.inspect(from_array(texture(7))).map)


def test_a_colour_model_finds_grey_images_as_colourless() -> None:
    tinted = [texture(seed, (64, 64, 1)) * np.array([1.0, 0.6, 0.3]) for seed in range(4)]
    method = Statistics().fit(from_array(image.astype(np.uint8)) for image in tinted)
    grey = texture(2, (64, 64))
    as_colour = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(method.inspect(from_array(grey)).map, method.inspect(from_array(as_colour)).map)
    assert (
        method.inspect(from_array(grey)).map.min()
        > 10 * method.inspect(from_array(tinted[2].astype(np.uint8))).map.mean()
    )


def test_colour_alone_is_found() -> None:
    good = [(texture(seed, (64, 64, 1)) * np.array([1.0, 0.8, 0.6])).astype(np.uint8) for seed in range(4)]
    strange = good[0].copy()
    spot = strange[20:32, 20:32]
    spot[...] = np.repeat(to_grey_u8(from_array(spot))[..., None], 3, axis=2)  # same luma, no colour
    for method in (Statistics(), Statistics().fit(from_array(image) for image in good)):
        found = method.inspect(from_array(strange)).map
        assert found[5:8, 5:8].min() > 2 * np.median(found)
        without = replace(method, use_colour=False, mean=None, whitener=None).inspect(from_array(strange)).map
        assert without[5:8, 5:8].max() < found[5:8, 5:8].max()
