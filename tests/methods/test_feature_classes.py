"""The linear head by hand and against a slower twin, what it refuses, and features of places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphs
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import from_array
from surfedge.methods import FeatureClasses
from surfedge.methods.feature_classes import pooled
from surfedge.methods.lda import STD_FLOOR, learn_head, softmax


def clouds(counts: tuple[int, ...], size: int = 12, apart: float = 3.0) -> tuple[np.ndarray, list[int]]:
    """Gaussian clouds with correlated features, their centres `apart`."""
    rng = np.random.default_rng(5)
    mixing = np.eye(size) + 0.4 * rng.normal(size=(size, size))
    labels = [number for number, count in enumerate(counts) for _ in range(count)]
    centres = apart * rng.normal(size=(len(counts), size))
    return rng.normal(size=(len(labels), size)) @ mixing + centres[labels], labels


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_the_head_is_the_discriminant_of_the_shrunk_covariance(shrinkage: float) -> None:
    """-1/2 (x - m)' C^-1 (x - m) of each class, up to what is equal for all of them, over the temperature."""
    x, y = clouds((20, 15, 9))
    head = learn_head(x, y, shrinkage)
    means = np.stack([x[np.array(y) == k].mean(axis=0) for k in range(3)])
    within = x - means[y]
    covariance = within.T @ within / (len(x) - 3)
    std = np.sqrt(np.diag(covariance) + STD_FLOOR**2)
    shrunk = (1 - shrinkage) * covariance + shrinkage * np.diag(std**2)
    if shrinkage == 0.0:
        shrunk += 1e-6 * np.diag(std**2)
    expected = -0.5 * np.stack([np.einsum("nf,fg,ng->n", x - m, np.linalg.inv(shrunk), x - m) for m in means], axis=1)
    found = x @ head.linear.astype(float) + head.offset
    expected -= expected.mean(axis=1, keepdims=True)
    found -= found.mean(axis=1, keepdims=True)
    ratio = found / expected
    assert ratio.min() > 0 and ratio.max() / ratio.min() == pytest.approx(1, abs=1e-3)


def test_images_are_judged_by_heads_that_did_not_learn_from_them() -> None:
    """Labels without meaning: the head fits them, the crosswise verdicts are right by chance."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(120, 60)), rng.integers(0, 2, 120).tolist()
    head = learn_head(x, y, 0.1)
    own = (x @ head.linear + head.offset).argmax(axis=1)
    assert np.mean(own == y) > 0.8 and 0.35 < np.mean(head.crosswise == y) < 0.65
    assert softmax(x @ head.linear + head.offset).max(axis=1).mean() < 0.7  # and it is not sure of them


def test_probabilities_of_clear_classes_are_sure() -> None:
    x, y = clouds((30, 30, 30), apart=5.0)
    head = learn_head(x, y, 0.5)
    assert np.mean(head.crosswise == y) == 1.0
    assert softmax(x @ head.linear + head.offset)[np.arange(90), y].min() > 0.9


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    x, y = clouds((200, 4), size=4, apart=1.0)
    middle = x[:200].mean(axis=0) + 0.5 * (x[200:].mean(axis=0) - x[:200].mean(axis=0))
    head = learn_head(x, y, 0.5)
    logits = middle @ head.linear + head.offset
    assert logits[0] == pytest.approx(logits[1], abs=1e-3 * np.abs(logits).max() + 1e-5)


@pytest.mark.parametrize(("labels", "message"), [([0, 0, 0], "one class only"), ([0, 0, 1], "1 image of class 1")])
def test_too_little_to_learn_from(labels: list[int], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        learn_head(np.ones((3, 2)), labels, 0.5)


def test_features_of_places_are_pooled() -> None:
    grid = np.random.default_rng(0).random((2, 3, 4, 5), np.float32)
    found = pooled(grid)
    np.testing.assert_allclose(found[1, :5], grid[1].reshape(12, 5).mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found[1, 5:], grid[1].reshape(12, 5).std(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(pooled(grid[:, 0, 0]), grid[:, 0, 0])
    with pytest.raises(ArgumentError, match="network output"):
        pooled(np.ones((1, 2, 3), np.float32))


def test_a_graph_of_features_learns_classes(tmp_path: Path) -> None:
    """Brightness is the only feature; a head learned from it names dark and bright images."""
    method = FeatureClasses(*graphs.brightness_classes(tmp_path, is_softmax=False))
    frames = [from_array(np.full((32, 32), level, np.float32)) for level in (0.1, 0.2, 0.8, 0.9)]
    with pytest.raises(ArgumentError, match="no head"):
        method.inspect(frames[0])
    features = np.stack([method.features(frame) for frame in frames])
    learned, head = method.learned(features, ["dark", "dark", "bright", "bright"], ("dark", "bright"))
    assert head.crosswise.tolist() == [0, 0, 1, 1]
    for frame, name in zip(frames, ("dark", "dark", "bright", "bright"), strict=True):
        found = learned.inspect(frame).classes
        assert found is not None and max(found, key=found.__getitem__) == name
    learned.warm_up()


def test_a_head_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    graph = graphs.brightness_classes(tmp_path, is_softmax=False)
    for names, linear, offset in (
        (("a", "b"), None, None),
        (("a", "b"), np.zeros((3, 3), np.float32), np.zeros(3, np.float32)),
        ((), np.zeros((3, 2), np.float32), np.zeros(2, np.float32)),
        (("a", "b"), np.zeros((3, 2), np.float32), np.zeros(3, np.float32)),
    ):
        with pytest.raises(ArgumentError, match=r"feature_classes\.linear"):
            FeatureClasses(*graph, class_names=names, linear=linear, offset=offset)
    wrong = FeatureClasses(
        *graph, class_names=("a", "b"), linear=np.zeros((9, 2), np.float32), offset=np.zeros(2, np.float32)
    )
    with pytest.raises(ArgumentError, match="9 features"):
        wrong.warm_up()


def test_a_feature_that_was_the_same_in_all_images_does_not_drown_the_others() -> None:
    """Where it differs in an image to come, the others decide as without it."""
    rng = np.random.default_rng(2)
    y = np.arange(30) % 3
    x = rng.normal(0, 0.3, (30, 4)) + np.eye(3, 4)[y]
    plain, silent = learn_head(x, y.tolist(), 0.5), learn_head(np.column_stack([x, np.full(30, -4.6)]), y.tolist(), 0.5)
    seen = np.column_stack([x, np.linspace(-4.6, 2, 30)]).astype(np.float32)
    wanted = softmax(x.astype(np.float32) @ plain.linear + plain.offset)
    assert softmax(seen @ silent.linear + silent.offset) == pytest.approx(wanted, abs=1e-3)
