"""A long run: memory and descriptors stay where they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conftest import Budget
from scoring.stub import FEW_PICTURES, Stub, judge, make_plates
from surfedge.detector import Detector
from surfedge.result import Result
from surfedge.scoring import score_folder


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat_after_the_first_thousand(tmp_path: Path, budget: Budget) -> None:
    count = budget.count(test=2_000, nightly=20_000, release=100_000)
    for number in range(count):
        (tmp_path / f"{number:06d}.png").write_bytes(str(number).encode())
    stub = Stub()
    seen: list[tuple[int, int]] = []

    def detector(path: Path) -> Result:
        if stub.most and int(path.stem) % 200 == 0:
            seen.append((_resident_kb(), len(os.listdir("/proc/self/fd"))))
        stub.calls.clear()
        return stub(path)

    judge(tmp_path / "000000.png")
    score_folder(detector, [tmp_path], tmp_path / "out", workers=2, pictures=FEW_PICTURES)
    settled = [memory for memory, _ in seen[5:]]
    descriptors = {each for _, each in seen[2:]}
    print(f"M1: {count} images: {min(settled):,} to {max(settled):,} kB, {stub.most} in memory at once")
    assert stub.most <= 2
    assert max(settled) <= 1.05 * settled[0]
    assert max(descriptors) - min(descriptors) <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_detector_is_flat(tmp_path: Path, budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    """M1 with what users run; the first half may still grow."""
    monkeypatch.setattr("surfedge.scoring.recorder.COMMIT_EVERY_S", 0.02)  # looked at more than once on any machine
    count = budget.count(test=300, nightly=20_000, release=100_000)
    images = make_plates(tmp_path / "images", count)
    seen: list[tuple[int, int, int]] = []

    def progress(done: int, total: int, what: str) -> None:
        seen.append((done, _resident_kb(), len(os.listdir("/proc/self/fd"))))

    detector = Detector(device="CPU", threads=1)
    score_folder(detector, [images], tmp_path / "out", workers=2, pictures=FEW_PICTURES, progress=progress)
    later = [(kb, open_files) for done, kb, open_files in seen if done >= count // 2]
    memory, descriptors = [kb for kb, _ in later], {open_files for _, open_files in later}
    print(f"M1 with a detector: {count} images: {min(memory):,} to {max(memory):,} kB in the second half")
    assert len(later) >= 2
    assert max(memory) <= 1.05 * memory[0]
    assert max(descriptors) - min(descriptors) <= 2


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])
