"""The kinds of the Gateway API, as the Go module that Traefik is built with brings them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import sources
from devcluster.commands import run
from devcluster.go import compiler

if TYPE_CHECKING:
    from devcluster.settings import Settings

MODULE = "sigs.k8s.io/gateway-api"
STANDARD = "config/crd/standard"


def definitions(settings: Settings) -> Path:
    """The folder of the standard channel's definitions in Go's module cache, fetched if need be.

    Raises ClusterError when the module cannot be had.
    """
    fetch = (compiler(settings), "mod", "download", "-json", MODULE)
    environment = os.environ | {"GOFLAGS": ""}
    answer = run(fetch, "Gateway API", env=environment, folder=sources.TRAEFIK.folder)
    return Path(json.loads(answer)["Dir"]) / STANDARD
