"""Maps, masks and overlays as files, in the tree of the inputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.result import Result
from surfedge.scoring.ledger.outcome import SavedFile
from surfedge.scoring.output.names import file_name
from surfedge.scoring.output.whole_file import make_folder, whole_file

_JPEG_QUALITY = 92


def _map(result: Result) -> bytes:
    import cv2

    uncompressed = [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_NONE]  # any reader takes it
    return _encoded(".tiff", result.anomaly_map, uncompressed)


def _mask(result: Result) -> bytes:
    return _encoded(".png", None if result.mask is None else result.mask.view(np.uint8) * np.uint8(255))


def _overlay(result: Result) -> bytes:
    import cv2

    overlay = result.overlay()  # this call's own: turned in place
    cv2.cvtColor(overlay, cv2.COLOR_RGB2BGR, dst=overlay)
    return _encoded(".jpg", overlay, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])


KINDS: dict[str, tuple[str, Callable[[Result], bytes]]] = {
    "maps": (".tiff", _map),
    "masks": (".png", _mask),
    "overlays": (".jpg", _overlay),
}


def encoded(result: Result, kinds: Iterable[str]) -> dict[str, bytes]:
    """The file of each of `kinds`, as bytes."""
    return {kind: KINDS[kind][1](result) for kind in kinds}


class Saver:
    """Writes what `kinds` names below `out_dir`.

    maps : the finished anomaly map, float32 TIFF. masks : PNG, 255 is defective. overlays : JPEG.
    Raises ArgumentError for an unknown kind.
    """

    def __init__(self, out_dir: Path, kinds: Iterable[str]) -> None:
        self.out_dir = out_dir
        self.kinds = tuple(dict.fromkeys([kinds] if isinstance(kinds, str) else kinds))
        for kind in self.kinds:
            if kind not in KINDS:
                known = ", ".join(KINDS)
                raise ArgumentError("save", found=repr(kind), expected=known, remedy="choose from these")

    def files(self, name: str) -> dict[str, str]:
        """The file of each kind for the input `name`, relative to the output folder."""
        return {kind: f"{kind}/{file_name(name, KINDS[kind][0])}" for kind in self.kinds}

    def write(self, name: str, result: Result) -> tuple[SavedFile, ...]:
        """Writes the files of one result; OutputError when the folder cannot take them."""
        return self.keep(name, encoded(result, self.kinds))

    def keep(self, name: str, files: Mapping[str, bytes]) -> tuple[SavedFile, ...]:
        """Writes files that are encoded already, by kind; OutputError when the folder cannot take them."""
        return tuple(self._write(file, files[kind]) for kind, file in self.files(name).items())

    def on_disk(self, name: str) -> list[SavedFile] | None:
        """The files of the input `name` as they lie there; None when one is missing."""
        try:
            return [_described(file, os.stat(self.out_dir / file)) for file in self.files(name).values()]
        except OSError:
            return None

    def _write(self, file: str, data: bytes) -> SavedFile:
        path = self.out_dir / file
        make_folder(path.parent)
        with whole_file(path) as stream:
            stream.write(data)
        return _described(file, os.stat(path))


def _described(file: str, status: os.stat_result) -> SavedFile:
    return SavedFile(file, status.st_size, status.st_mtime_ns)


def _encoded(suffix: str, picture: Any, options: list[int] | None = None) -> bytes:
    import cv2

    if picture is None:
        raise ArgumentError(
            "save",
            found="a result without map and mask",
            expected="both",
            remedy="save overlays only, or leave score-only mode",
        )
    done, encoded = cv2.imencode(suffix, np.ascontiguousarray(picture), options or [])
    if not done:
        found = f"a picture of {picture.shape}"
        raise ArgumentError("save", found=found, expected=f"one that {suffix} can hold")
    return encoded.tobytes()
