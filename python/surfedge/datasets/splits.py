"""Splits of a data set that depend on a seed alone, and what distinguishes one set of files from another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surfedge.datasets.sample import Sample


def split(paths: Sequence[Path], share: float, seed: int) -> tuple[list[Path], list[Path]]:
    """Held-out and training paths, drawn by `seed`, each in the order given; at least 8 are held out."""
    count = max(8, round(share * len(paths)))
    chosen = set(np.random.default_rng([seed, 1]).permutation(len(paths))[:count].tolist())
    held_out = [path for number, path in enumerate(paths) if number in chosen]
    return held_out, [path for number, path in enumerate(paths) if number not in chosen]


def fingerprint_of(paths: Sequence[Path]) -> str:
    """SHA-256 over names and sizes of the files, in this order, hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{path.stat().st_size}\n".encode())
    return digest.hexdigest()


def fingerprint_of_samples(samples: Sequence[Sample]) -> str:
    """That of the samples' files; where some are defective, with their classes and masks, hexadecimal."""
    of_files = fingerprint_of([sample.path for sample in samples])
    if not any(sample.is_defective for sample in samples):
        return of_files
    digest = hashlib.sha256(of_files.encode())
    for sample in samples:
        digest.update(f"{sample.label}\0{sample.mask_path is not None}\n".encode())
    digest.update(fingerprint_of([sample.mask_path for sample in samples if sample.mask_path is not None]).encode())
    return digest.hexdigest()
