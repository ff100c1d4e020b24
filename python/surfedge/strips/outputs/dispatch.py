"""Everybody who is to hear of a coil: couriers for those who are told, pages for those who ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from surfedge.strips.messages import register
from surfedge.strips.outputs.courier import Courier, Delivery
from surfedge.strips.outputs.prometheus import MetricsPage
from surfedge.strips.outputs.receivers import PROMETHEUS, parsed, receiver_of, shown


class Dispatch(AbstractContextManager["Dispatch"]):
    """Of the coil whose table is `ledger`.

    addresses : as `parsed` takes them. patience_s : how long to wait at the end for receivers that do not answer; what
    they lack then stays in the table, and is delivered when the same coil is run again. Raises ArgumentError for an
    address that cannot be used.
    """

    def __init__(self, ledger: Path, addresses: Sequence[str], patience_s: float = 10.0) -> None:
        self._patience_s = patience_s
        parts = [parsed(address) for address in addresses]
        told = [(shown(each), receiver_of(each)) for each in parts if each.scheme != PROMETHEUS]
        register(ledger, [address for address, _ in told])
        self._pages: list[MetricsPage] = []
        self._couriers: list[Courier] = []
        try:
            for each in parts:
                if each.scheme == PROMETHEUS:
                    self._pages.append(MetricsPage(each))
            for address, receiver in told:
                self._couriers.append(Courier(ledger, address, receiver))
        except BaseException:
            self.__exit__()
            raise

    def call(self, coil: str, figures: Mapping[str, float]) -> None:
        """There are new messages and figures."""
        for courier in self._couriers:
            courier.call()
        for page in self._pages:
            page.show(coil, figures, self.deliveries)

    @property
    def deliveries(self) -> list[Delivery]:
        """How far each courier is."""
        return [courier.delivery for courier in self._couriers]

    def end(self) -> list[Delivery]:
        """Carries what is left, as long as patience lasts."""
        couriers = list(self._couriers)
        for courier in couriers:
            courier.end(self._patience_s)
        return [courier.delivery for courier in couriers]

    def __exit__(self, *_: object) -> None:
        for courier in self._couriers:
            courier.end(0.0)
        for page in self._pages:
            page.close()
