"""Pictures of releases, each drawn again only as often as that is cheap."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.page.drawing import Drawing

MOST = 32
# A picture that took this long is kept: that of a release which has run for many hours, with all its looks.
COSTLY_SECONDS = 0.25
# How many times as long as it took to draw it is shown: so drawing takes a twentieth of a core at most.
WORTH = 20.0


class _Kept(NamedTuple):
    drawing: Drawing | None
    until: float


class Pictures:
    """Those that were costly to draw, the ones looked at last. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, uid: str, draw: Callable[[], Drawing | None]) -> Drawing | None:
        """Give the picture of the release with that uid, and draw it unless a costly one is still good."""
        begun = self._clock()
        with self._lock:
            kept = self._kept.get(uid)
        if kept is not None and begun < kept.until:
            return kept.drawing
        drawing = draw()
        took = self._clock() - begun
        with self._lock:
            self._kept.pop(uid, None)
            if took > COSTLY_SECONDS:
                self._kept[uid] = _Kept(drawing, begun + took + WORTH * took)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return drawing
