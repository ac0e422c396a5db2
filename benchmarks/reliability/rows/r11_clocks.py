"""R11: clocks are set while releases run, or disagree."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.cluster.controller import FOLDER
from benchmarks.cluster.goals import Goal
from benchmarks.reliability.faults import clock
from benchmarks.reliability.faults.ends import AFTER, PATIENCE, Outcome, ended, ending
from benchmarks.reliability.faults.stand import UNHURRIED, Stand, stand
from benchmarks.reliability.row import Row
from demo.observed import span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.reliability.row import Play, Record, Stage

RATE = 100.0
GOOD = ('model.version="v1"', UNHURRIED)
BAD = (*GOOD, 'faults={"enabled": true, "error": {"ratio": 1}}')
USUAL = 180.0  # seconds that a good release may take; without any fault it takes about 70
PROMPT = 20.0  # seconds from a bad canary's first bad answer to its last
HALF_MINUTE, HOUR = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks say: the controller's from each weight on, Prometheus' all the time, seconds ahead.

    `reborn` is what the clock of a controller says that is started anew at the first weight.
    """

    jumps: Mapping[int, float]
    store: float = 0.0
    reborn: float | None = None
    kind: Sequence[str] = GOOD


def _jumping(seconds: float) -> dict[int, float]:
    """Ahead, back again and behind, and right."""
    return {10: seconds, 25: -seconds, 50: 0.0}


SHORT, LONG, LONG_BAD = "jumps of 30 s", "jumps of 1 h", "jump of 1 h, bad release"
BEHIND, AHEAD = "restart, 1 h behind", "restart, 1 h ahead"
STORE_AHEAD, STORE_BEHIND = "Prometheus 30 s ahead", "Prometheus 30 s behind"
STORE_BAD = "Prometheus 30 s ahead, bad release"
CASES = {
    SHORT: Clocks(_jumping(HALF_MINUTE)),
    LONG: Clocks(_jumping(HOUR)),
    LONG_BAD: Clocks({10: -HOUR}, kind=BAD),
    BEHIND: Clocks({}, reborn=-HOUR),
    AHEAD: Clocks({}, reborn=HOUR),
    STORE_AHEAD: Clocks({}, store=HALF_MINUTE),
    STORE_BEHIND: Clocks({}, store=-HALF_MINUTE),
    STORE_BAD: Clocks({}, store=HALF_MINUTE, kind=BAD),
}
SICK = tuple(case for case, clocks in CASES.items() if clocks.kind is BAD)
WELL = tuple(case for case in CASES if case not in SICK)


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    clock.ensure(stage.say)
    false = clock.Clock(FOLDER / "r11.clock")
    with stand(stage, "r11", false.env) as made:
        yield lambda case, _: _play(made, false, CASES[case])


def _play(made: Stand, false: clock.Clock, clocks: Clocks) -> Record:
    made.site.require(*GOOD)
    with made.site.users(RATE) as stretch:
        try:
            made.store.ahead = clocks.store
            released = made.site.release(*clocks.kind)
            for weight, act in _acts(made, false, clocks):
                stretch.until(partial(_stood, weight), PATIENCE, f"weight {weight}")
                act()
            stretch.until(ended, PATIENCE, "the end of the release")
        finally:
            false.set(0.0)
            made.store.ahead = 0.0
        stretch.last(AFTER)
        window = stretch.finish()
    found = ending(window, released.revision)
    if found is Outcome.PROMOTED:
        made.site.adopt(released)
    bad = [record for record in window.failed if record.revision == released.revision]
    ill = clocks.kind is BAD
    status = made.site.production.reads.status()
    return {
        "wrong_end": int(found is not (Outcome.TAKEN_BACK if ill else Outcome.PROMOTED)),
        "bad_seconds" if ill else "seconds": round(
            span(bad) if ill else window.finished - released.changed - AFTER, 1
        ),
        "highest": max(window.route),
        "outcome": str(found),
        "weights": window.route,
        "requests": len(window.requests),
        "failed": len(window.failed) - len(bad),
        "reason": str((status.get("history") or [status])[-1].get("reason", "")),
    }


def _acts(made: Stand, false: clock.Clock, clocks: Clocks) -> Iterator[tuple[int, Callable[[], object]]]:
    """What is done at which weight."""
    for weight, ahead in clocks.jumps.items():
        yield weight, partial(false.set, ahead)
    if (reborn := clocks.reborn) is not None:

        def again() -> None:
            false.set(reborn)
            made.controller.kill()

        yield 10, again


def _stood(weight: int, route: Sequence[int]) -> bool:
    """Whether the route has come so far, or the release is over."""
    return max(route) >= weight or ended(route)


ROW = Row(
    name="R11",
    title="clocks are set while releases run, or disagree",
    holds=(
        "no promotion without the evidence, no way back of a good release, no bad one that stays; no hold or "
        "deadline that is over at once or lasts for hours"
    ),
    method=f"""\
{RATE:g} requests/s, latency judged at 1 s. The controller runs on the host with a time of day of its own
(libfaketime; what counts the seconds since the start of the machine stays right, as it does where a clock
is set) and asks Prometheus through a proxy. *jumps*: its clock is set ahead when the weight reaches 10 %,
behind at 25 % and right at 50 %, by 30 s or 1 h. *restart*: it is killed at 10 % and started with a clock
that is 1 h off. *Prometheus 30 s ahead* or *behind*: all times of its answers, and their Date, are moved.
Seconds of a good release: from the change of the spec to weight 0; of a bad one: first to last bad
answer.""",
    cases=tuple(CASES),
    long=2,
    minutes=1.1,
    open=_open,
    goals=(
        Goal("ended otherwise than it must", (), "wrong_end", sum, 0, "releases"),
        Goal("good release, longest", WELL, "seconds", max, USUAL, "s"),
        Goal("bad release, first to last bad answer, longest", SICK, "bad_seconds", max, PROMPT, "s"),
        Goal("bad release, highest weight", SICK, "highest", max, 10, "%"),
        Goal("requests failed on any but a faulty revision", (), "failed", sum, 0, "requests"),
    ),
)
