"""The dead-man's own metrics: whoever waits for the others to die must not die unseen.

Two gauges in the text format that Prometheus scrapes, written by hand: what a library for them would cost is
more than the rest of this process needs.
"""

from __future__ import annotations

import time

_PAGE = """\
# HELP canary_deadman_look_timestamp_seconds When the last look at releases was completed, 0 before that.
# TYPE canary_deadman_look_timestamp_seconds gauge
canary_deadman_look_timestamp_seconds {looked!r}
# HELP canary_deadman_ttl_seconds Seconds without a completed loop that end a canary.
# TYPE canary_deadman_ttl_seconds gauge
canary_deadman_ttl_seconds {ttl!r}
"""


class Figures:
    """When the process last did its work, and how patient it is."""

    def __init__(self, ttl: float) -> None:
        self._ttl, self._looked = ttl, 0.0

    def looked(self) -> None:
        """Remember that a look was completed just now."""
        self._looked = time.time()

    def page(self) -> tuple[int, bytes]:
        """Answer a scrape."""
        return 200, _PAGE.format(looked=self._looked, ttl=self._ttl).encode()
