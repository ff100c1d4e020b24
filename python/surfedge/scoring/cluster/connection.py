"""From what the user wrote to a dask client: an address, or workers of this machine; TLS; errors of one line."""

from __future__ import annotations

import logging
import re
import ssl
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from surfedge.cores import checked_count
from surfedge.errors import ArgumentError
from surfedge.scoring.cluster.cluster_error import ClusterError

CONNECT_S = 10.0
QUIET = {
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.comm.retry.count": 0,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.log-length": 100,
    "distributed.admin.low-level-log-length": 100,
}
# Of workers here, which share the cores with the client: dask looks at itself fifty times a second, 3 % of a core each.
QUIET_HERE = {
    "distributed.scheduler.preload": ["surfedge.scoring.cluster.lean_scheduler"],
    "distributed.worker.preload": ["surfedge.scoring.cluster.local_worker"],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.host-cpu": False,
    "distributed.admin.system-monitor.gil.enabled": False,
}
DEATHS_ALLOWED = 1  # of local workers over one task, before its images are tried one by one
_ADDRESS = re.compile(r"(?:(tcp|tls|ws|wss|ucx|inproc)://)?(\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d{1,5})")


def local_workers(address: str) -> int:
    """N of ``local:N``, 0 for the address of a scheduler; raises ArgumentError for what is neither.

    >>> local_workers("local:4"), local_workers("tcp://pc1:8786")
    (4, 0)
    """
    if address.startswith("local:"):
        number = address.removeprefix("local:")
        return checked_count("--cluster local:N", int(number) if number.isdecimal() else number, least=1, remedy="")
    found = _ADDRESS.fullmatch(address)
    if not found or not 0 < int(found[3]) < 1 << 16:
        expected = "HOST:PORT of a dask scheduler, or local:N"
        raise ArgumentError("--cluster", found=repr(address)[:80], expected=expected, remedy="e.g. tcp://pc1:8786")
    return 0


def check_extra() -> None:
    """Raises ClusterError where the extra is not installed."""
    try:
        import distributed  # noqa: F401
        import msgpack  # noqa: F401
    except ImportError as error:
        remedy = 'pip install "surfedge[cluster]"'
        raise ClusterError("cluster", found=error, expected="dask.distributed", remedy=remedy) from None


def security_of(tls: Sequence[str]) -> Any:
    """dask's Security of CA, CERT, KEY, files in PEM format; None without them. Raises ArgumentError for bad files."""
    if not tls:
        return None
    from distributed import Security

    for path in tls:
        if not Path(path).is_file():
            raise ArgumentError("--cluster-tls", found=f"no file {path}", expected="CA CERT KEY, files in PEM format")
    ca, cert, key = tls
    try:
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        remedy = "check that CERT and KEY belong together and that CA is a certificate"
        raise ArgumentError(
            "--cluster-tls", found=f"{error} in {ca}, {cert} or {key}", expected="files in PEM format", remedy=remedy
        ) from None
    names = {f"tls_{who}_{what}": path for who in _ROLES for what, path in (("cert", cert), ("key", key))}
    return Security(tls_ca_file=ca, require_encryption=True, **names)


_ROLES = ("client", "scheduler", "worker")


@contextmanager
def connected(address: str, tls: Sequence[str] = ()) -> Iterator[Any]:
    """A dask Client; with ``local:N`` workers of one thread each on this machine's loopback, ended with it."""
    count = local_workers(address)
    check_extra()
    import dask
    from distributed import Client, LocalCluster
    from distributed.versions import VersionMismatchWarning

    security = security_of(tls)
    with ExitStack() as stack:
        stack.enter_context(_quiet_logs())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", VersionMismatchWarning)  # a table of all packages; ours is one line
        stack.enter_context(dask.config.set(QUIET))
        if count:
            here = {**QUIET_HERE, "distributed.scheduler.allowed-failures": DEATHS_ALLOWED}
            stack.enter_context(dask.config.set(here))
            how: dict[str, Any] = {"processes": True, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
            how |= {"host": "127.0.0.1", "memory_limit": 0, "silence_logs": logging.CRITICAL}
            place: Any = stack.enter_context(LocalCluster(n_workers=count, security=security, **how))
        else:
            place = _with_scheme(address, bool(tls))
        try:
            client = Client(place, security=security, timeout=CONNECT_S)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise _unreachable(address, error, bool(tls)) from None
        stack.enter_context(client)
        yield client


def _with_scheme(address: str, is_tls: bool) -> str:
    return address if "://" in address else f"{'tls' if is_tls else 'tcp'}://{address}"


def _unreachable(address: str, error: BaseException | None, is_tls: bool) -> ClusterError:
    words = ""
    for _ in range(8):  # what connecting failed with at last is the first cause
        words = " ".join(str(error or "").split()) or words
        if isinstance(error, ssl.SSLError):
            found = f"a certificate that is not accepted ({words[:200]})"
            remedy = "give --cluster-tls files that the scheduler's CA signed"
            return ClusterError(address, found=found, expected="one signed by the same CA", remedy=remedy)
        error = error and (error.__cause__ or error.__context__)
    remedy = "check the address, that `dask scheduler` runs there, and the firewall"
    if "TLS" in words or "require" in words.lower() or is_tls:
        remedy += "; with TLS, that both sides use it (tls://, --cluster-tls CA CERT KEY)"
    return ClusterError(address, found=f"no answer ({words[:200]})", expected="a dask scheduler", remedy=remedy)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """dask's own lines are for its developers: what matters here is said in one line of ours."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
