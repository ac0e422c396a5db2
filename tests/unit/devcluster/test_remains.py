from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster import packet_rules, remains

if TYPE_CHECKING:
    from pathlib import Path

MOUNTS = (
    "22 1 0:20 / / rw - ext4 /dev/vda rw\n"
    "30 22 0:30 / /srv/c/kubelet rw - tmpfs tmpfs rw\n"
    "31 30 0:31 / /srv/c/kubelet/pods/a/volumes/token rw - tmpfs tmpfs rw\n"
    "32 22 0:32 / /srv/c/state/with\\040space rw - tmpfs tmpfs rw\n"
    "33 22 0:33 / /srv/c-other/kubelet rw - tmpfs tmpfs rw\n"
)
RULES = """*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:CNI-DN-1234 - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A PREROUTING -p tcp -m tcp --dport 22 -j ACCEPT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"serin\\" id: \\"1\\"" -j CNI-DN-1234
-A KUBE-SERVICES -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -j ACCEPT
COMMIT
"""
OTHERS_RULE = (
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"podman\\" id: \\"2\\"" -j CNI-DN-99\n'
)


def test_mounts_come_deepest_first_and_only_ours() -> None:
    assert remains.mounts_under(MOUNTS, "/srv/c") == [
        "/srv/c/kubelet/pods/a/volumes/token",
        "/srv/c/state/with space",
        "/srv/c/kubelet",
    ]


def test_a_mount_over_a_mount_is_listed_twice() -> None:
    assert remains.mounts_under(MOUNTS + MOUNTS, "/srv/c").count("/srv/c/kubelet") == 2


def test_rules_that_lead_into_our_chains_go_before_the_chains() -> None:
    assert packet_rules.removal(RULES).splitlines() == [
        "*nat",
        ":KUBE-SERVICES - [0:0]",
        ":CNI-DN-1234 - [0:0]",
        ":CNI-HOSTPORT-DNAT - [0:0]",
        '-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        "-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
        "-X KUBE-SERVICES",
        "-X CNI-DN-1234",
        "-X CNI-HOSTPORT-DNAT",
        "COMMIT",
    ]


def test_the_rules_of_policies_go_without_those_of_services() -> None:
    policies = (
        "*filter\n:FORWARD ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n:KUBE-ROUTER-FORWARD - [0:0]\n"
        ":KUBE-POD-FW-A - [0:0]\n-A FORWARD -j KUBE-ROUTER-FORWARD\n-A FORWARD -j KUBE-FORWARD\n"
        "-A KUBE-ROUTER-FORWARD -j KUBE-POD-FW-A\nCOMMIT\n"
    )
    assert packet_rules.removal(policies, packet_rules.POLICIES).splitlines() == [
        "*filter",
        ":KUBE-ROUTER-FORWARD - [0:0]",
        ":KUBE-POD-FW-A - [0:0]",
        "-D FORWARD -j KUBE-ROUTER-FORWARD",
        "-X KUBE-ROUTER-FORWARD",
        "-X KUBE-POD-FW-A",
        "COMMIT",
    ]


def test_chains_shared_with_another_network_stay() -> None:
    saved = RULES.replace("-A KUBE-SERVICES -j ACCEPT\n", OTHERS_RULE)
    script = packet_rules.removal(saved)
    assert "-X KUBE-SERVICES" in script
    assert "CNI-" not in script


def test_nothing_of_ours_means_nothing_to_do() -> None:
    assert packet_rules.removal("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n") == ""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("/usr/bin/containerd-shim-runc-v2 -id 1 -address /srv/c/containerd.sock", id="shim"),
        pytest.param("/cache/kubelet --config=/srv/c/config/kubelet.json", id="kubelet"),
        pytest.param("/cache/server --data-dir=/srv/c/etcd", id="etcd"),
    ],
)
def test_programs_of_the_cluster_are_found_without_their_pid_files(command: str) -> None:
    assert remains.belongs(command, "/srv/c")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("/cache/kubectl --kubeconfig=/srv/c/kubeconfig get pods", id="kubectl"),
        pytest.param("less /srv/c/logs/kubelet.log", id="a pager"),
        pytest.param("/usr/bin/containerd --config /etc/containerd.toml", id="another containerd"),
    ],
)
def test_programs_of_the_user_are_left_alone(command: str) -> None:
    assert not remains.belongs(command, "/srv/c")


IPSET = """#!/bin/sh
echo "$@" >> {asked}
if [ "$1" = list ]; then echo KUBE-SRC-A; echo home; fi
"""


@pytest.fixture
def ipset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ipset that lists two sets, one of them ours, and notes what it is asked for."""
    program = tmp_path / "ipset"
    program.write_text(IPSET.format(asked=tmp_path / "asked"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def test_sets_of_policies_are_found_and_removed_and_those_of_others_stay(ipset: Path) -> None:
    assert packet_rules.sets() == ["KUBE-SRC-A"]
    packet_rules.remove_sets()
    assert ipset.read_text().splitlines()[-1] == "destroy KUBE-SRC-A"


def test_a_machine_without_ipset_has_no_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert packet_rules.sets() == []
