from __future__ import annotations

import dataclasses
import socket

import pytest

from devcluster import ports, preflight
from devcluster.errors import ClusterError
from devcluster.preflight import Machine

GOOD = Machine("Linux", "6.1.0-18-amd64", 0, 8000, frozenset({"overlay", "ext4"}), has_cgroups=True)


def test_a_fitting_machine_passes() -> None:
    assert preflight.check_root(GOOD) is None
    assert preflight.check_machine(GOOD) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"system": "Darwin", "user": -1}, "needs Linux", id="other system"),
        pytest.param({"user": 1000}, "user id 1000.*need root.*CLUSTER=current", id="no root"),
    ],
)
def test_who_may_not_start_it_is_told_what_else_works(change: dict[str, object], words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        preflight.check_root(dataclasses.replace(GOOD, **change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"kernel": "4.19.0"}, "kernel 4.19.0.*5.4 or newer", id="old kernel"),
        pytest.param({"file_systems": frozenset({"ext4"})}, "overlay: not supported", id="no overlayfs"),
        pytest.param({"has_cgroups": False}, "/sys/fs/cgroup: empty", id="no cgroups"),
        pytest.param({"memory_mib": 900}, "900 MiB are available.*3072 MiB", id="little memory"),
    ],
)
def test_what_the_machine_lacks_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        preflight.check_machine(dataclasses.replace(GOOD, **change))


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ClusterError, match=rf"{port} by .+ \(pid \d+\)"):
            preflight.check_ports((port,))


def test_free_ports_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert preflight.check_ports((port,)) is None


def test_only_listening_rows_count() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
        "   1: 0100007F:1F90 0100007F:A001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n"
    )
    assert ports.listeners(table) == {6443: "4711"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("MemTotal: 9 kB\nMemAvailable:   4194304 kB\n", 4096), ("MemTotal: 9 kB\n", 0)],
    ids=["said", "not said"],
)
def test_available_memory(text: str, expected: int) -> None:
    assert preflight.available_mib(text) == expected


@pytest.mark.parametrize(("release", "expected"), [("6.1.0-18-amd64", (6, 1)), ("strange", (0, 0))])
def test_kernel_version(release: str, expected: tuple[int, int]) -> None:
    assert preflight.kernel_version(release) == expected
