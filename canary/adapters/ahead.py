"""How far another machine's clock is from ours: by the Date that stands on each of its answers."""

from __future__ import annotations

import logging
import time
from email.utils import parsedate_to_datetime

LOG = logging.getLogger("canary.ahead")

# A Date has whole seconds, and an answer needs its time: clocks that agree so well are the same.
AGREED_SECONDS = 2.0
_WOBBLE = 1.5


class OtherClock:
    """Hears the Date of every answer of `whose` server; safe to share between threads."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._heard: tuple[float, float] | None = None
        self._ahead = 0.0

    def heard(self, date: str | None) -> None:
        """Note the Date of an answer that has just come; none, or one that is no date, says nothing."""
        try:
            moment = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError):
            return
        self._heard = (moment + 0.5, time.monotonic())  # it was cut to whole seconds

    def ahead(self, now: float) -> float:
        """Seconds that its clock is ahead of ours, which says `now`; 0 for about the same."""
        if self._heard is not None:
            date, then = self._heard
            found = date - now + time.monotonic() - then
            if abs(found - self._ahead) > _WOBBLE:
                self._ahead = round(found)
                if abs(found) > AGREED_SECONDS:
                    LOG.warning("%s: its clock is %+.0f s from ours: set the clocks", self._whose, found)
        return self._ahead if abs(self._ahead) > AGREED_SECONDS else 0.0
