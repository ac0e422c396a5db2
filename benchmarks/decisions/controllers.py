"""Who plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.decisions.ours import Serin
from benchmarks.decisions.rivals import RIVALS

if TYPE_CHECKING:
    from benchmarks.decisions.play import Maker

OURS = "Serin"
CONTROLLERS: dict[str, Maker] = {**RIVALS, OURS: Serin}
