"""Asks a local program over HTTP whether it is well."""

from __future__ import annotations

import ssl
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import URLError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def answers(url: str, authority: Path | None = None, client: Path | None = None) -> Callable[[], bool]:
    """A check that GET on a local address gives 200 within two seconds.

    `authority` signed the server's certificate; `client` is the path of our own pair without its suffix.
    """

    def check() -> bool:
        context = ssl.create_default_context(cafile=authority)
        if client is not None:
            context.load_cert_chain(client.with_suffix(".crt"), client.with_suffix(".key"))
        direct = urllib.request.ProxyHandler({})
        opener = urllib.request.build_opener(direct, urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(url, timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False  # whatever the reason, it is not well yet

    return check
