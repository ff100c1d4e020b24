"""No kernel changes how the calling thread treats subnormal numbers: flushed to zero or kept, as it was before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from surfedge import kernels
from surfedge.pattern import Lattice, compare

TINY = np.full(67, 1e-40, np.float32)  # subnormal; a register's width and some more
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (64, 70), np.uint8)
REAL = RNG.random((64, 70), np.float32)
FEATURES = RNG.standard_normal((19, 200)).astype(np.float32)
WHITENER = np.tril(RNG.standard_normal((19, 19))).astype(np.float32)
PLATE = np.tile(REAL[:16, :16], (6, 6))
CELLS = kernels.cell_statistics(REAL)
FLOORS = {"variance_floor": 1e-4, "energy_floor": 1e-5, "level_floor": 0.02}

CALLS: dict[str, Callable[[], object]] = {
    "patch_std": lambda: kernels.patch_std(GREY, 8),
    "dzl_map": lambda: kernels.dzl_map(REAL, 8),
    "dzl": lambda: kernels.dzl(GREY, 8),
    "block_means": lambda: kernels.block_means(GREY, (4, 7)),
    "cell_deviations": lambda: compare(PLATE, Lattice((16.0, 0.0), (0.0, 16.0), 1.0)),
    "cell_statistics": lambda: kernels.cell_statistics(REAL),
    "cell_means": lambda: kernels.cell_means(np.repeat(GREY[..., None], 3, axis=2)),
    "patch_figures": lambda: kernels.patch_figures(CELLS, None, (1, 3, 9), **FLOORS),
    "frame_statistics": lambda: kernels.frame_statistics(GREY, 0.0, 255.0),
    "mahalanobis": lambda: kernels.mahalanobis(FEATURES, FEATURES[:, 0].copy(), WHITENER),
    "local_waves": lambda: kernels.local_waves(REAL, [(0.1, 0.2)], 8, 6.0, (8, 9)),
    "moments": lambda: kernels.moments(FEATURES, FEATURES[0] > 0),
    "autocorrelation": lambda: kernels.autocorrelation(REAL[None], (128, 140)),
    "position_distances": lambda: kernels.position_distances(
        FEATURES.T.reshape(4, 50, 19).copy(), FEATURES[:, :4].T.copy(), np.zeros((4, 380), np.uint8)
    ),
    "nearest": lambda: kernels.nearest(FEATURES, np.ascontiguousarray(FEATURES[:, :50].T)),
    "ssim_map": lambda: kernels.ssim_map(GREY, GREY[::-1].copy()),
    "ssim": lambda: kernels.ssim(REAL, REAL[::-1].copy()),
    "tiles": lambda: kernels.average_tiles(kernels.cut_tiles(REAL, 32, 16), (64, 70), 16),
    "rfft2": lambda: kernels.rfft2(REAL),
    "irfft2": lambda: kernels.irfft2(kernels.rfft2(REAL), (64, 70)),
    "filter_spectrum": lambda: kernels.filter_spectrum(REAL, np.ones((64, 36), np.float32)),
    "erode_disk": lambda: kernels.erode_disk(GREY, 3),
    "dilate_disk": lambda: kernels.dilate_disk(GREY, 3),
    "open_disk": lambda: kernels.open_disk(REAL, 3),
    "regions": lambda: kernels.regions(GREY > 200, REAL),
    "quantile": lambda: kernels.quantile(REAL.ravel(), 0.9),
    "arithmetic_rate": lambda: kernels.arithmetic_rate(0.001),
}


def keeps_subnormals() -> tuple[bool, bool]:
    """Whether a product that underflows is kept (no FTZ), and an operand that is subnormal (no DAZ)."""
    small = np.full(67, 1e-30, np.float32)
    return bool((small * np.float32(1e-10) != 0).all()), bool((TINY * np.float32(1e10) != 0).all())


@pytest.fixture(params=[False, True], ids=["kept", "flushed"])
def state(request: pytest.FixtureRequest) -> Iterator[tuple[bool, bool]]:
    """The thread's state before, as asked for; only torch offers to set it from Python."""
    if not request.param:
        yield keeps_subnormals()
        return
    torch = pytest.importorskip("torch", reason='pip install "surfedge[train]"')
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormal numbers")
    try:
        yield keeps_subnormals()
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.parametrize("name", CALLS)
def test_the_state_is_the_same_afterwards(name: str, state: tuple[bool, bool]) -> None:
    CALLS[name]()
    assert keeps_subnormals() == state


def test_both_states_can_be_told_apart(state: tuple[bool, bool]) -> None:
    assert state in ((True, True), (False, False))


@pytest.mark.parametrize("scale", [1e-39, 1e-42])
def test_images_of_subnormal_values_are_no_fault(scale: float) -> None:
    """Features of an image that is black but for rounding are those of a black one."""
    dim = (REAL * np.float32(scale)).astype(np.float32)
    black = np.zeros_like(dim)
    for image in (dim, black):
        cells = kernels.cell_statistics(image)
        found = kernels.patch_figures(cells, None, (1, 3, 9), **FLOORS)
        np.testing.assert_allclose(
            found, kernels.patch_figures(np.zeros_like(cells), None, (1, 3, 9), **FLOORS), atol=1e-6
        )
