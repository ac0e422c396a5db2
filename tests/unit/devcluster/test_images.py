from __future__ import annotations

from pathlib import Path

import pytest

from devcluster import base, containerd, images, network
from devcluster.settings import Settings


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("localhost/serin/service:1", "localhost/serin/service:1"),
        ("serin/service", "localhost/serin/service:latest"),
        ("service:1", "localhost/service:1"),
        ("registry.example:5000/a/b", "registry.example:5000/a/b:latest"),
    ],
)
def test_names_are_completed_as_the_kubelet_asks_for_them(name: str, expected: str) -> None:
    assert images.qualified(name) == expected


def test_the_id_is_read_back_from_the_label() -> None:
    listing = (
        "REF TYPE DIGEST SIZE PLATFORMS LABELS\n"
        "localhost/a:1 application/x sha256:ff 1 MiB linux/amd64 "
        "io.cri-containerd.image=managed,serin.dev/image-id=abc\n"
    )
    assert containerd.label_in(listing, "serin.dev/image-id") == "abc"
    assert containerd.label_in("REF TYPE LABELS\n", "serin.dev/image-id") == ""


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("http://a/debian trixie main\nhttp://b/debian bookworm main\n", ["http://b/debian"]),
        ("http://a/ubuntu noble main\n", []),
    ],
    ids=["a host with the suite", "another distribution"],
)
def test_the_mirror_is_the_one_of_the_host_if_it_serves_the_suite(sources: str, expected: list[str]) -> None:
    assert base.mirror_in(sources) == expected


def test_everything_of_containerd_lies_in_the_state_folder() -> None:
    text = containerd.configuration(Settings.read({"DEVCLUSTER_HOME": "/srv/c"}))
    for line in ('root = "/srv/c/containerd"', 'state = "/srv/c/containerd-state"', 'Root = "/srv/c/runc"'):
        assert line in text


def test_pods_get_addresses_of_the_pod_network() -> None:
    text = network.conflist(Path("/srv/c/addresses"))
    assert '"subnet": "10.88.0.0/16"' in text
    assert '"bridge": "serin0"' in text
