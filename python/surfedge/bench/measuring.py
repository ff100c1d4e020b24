"""One case: data, answers that agree, times, ratio, floor."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from surfedge import kernels
from surfedge.bench.case import Call, Case, Peer, Trial
from surfedge.bench.limits import Limits
from surfedge.bench.timing import Spread, interleaved
from surfedge.errors import SurfedgeError

OURS = "surfedge"
THREAD_SETTERS = {"cv2": "setNumThreads", "torch": "set_num_threads"}


@dataclass(frozen=True)
class Row:
    """The outcome of one case. Times in ms; ratio = time of the best peer over ours; goal : wanted ratio at AVX2.

    times : each contender's spread. errors : distance of each peer's answer. skipped : peer and why. None : there is
    no peer, no goal, no floor.
    """

    kernel: str
    size: str
    level: str
    threads: int
    ms: float
    best_peer: str | None
    peer_ms: float | None
    ratio: float | None
    goal: float | None
    floor_ms: float | None
    times_floor: float | None
    times: dict[str, Spread] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def measure(kernel: str, case: Case, limits: Limits, *, seconds: float, threads: int) -> Row:
    """Assert the answers of `case`, then time it for about `seconds`.

    Raises SurfedgeError with the case's name where an answer is wrong.
    """
    trial = case.prepare(case.shape, threads)
    calls, errors, skipped = agreeing(f"{kernel} {case.size}", trial, threads)
    times = interleaved(calls, seconds)
    ours = times[OURS]
    peers = {name: spread.ms for name, spread in times.items() if name != OURS}
    best = min(peers, key=lambda name: peers[name], default=None)
    floor_ms = limits.floor_ms(trial.work) if trial.work else None
    return Row(
        kernel,
        case.size,
        kernels.active_isa(),
        threads,
        ours.ms,
        best,
        peers[best] if best else None,
        peers[best] / ours.ms if best else None,
        case.goal,
        floor_ms,
        ours.ms / floor_ms if floor_ms else None,
        times,
        errors,
        skipped,
    )


def agreeing(name: str, trial: Trial, threads: int = 1) -> tuple[dict[str, Call], dict[str, float], dict[str, str]]:
    """The calls of all contenders that are there, how far their answers differ, and who is missing.

    Raises SurfedgeError where our answer is wrong, or differs from a peer's by more than that peer's tolerance.
    """
    answer = trial.ours()
    complaint = trial.complaint(answer)
    if complaint:
        raise SurfedgeError(name, found=complaint, remedy="report it with the output of: surfedge bench --json")
    calls: dict[str, Call] = {OURS: trial.ours}
    errors, skipped = {}, {}
    for peer in trial.peers:
        try:
            call = peer.prepare(_imported(peer.package, threads))
            theirs = call()
        except Exception as error:  # other people's software: whatever it raises, we say so and go on
            skipped[peer.name] = _reason(peer, error)
            continue
        errors[peer.name] = peer.error(answer, theirs)
        if not errors[peer.name] <= peer.tolerance:
            raise SurfedgeError(
                name,
                found=f"an answer that differs from that of {peer.name} by {errors[peer.name]:.3g}",
                expected=f"at most {peer.tolerance:.3g}",
                remedy="report it with the output of: surfedge bench --json",
            )
        calls[peer.name] = call
    return calls, errors, skipped


def _imported(package: str, threads: int) -> ModuleType:
    """The package, on as many threads as we have; those without such a setting read it from the environment."""
    module = import_module(package)
    for name, setter in THREAD_SETTERS.items():
        if name in sys.modules:
            getattr(sys.modules[name], setter)(threads)
    return module


def _reason(peer: Peer, error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == peer.package.partition(".")[0]:
        return "not installed"
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
