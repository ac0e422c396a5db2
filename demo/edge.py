"""Traefik's own counters, read from its metrics page. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

_SERIES = re.compile(r"^traefik_service_requests_total\{([^}]*)\} ([0-9.e+]+)$", re.MULTILINE)
_SERVICE = re.compile(r'service="([^"]*)"')


class Role(StrEnum):
    """Which of a release's two Services a request went to."""

    STABLE = "stable"
    CANARY = "canary"


def counters(page: str, namespace: str, release: str) -> dict[str, tuple[Role, int]]:
    """Requests of one release by series; the key is the series' label set as printed."""
    found: dict[str, tuple[Role, int]] = {}
    for labels, value in _SERIES.findall(page):
        # Namespace, Ingress, Service: the chart names the stable Ingress like the release.
        role = _role(labels, f"{namespace}-{release}-{release}-stable-")
        if role is not None:
            found[labels] = (role, int(float(value)))
    return found


def _role(labels: str, stable: str) -> Role | None:
    match = _SERVICE.search(labels)
    if match is None or not match[1].startswith(stable):
        return None
    # Traefik names the canary after the stable Service and port, with this ending before its provider.
    return Role.CANARY if match[1].partition("@")[0].endswith("-canary") else Role.STABLE


@dataclass(slots=True)
class Tally:
    """Sums counters that may vanish and be born again from 0, as Traefik's do without endpoints."""

    _last: dict[str, int] | None = None
    total: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))

    def add(self, page: dict[str, tuple[Role, int]]) -> None:
        """Count what is new on this page; the first page only sets the start."""
        if self._last is not None:
            for series, (role, value) in page.items():
                before = self._last.get(series, 0)
                self.total[role] += value - before if value >= before else value
        self._last = {series: value for series, (_, value) in page.items()}
