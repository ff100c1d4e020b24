"""The machine's own limits: what is measured is real work, and wrong use is refused."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.levels import each_level, native, threads


@each_level
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("size", [4096, 4097, 70_001])
def test_copying_copies_and_leaves_the_rest(level: str, count: int, size: int) -> None:
    rng = np.random.default_rng(size)
    memory = rng.integers(1, 255, size, dtype=np.uint8)
    before, half = memory.copy(), size // 2
    with threads(native(level), count):
        read, copy = native(level).memory_rates(memory, 0.004)
    assert 0 < read < 1e14 and 0 < copy < 1e14  # threads that wait for a core may be slow
    np.testing.assert_array_equal(memory[:half], before[:half])
    np.testing.assert_array_equal(memory[2 * half :], before[2 * half :])
    whole = half // count // 64 * 64  # what does not fill a register may stay
    np.testing.assert_array_equal(memory[half : half + whole], before[:whole])


@each_level
def test_memory_past_the_cache_is_copied_whole(level: str) -> None:
    memory = np.random.default_rng(0).integers(0, 255, (20 << 20) + 6, dtype=np.uint8)
    half = memory.size // 2
    native(level).memory_rates(memory, 0.01)
    np.testing.assert_array_equal(memory[half:], memory[:half])


@each_level
def test_arithmetic_is_faster_than_one_operation_per_nanosecond(level: str) -> None:
    assert 1e9 < native(level).arithmetic_rate(0.05) < 1e14


@each_level
@pytest.mark.parametrize(
    ("memory", "seconds", "message"),
    [
        (np.zeros(100, np.uint8), 0.01, "memory: found uint8 .100,., expected 4096 bytes or more"),
        (np.zeros((64, 64), np.uint8), 0.01, "memory: found uint8"),
        (np.frombuffer(bytes(4096), np.uint8), 0.01, "memory: found a read-only array"),
        (np.zeros(4096, np.uint8), 0.0, "seconds: found 0.0"),
        (np.zeros(4096, np.uint8), 61.0, "seconds: found 61.0"),
        (np.zeros(4096, np.uint8), float("nan"), "seconds: found nan"),
    ],
)
def test_wrong_use_is_refused(level: str, memory: np.ndarray, seconds: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        native(level).memory_rates(memory, seconds)


@each_level
def test_wrong_types_are_refused(level: str) -> None:
    with pytest.raises(TypeError, match="memory: found float32"):
        native(level).memory_rates(np.zeros(4096, np.float32), 0.01)
    with pytest.raises(TypeError, match="seconds: found 'x'"):
        native(level).arithmetic_rate("x")
