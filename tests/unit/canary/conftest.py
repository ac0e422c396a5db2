from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canary.adapters.releases import decode

from .fakeapi import FakeApi

if TYPE_CHECKING:
    from canary.ports import Release


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def release() -> Release:
    return decode(
        {
            "metadata": {
                "name": "web",
                "namespace": "shop",
                "uid": "uid-web",
                "resourceVersion": "7",
                "generation": 3,
            },
            "spec": {
                "replicas": 2,
                "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}},
                "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
                "traffic": {"router": "ingress", "ingress": "web"},
                "rules": {"errors": {"max": "1%"}, "latency": {"within": "250ms", "for": "99%"}},
            },
        }
    )
