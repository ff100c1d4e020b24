"""Pictures that are there twice: by name, by decoded content, or nearly the same, shifted or compressed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from surfedge.cores import usable_cores
from surfedge.datasets.description import Description
from surfedge.errors import ArgumentError, DatasetError, SurfedgeError
from surfedge.images import read, to_grey_u8
from surfedge.progress import Progress, silent

KINDS = ("content", "near", "name")
MAX_DISTANCE = 4  # bits of 64
MIN_CORRELATION = 0.99
MAX_CANDIDATES = 1_000_000
_BLOCKS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))  # first bit, bits: 4 wrong bits leave one of 5 blocks right
_MIN_THUMB_CORRELATION = 0.9  # of 32 x 32 px; only pairs above are read again
_MAX_SIDE_PX, _COMPARED_PX = 256, 128
_MARGIN = 1 / 16  # of the shorter side: how far a picture may be shifted
_CHUNK = 512


@dataclass(frozen=True)
class Pair:
    """Two paths that show the same. kind : "content", "near" or "name". likeness : correlation, 1 for equal content."""

    kept: Path
    double: Path
    kind: str
    likeness: float = 1.0


def find_duplicates(
    pictures: Sequence[Description],
    kinds: Iterable[str] = ("content", "near"),
    against: Sequence[Description] = (),
    progress: Progress = silent,
) -> list[Pair]:
    """Each image that is there already, with the one that it duplicates.

    The first in the order given is kept. against : pictures to compare with instead of with each other, such as the
    training images while `pictures` are the test images; then it is always those of `pictures` that are double.
    Near duplicates have difference hashes at most 4 bits apart and correlate above 0.99 once aligned: hashes alone
    call different pieces of one texture equal. Raises ArgumentError for an unknown kind.
    """
    wanted = list(dict.fromkeys(kinds))
    for kind in wanted:
        if kind not in KINDS:
            raise ArgumentError("kinds", found=repr(kind), expected=", ".join(KINDS))
    every = [*against, *pictures]
    first = len(against)
    found: dict[Path, Pair] = {}
    for kind in (each for each in KINDS if each in wanted):
        for kept, double, likeness in _found(kind, every, first, progress):
            path = every[double].path
            if path not in found and every[kept].path not in found and path != every[kept].path:
                found[path] = Pair(every[kept].path, path, kind, likeness)
    return sorted(found.values(), key=lambda pair: (KINDS.index(pair.kind), str(pair.double)))


def _found(kind: str, every: Sequence[Description], first: int, progress: Progress) -> Iterator[tuple[int, int, float]]:
    """(kept, double, likeness) by place in `every`; those before `first` are kept, and not compared with each other."""
    if kind == "near":
        yield from _near(every, first, progress)
        return
    key: Callable[[Description], object] = (lambda d: d.content) if kind == "content" else (lambda d: d.path.name)
    seen: dict[object, int] = {}
    for place, picture in enumerate(every):
        kept = seen.setdefault(key(picture), place)
        if kept != place and place >= first and (not first or kept < first):
            yield kept, place, 1.0


def _near(every: Sequence[Description], first: int, progress: Progress) -> Iterator[tuple[int, int, float]]:
    candidates = sorted(_alike(every, first))
    doubles: set[int] = set()
    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(candidates), _CHUNK):
            progress(start, len(candidates), "comparing")
            pairs = [pair for pair in candidates[start : start + _CHUNK] if doubles.isdisjoint(pair)]
            for (kept, double), likeness in zip(pairs, pool.map(partial(_likeness, every), pairs), strict=True):
                if likeness > MIN_CORRELATION and doubles.isdisjoint((kept, double)):
                    doubles.add(double)
                    yield kept, double, likeness
    progress(len(candidates), len(candidates), "comparing")


def _likeness(every: Sequence[Description], pair: tuple[int, int]) -> float:
    one, other = (every[place] for place in pair)
    return 1.0 if one.content == other.content else aligned_correlation_of(one.path, other.path)


def _alike(every: Sequence[Description], first: int) -> set[tuple[int, int]]:
    """Pairs whose hashes are near each other and whose thumbs correlate, by the blocks of the hash that are equal."""
    hashes = np.array([picture.difference_hash for picture in every], np.uint64)
    if not len(hashes):
        return set()
    thumbs = _without_slope(np.stack([picture.thumb for picture in every]))
    found: set[tuple[int, int]] = set()
    for start, bits in _BLOCKS:
        block = (hashes >> np.uint64(start)) & np.uint64((1 << bits) - 1)
        order = np.argsort(block, kind="stable")
        edges = np.flatnonzero(np.diff(block[order])) + 1
        for group in np.split(order, edges):
            for pair in _alike_in(np.sort(group), hashes, thumbs, first) if len(group) > 1 else ():
                found.add(pair)
                if len(found) > MAX_CANDIDATES:
                    raise DatasetError(
                        f"{len(every):,} images",
                        found=f"more than {MAX_CANDIDATES:,} pairs that are alike when reduced in size",
                        expected="images that differ",
                        remedy="search for equal contents alone: --by content",
                    )
    return found


def _without_slope(thumbs: np.ndarray) -> np.ndarray:
    """float16 (N, K): thumbs without mean and slope, which a lamp makes alike in pictures of different pieces."""
    side = np.linspace(-1, 1, thumbs.shape[1], dtype=np.float32)
    across, down = np.meshgrid(side, side)
    basis = np.stack([np.ones_like(across), across, down]).reshape(3, -1)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    flat = np.empty((len(thumbs), basis.shape[1]), np.float16)
    for at in range(0, len(thumbs), _CHUNK):
        rows = thumbs[at : at + _CHUNK].reshape(-1, basis.shape[1]).astype(np.float32)
        flat[at : at + _CHUNK] = rows - rows @ basis.T @ basis
    return flat


def _alike_in(group: np.ndarray, hashes: np.ndarray, thumbs: np.ndarray, first: int) -> Iterator[tuple[int, int]]:
    """Pairs within one bucket, in pieces, so that memory stays bounded where thousands of pictures are alike."""
    pieces = [group[at : at + _CHUNK] for at in range(0, len(group), _CHUNK)]
    for one, other in [*((piece, piece) for piece in pieces), *combinations(pieces, 2)]:
        if first and one[0] >= first:
            continue  # neither is one to compare with
        apart = _bits(hashes[one][:, None] ^ hashes[other][None, :])
        rows, columns = np.nonzero(apart <= MAX_DISTANCE)
        kept, double = one[rows], other[columns]
        is_pair = (kept < double) & (double >= first) & ((kept < first) | (first == 0))
        kept, double = kept[is_pair], double[is_pair]
        for at in range(0, len(kept), 1 << 14):
            places = slice(at, at + (1 << 14))
            is_alike = _correlation(thumbs[kept[places]], thumbs[double[places]]) > _MIN_THUMB_CORRELATION
            yield from zip(kept[places][is_alike].tolist(), double[places][is_alike].tolist(), strict=True)


def _bits(values: np.ndarray) -> np.ndarray:
    """Number of bits set in uint64."""
    octets = np.unpackbits(np.ascontiguousarray(values).view(np.uint8), axis=-1)
    return octets.reshape(*values.shape, 64).sum(axis=-1)


def _correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of the rows of two (N, K) arrays of mean 0, float32 (N,); 0 where one is flat."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    both = np.einsum("nk,nk->n", a, b)
    size = np.sqrt(np.einsum("nk,nk->n", a, a) * np.einsum("nk,nk->n", b, b))
    return np.divide(both, size, out=np.zeros_like(both), where=size > 1e-3)


def aligned_correlation_of(one: Path, other: Path) -> float:
    """`aligned_correlation` of two image files, 0 where one cannot be read."""
    try:
        return aligned_correlation(to_grey_u8(read(one)), to_grey_u8(read(other)))
    except SurfedgeError:
        return 0.0


def aligned_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Largest normalised correlation (-1..1) of the middle of `one` with `other`, which may be shifted by a sixteenth.

    one, other : uint8 (H, W); aligned at up to 256 px, compared at half that, where compression and noise show less.
    Where the sizes differ by more than a shift explains, the larger is reduced. A flat picture is like none: 0.

    >>> texture = np.random.default_rng(0).integers(0, 255, (96, 96)).astype(np.uint8)
    >>> round(aligned_correlation(texture[:90, :90], texture[3:93, 2:92]), 3)
    1.0
    """
    import cv2

    small, large = sorted((one, other), key=lambda each: each.size)
    allowed = _MARGIN * min(small.shape)
    if max(abs(small.shape[axis] - large.shape[axis]) for axis in (0, 1)) > allowed:  # another resolution, not a cut
        large = cv2.resize(np.ascontiguousarray(large), small.shape[::-1], interpolation=cv2.INTER_AREA)
    scale = min(1.0, _MAX_SIDE_PX / max(*small.shape, *large.shape))
    a, b = (_reduced(each, scale) for each in (small, large))
    margin = max(1, round(scale * allowed))
    middle = a[margin:-margin, margin:-margin]
    if min(middle.shape) < 1 or middle.std() < 0.5 or b.std() < 0.5:
        return 0.0
    matched = np.nan_to_num(cv2.matchTemplate(b, middle, cv2.TM_CCOEFF_NORMED), posinf=0.0)
    y, x = np.unravel_index(matched.argmax(), matched.shape)
    aligned = b[y : y + middle.shape[0], x : x + middle.shape[1]]
    coarse = min(0.5, _COMPARED_PX / max(middle.shape))  # what compression changes is fine
    rows = [_reduced(each, coarse).reshape(1, -1).astype(np.float32) for each in (middle, aligned)]
    return float(_correlation(*(row - row.mean() for row in rows))[0])


def _reduced(grey: np.ndarray, scale: float) -> np.ndarray:
    import cv2

    size = [max(4, round(scale * side)) for side in grey.shape[::-1]]
    return np.asarray(cv2.resize(np.ascontiguousarray(grey), size, interpolation=cv2.INTER_AREA))
