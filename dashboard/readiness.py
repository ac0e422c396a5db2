"""Whether this process may get traffic: what the pages cannot do without has to say so.

The forecast is none of these: while it is away, people are told so on the page, and all else goes on.
"""

from collections.abc import Callable

Check = Callable[[], str | None]
"""Returns why there should be no traffic, None when all is well; must not raise."""


class Readiness:
    """The checks of those parts that this process needs, asked at each probe."""

    def __init__(self) -> None:
        self._checks: list[Check] = []

    def needs(self, check: Check) -> None:
        """Ask this check too from now on."""
        self._checks.append(check)

    @property
    def not_ready_because(self) -> str | None:
        """Return the first reason against traffic, None when there is none."""
        return next((reason for check in self._checks if (reason := check()) is not None), None)
