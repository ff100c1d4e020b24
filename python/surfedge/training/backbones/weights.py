"""Weights that were trained elsewhere: from a file, from torchvision, or from an address with its SHA-256.

Nothing is downloaded unless a recipe says so, and nothing from an address is believed without its hash; where the
weights come from, their licence and their hash go into the bundle.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import torch
from torch import Tensor

from surfedge.errors import ArgumentError, require
from surfedge.files import without_folders
from surfedge.progress import Progress

TORCHVISION_LICENCE = "BSD-3-Clause (torchvision), trained on ImageNet-1k"
SOURCES = "a file (.npz, .pth), torchvision, https://... with its SHA-256, or random"
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class WeightsSource:
    """source : path of a .npz or .pth file, "torchvision", an https address, or "random" for none. sha256 : of the
    file, hexadecimal; needed for an address, checked where given. licence : as the weights' owner states it.
    """

    source: str
    sha256: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        require("weights", self.source, self.source != "", SOURCES)
        is_hash = len(self.sha256) == 64 and set(self.sha256) <= set("0123456789abcdef")
        require("weights_sha256", self.sha256, is_hash or not (self.sha256 or self.is_address), "64 hexadecimal digits")

    @property
    def is_address(self) -> bool:
        """Whether it has to be fetched."""
        return self.source.startswith(("https://", "http://"))

    def read(self, entry: str, progress: Progress) -> tuple[Mapping[str, Tensor], dict[str, Any]]:
        """The weights by name, and where they come from: source, sha256, licence.

        entry : what torchvision calls them, "ResNet18_Weights". Raises ArgumentError where there are none, for a file
        that holds none, and for one of another hash.
        """
        if self.source == "torchvision":
            return _from_torchvision(entry, progress)
        data = self._fetched(progress) if self.is_address else self._bytes()
        found = hashlib.sha256(data).hexdigest()
        if self.sha256 and found != self.sha256:
            raise ArgumentError("weights_sha256", found=found, expected=self.sha256, remedy=f"check {self.source}")
        licence = self.licence or "not stated"
        return _parsed(data, self.source), {"source": without_folders(self.source), "sha256": found, "licence": licence}

    def _bytes(self) -> bytes:
        try:
            return Path(self.source).read_bytes()
        except OSError as error:
            raise ArgumentError(
                "weights", found=f"no readable file {self.source!r}", expected=SOURCES, remedy="check the path"
            ) from error

    def _fetched(self, progress: Progress) -> bytes:
        progress(0, 1, f"fetching {self.source}")
        try:
            with urlopen(self.source, timeout=TIMEOUT_S) as answer:
                data: bytes = answer.read()
                return data
        except OSError as error:
            raise ArgumentError(
                "weights", found=f"{self.source} that cannot be read ({error})", expected=SOURCES
            ) from error


def _from_torchvision(entry: str, progress: Progress) -> tuple[Mapping[str, Tensor], dict[str, Any]]:
    """As torchvision gives them: from its own cache, or by its own download."""
    if find_spec("torchvision") is None:
        raise ArgumentError(
            "weights",
            found="no torchvision",
            expected=SOURCES,
            remedy="pip install torchvision, or give a file: --weights FILE",
        )
    progress(0, 1, f"{entry} by torchvision")
    kind = getattr(import_module("torchvision.models"), entry).IMAGENET1K_V1
    weights = kind.get_state_dict(progress=False, check_hash=True)
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(name.encode() + value.cpu().contiguous().numpy().tobytes())
    source = f"torchvision {entry}.IMAGENET1K_V1"
    # Not of a file, which torchvision keeps to itself: of names and values in the order of the names.
    return weights, {"source": source, "sha256": digest.hexdigest(), "licence": TORCHVISION_LICENCE}


def _parsed(data: bytes, source: str) -> Mapping[str, Tensor]:
    """The tensors of a .npz file, or of what torch saved; nothing in it is executed."""
    try:
        if source.endswith(".npz"):
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if isinstance(found, dict) and all(isinstance(value, Tensor) for value in found.values()):
            return found
    except Exception as error:  # whatever a damaged file makes torch's reader raise
        raise _no_weights(source) from error
    raise _no_weights(source)


def _no_weights(source: str) -> ArgumentError:
    return ArgumentError(
        "weights", found=f"{source} that holds no weights", expected="named tensors: .npz, or .pth of a state_dict"
    )
