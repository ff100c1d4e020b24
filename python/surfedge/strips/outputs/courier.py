"""Carries an outbox to its receiver from a thread of its own; what fails is counted and tried again."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surfedge.scoring import OutputError
from surfedge.strips.messages import Outbox
from surfedge.strips.outputs.receivers import Receiver

BATCH = 200  # messages sent at once
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0  # after a failure; twice as long after each
LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class Delivery:
    """What became of the messages for one receiver: delivered in this run, waiting in the outbox, failed attempts."""

    address: str
    delivered: int = 0
    waiting: int = 0
    failures: int = 0
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Courier:
    """Begins at once. ledger : the coil's table. address : of the receiver, as it may be shown."""

    def __init__(self, ledger: Path, address: str, receiver: Receiver) -> None:
        self.address = address
        self._ledger, self._receiver = ledger, receiver
        self._wake, self._is_ending, self._until = threading.Event(), False, float("inf")
        self._delivered = self._waiting = self._failures = 0
        self._error = ""
        self._thread = threading.Thread(target=self._carry, name=f"surfedge to {address}", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """There are new messages."""
        self._wake.set()

    def end(self, patience_s: float) -> None:
        """Carries what is left, for so long at most."""
        self._until, self._is_ending = time.monotonic() + patience_s, True
        self._wake.set()
        self._thread.join()

    @property
    def delivery(self) -> Delivery:
        """How far it is."""
        return Delivery(self.address, self._delivered, self._waiting, self._failures, self._error)

    def _carry(self) -> None:
        try:
            outbox = Outbox(self._ledger, self.address)
        except OutputError as error:
            self._failures, self._error = 1, error.reason
            return
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                self._wake.clear()
                is_last = self._is_ending  # before looking: what was put in until then is seen
                batch = outbox.next(BATCH)
                if not batch:
                    if is_last:
                        break
                    self._waiting = 0
                    self._wake.wait(LOOK_AGAIN_S)
                    continue
                try:
                    self._receiver.send(batch)
                except Exception as error:
                    self._failed(error)
                    self._waiting = outbox.waiting()
                    if self._is_over(pause_s):
                        break
                    pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                    continue
                outbox.acknowledge(batch[-1].number)
                self._delivered, pause_s, self._error = self._delivered + len(batch), FIRST_PAUSE_S, ""
            self._waiting = outbox.waiting()
        finally:
            with suppress(Exception):
                self._receiver.close()
            outbox.close()

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        self._error = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        with suppress(Exception):
            self._receiver.close()

    def _is_over(self, pause_s: float) -> bool:
        """Waits before the next attempt, which comes at once when the coil ends; True when no time is left for one."""
        until, was_ending = time.monotonic() + pause_s, self._is_ending
        while (left := min(until, self._until) - time.monotonic()) > 0 and self._is_ending == was_ending:
            time.sleep(min(left, 0.05))
        return self._is_ending and time.monotonic() >= self._until
