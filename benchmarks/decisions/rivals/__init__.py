"""Other controllers' rules, written from their documentation as baselines.

All of them get ideal counts: whole requests of exactly the window they ask for, of the right role,
without extrapolation, lost first samples or interpolated quantiles. That is better than what their
queries return in practice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.decisions.rivals.argo import argo_docs, argo_strict
from benchmarks.decisions.rivals.flagger import flagger_docs
from benchmarks.decisions.rivals.kayenta import kayenta

if TYPE_CHECKING:
    from benchmarks.decisions.play import Maker

RIVALS: dict[str, Maker] = {
    "Argo docs": argo_docs,
    "Argo strict": argo_strict,
    "Flagger docs": flagger_docs,
    "Kayenta 3x1 h": kayenta,
}
