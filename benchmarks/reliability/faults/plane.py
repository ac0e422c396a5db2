"""The embedded cluster's own API server and etcd, disturbed for a moment and always put right again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from delivery.errors import StepError
from devcluster import control_plane, processes
from devcluster.errors import ClusterError
from devcluster.settings import Settings
from devcluster.up import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

API_SERVER, ETCD = "kube-apiserver", "etcd"
GRACE = 2.0  # seconds that the API server has to end by itself; it would wait for its watches to end
LONGEST = 10.0  # seconds for which etcd stands still at most: leases of the cluster's own parts last longer


def restart_api_server() -> float:
    """End the API server and start it again; seconds until it was ready. Raises StepError."""
    settings = Settings.read(os.environ)
    _pid(settings, API_SERVER)
    began = time.monotonic()
    try:
        processes.stop(settings, API_SERVER, patience=GRACE)
        processes.ensure(settings, control_plane.api_server(settings, programs(settings)))
    except ClusterError as error:
        raise StepError(f"{API_SERVER}: {error}") from error
    return time.monotonic() - began


def pause_etcd(seconds: float) -> None:
    """Let etcd stand still for so many seconds. Raises StepError."""
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"seconds {seconds:g}: must be above 0 and at most {LONGEST:g}")
    with frozen(_pid(Settings.read(os.environ), ETCD)):
        time.sleep(seconds)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that stands still until the end of the block, whatever happens in it."""
    try:
        os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _pid(settings: Settings, name: str) -> int:
    record = processes.read_record(settings, name)
    if record is None or not processes.is_alive(record):
        raise StepError(
            f"{name}: the embedded cluster does not run here: this needs `make up` without CLUSTER"
        )
    return record.pid
