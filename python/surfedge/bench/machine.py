"""The machine and the software that measurements belong to."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from pathlib import Path

from surfedge import __version__, kernels

PACKAGES = (
    "numpy",
    "opencv-python-headless",
    "opencv-python",
    "openvino",
    "scikit-image",
    "scipy",
    "ducc0",
    "pyfftw",
    "fast-ssim",
    "torch",
    "pytorch-msssim",
)


def describe() -> dict[str, object]:
    """CPU, cores, levels, load, versions, date.

    >>> {"cpu", "cores", "levels", "load", "versions", "date"} <= set(describe())
    True
    """
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "levels": list(kernels.available_isas()),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": {"surfedge": __version__, "python": platform.python_version(), **_versions()},
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def cpu_model() -> str:
    """The CPU's name as the system has it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
