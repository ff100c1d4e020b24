"""The workers of a run: asked what they are, sent the detector, let in or left out, watched as they come and go."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from surfedge.detector import Detector
from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.cluster.environment import environment_of
from surfedge.scoring.cluster.messages import PROTOCOL, packed, unpacked
from surfedge.scoring.cluster.plugin import LOADING, DetectorPlugin, Environment, state_of
from surfedge.scoring.cluster.shipment import Shipment
from surfedge.version import __version__

POLL_S = 1.0
ANSWER_S = 5.0  # a worker that is frozen answers nothing, and must not hold up the others
LOAD_S = 120.0  # a large network is compiled within
NO_WORKER_S = 30.0  # a nanny needs a few seconds to start a worker again
ALLOW = "--allow-different-workers"


class Workers:
    """Who takes part in one run.

    client : a dask Client. address : as the user wrote it, for messages. allows_different : lets in workers whose
    scores may differ. say : takes one line for people about a worker.
    """

    def __init__(self, client: Any, address: str, allows_different: bool, say: Callable[[str], None]) -> None:
        self.client, self.address = client, address
        self._allows_different, self._say = allows_different, say
        self._refused: dict[str, str] = {}
        self._loading: set[str] = set()
        self.admitted: dict[str, int] = {}
        self.about: dict[str, dict[str, Any]] = {}
        self.name = self._trouble = ""
        self._polled_at = self._seen_at = time.monotonic()

    @property
    def threads(self) -> int:
        """Images that are inspected at once, on all admitted workers."""
        return sum(self.admitted.values())

    def ship(self, detector: Detector, environment: Environment | None = None) -> None:
        """Sends the detector to every worker, verified there, in place of one of before; environment : as of the
        plugin. Raises ClusterError where none may take part."""
        self._check_versions()
        if self.name:
            self.release()
            self.admitted, self.about, self._refused = {}, {}, {}
        describe = environment or environment_of
        shipment = Shipment.of(detector)
        self.name = f"surfedge-{shipment.digest[:16]}-{time.time_ns():x}"
        given = {
            "protocol": PROTOCOL,
            "shipment": shipment.to_plain(),
            "environment": describe(detector),
            "allows_different": self._allows_different,
        }
        self._register(DetectorPlugin(self.name, packed(given), describe))
        until = time.monotonic() + LOAD_S
        self.refresh()
        while self._loading and not self.admitted and time.monotonic() < until:
            time.sleep(0.05)
            self.refresh()
        if not self.admitted:
            found = (
                "; ".join(f"{where}: {why}" for where, why in list(self._refused.items())[:4])
                or self._trouble
                or "no worker"
            )
            remedy = f"make them alike, or {ALLOW}" if self._refused else f"start some: dask worker {self.address}"
            raise ClusterError(self.address, found=found, expected="a worker that may take part", remedy=remedy)

    def refresh(self) -> bool:
        """Looks who is there, and asks those that are new; True when anybody came or left.

        Raises ClusterError when there has been no worker for half a minute.
        """
        self._polled_at = time.monotonic()
        present = dict(self.client.nthreads())
        fresh = [each for each in present if each not in self.admitted and each not in self._refused]
        gone = [address for address in self.admitted if address not in present]
        for address in gone:
            del self.admitted[address]
            self._say(f"worker {address} is gone; what it had not finished goes to others")
        for address, state in self._states(fresh).items():
            if state.get("loading"):
                self._loading.add(address)
            else:
                self._loading.discard(address)
                self._judge(address, present[address], state)
        self._loading &= set(present)
        self._refused = {address: why for address, why in self._refused.items() if address in present}
        if self.admitted:
            self._seen_at = self._polled_at
        elif self._polled_at - self._seen_at > (LOAD_S if self._loading else NO_WORKER_S):
            remedy = f"start some (dask worker {self.address}) and run the same command again to finish"
            raise ClusterError(self.address, found="no worker left", expected="at least one", remedy=remedy)
        return bool(gone or fresh)

    @property
    def is_due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self._polled_at >= POLL_S

    def drop(self, address: str) -> None:
        """Looks at a worker anew, as if it had just come."""
        self.admitted.pop(address, None)
        self.about.pop(address, None)

    def release(self) -> None:
        """Has every worker let go of the detector."""
        if self.name and self.client.status == "running":
            _within(ANSWER_S, lambda: self.client.unregister_worker_plugin(self.name))

    def _register(self, plugin: DetectorPlugin) -> None:
        try:
            _within(LOAD_S, lambda: self.client.register_plugin(plugin, name=plugin.name))
        except Exception as error:  # a worker without surfedge fails to unpickle the reference, and is refused below
            self._trouble = " ".join(str(error).split())[:200]

    def _states(self, addresses: list[str]) -> Mapping[str, Any]:
        if not addresses:
            return {}
        ask = functools.partial(self.client.run, state_of, self.name, workers=addresses, on_error="return")
        answers = _within(ANSWER_S, ask)
        if answers is None:  # one of them is frozen: each is asked alone from now on
            answers = {each: _within(1.0, functools.partial(ask, workers=[each])) for each in addresses}
            return {each: _state(answer[each]) if answer else LOADING for each, answer in answers.items()}
        return {address: _state(answer) for address, answer in answers.items()}

    def _judge(self, address: str, threads: int, state: dict[str, Any]) -> None:
        if why := state.get("refused", ""):
            self._refuse(address, why)
        elif state["differences"] and not self._allows_different:
            self._refuse(address, ", ".join(state["differences"]))
        else:
            self.admitted[address] = threads
            self.about[address] = {"address": address, "threads": threads, **state}
            if state["differences"]:
                self._say(f"worker {address} takes part though it has {', '.join(state['differences'])}")

    def _refuse(self, address: str, why: str) -> None:
        self._refused[address] = why
        self._say(f"worker {address} is left out: {why}")

    def _check_versions(self) -> None:
        """Raises ClusterError for a scheduler of another major version of dask.distributed."""
        import distributed

        found = self.client.get_versions()["scheduler"]["packages"].get("distributed") or "none"
        if _major(found) != _major(distributed.__version__):
            here = distributed.__version__
            remedy = f"on every machine: pip install distributed=={here}"
            raise ClusterError(self.address, found=f"distributed {found}", expected=f"{here} as here", remedy=remedy)


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What `call` gives or raises; None when it takes longer, then it is left to itself."""
    held: list[Any] = []

    def run() -> None:
        try:
            held.append((call(), None))
        except Exception as error:
            held.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not held:
        return None
    value, error = held[0]
    if error is not None:
        raise error
    return value


def _state(answer: Any) -> dict[str, Any]:
    if isinstance(answer, bytes):
        return dict(unpacked(answer))
    if isinstance(answer, OSError):  # it went, or does not answer just now: asked again
        return LOADING
    return {"refused": f"no surfedge {__version__} there ({' '.join(str(answer).split())[:200]})"}


def _major(version: str) -> str:
    return version.partition(".")[0]
