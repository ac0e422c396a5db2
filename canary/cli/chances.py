"""What was simulated, in every form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from canary.cli.output import Answer, table
from canary.core.scenarios import chance, summary
from canary.core.simulation import Outcome
from canary.core.units import percent
from canary.shown.words import clean, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from canary.core.model import Spec
    from canary.core.needs import Need, StepNeed
    from canary.core.scenarios import Group, Scenario
    from canary.core.simulation import End, Service

_WIDTH = 79
_CAUSES = {
    "RuleFailed": "rolled back",
    "BudgetSpent": "back: budget spent",
    "DeadlineExceeded": "back: deadline",
    "Idle": "back: no users",
}
_BAD = {"errors": "errors", "latency": "slow", "predictions": "forecasts"}
_LEFT_OUT = (
    "Not played: starting and crashing pods, the seconds of proxy, route and metrics store, noise beyond "
    "independent answers, drift, what containers use, and bucket edges below the limit. Approvals are given "
    "at once."
)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What was asked: requests/s, seconds between scrapes, how versions answer, how often, how long."""

    rate: float
    scrape: float
    stable: Service
    canaries: tuple[Scenario, ...]
    runs: int
    seed: int
    horizon: float


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario, and how each of its runs ended."""

    scenario: Scenario
    ends: tuple[End, ...]


def render(spec: Spec, assumed: Assumed, steps: Sequence[StepNeed], played: Sequence[Played]) -> Answer:
    """Render what each step needs and what became of every scenario."""
    warnings = tuple(_warnings(spec, assumed, steps))
    document = _finite(
        {
            "namespace": spec.namespace,
            "name": spec.name,
            "assumed": {key: value for key, value in asdict(assumed).items() if key != "canaries"},
            "steps": [asdict(step) for step in steps],
            "scenarios": [_scenario(each) for each in played],
            "warnings": list(warnings),
        }
    )
    return Answer(document, tuple(_text(spec, assumed, steps, played, warnings)))


def _text(
    spec: Spec,
    assumed: Assumed,
    steps: Sequence[StepNeed],
    played: Sequence[Played],
    warnings: Sequence[str],
) -> Iterator[str]:
    yield (
        f"{clean(spec.name)}: {assumed.rate:g} requests/s, stable {_shares(spec, assumed.stable)}, "
        f"scrapes of {span(assumed.scrape)}"
    )
    yield ""
    rows = [_step_row(step, assumed.scrape) for step in steps]
    yield from table(("STEP", "MUST EXCLUDE", "NEEDS OF THE CANARY", "TAKES", "FOR"), rows)
    for warning in warnings:
        yield from _wrapped(f"warning: {warning}")
    yield ""
    yield from _outcomes(spec, played)
    yield ""
    yield from _notes(assumed)


def _notes(assumed: Assumed) -> Iterator[str]:
    rarest = percent(chance(0, assumed.runs).high)
    yield from _wrapped(
        f"{assumed.runs} runs each, of {span(assumed.horizon)} at most, seed {assumed.seed}. What is not "
        f"listed happened in none of them: its chance is below {rarest} (95 %). BAD: errors and slow "
        "answers that the canary gave to users until then."
    )
    yield from _wrapped(_LEFT_OUT)


def _wrapped(text: str) -> list[str]:
    return wrap(text, _WIDTH, subsequent_indent="  ", break_long_words=False)


def _outcomes(spec: Spec, played: Sequence[Played]) -> Iterator[str]:
    """One table whose rows are parted by what was assumed of the canary."""
    groups = [summary(each.ends) for each in played]
    headings = ("CANARY", "CHANCE", "95 % RANGE", "AFTER", "P95", "BAD", "P95")
    heading, *rows = table(headings, (_outcome_row(group) for found in groups for group in found))
    yield heading
    left = iter(rows)
    for each, found in zip(played, groups, strict=True):
        yield f"{each.scenario.name}: {_shares(spec, each.scenario.canary)}"
        yield from (next(left) for _ in found)


def _outcome_row(group: Group) -> tuple[str, ...]:
    words = _CAUSES.get(group.cause, f"back: {group.cause}") if group.cause else str(group.outcome)
    undecided = group.outcome is Outcome.UNDECIDED
    return (
        f"  {words}",
        percent(group.chance.share),
        f"{100 * group.chance.low:.3g} to {percent(group.chance.high)}",
        "-" if undecided else span(group.seconds.median),
        "-" if undecided else span(group.seconds.p95),
        f"{group.bad.median:,.0f}",
        f"{group.bad.p95:,.0f}",
    )


def _step_row(step: StepNeed, scrape: float) -> tuple[str, ...]:
    need = step.slowest
    return (
        f"{step.weight} %" if step.coming is None else f"{step.weight} to {step.coming} %",
        _excluded(need) if need else "-",
        _needed(need) if need else "-",
        _time(step.takes),
        _reason(step, scrape),
    )


def _excluded(need: Need) -> str:
    bad = _BAD[need.rule]
    return f"{bad} above limit" if need.margin is None else f"{bad} +{percent(need.margin)}"


def _needed(need: Need) -> str:
    if need.requests == inf:
        return "no proof possible"
    time = "" if need.seconds == inf else f", {span(need.seconds)}"
    return f"{need.requests:,.0f} requests{time}" if need.requests else "nothing more"


def _reason(step: StepNeed, scrape: float) -> str:
    """What the time of a step is spent on: the longest of all that it waits for."""
    proof = max((need.seconds for need in step.needs), default=0.0)
    waits = {"one scrape": scrape, "its hold": step.hold, "the proof": proof, "the split": step.check}
    return max(waits, key=lambda name: waits[name])


def _time(seconds: float) -> str:
    return "never ends" if seconds == inf else span(seconds)


def _shares(spec: Spec, service: Service) -> str:
    errors = f"{percent(service.errors)} errors"
    return f"{errors}, {percent(service.slow)} slow" if spec.rules.latency else errors


def _warnings(spec: Spec, assumed: Assumed, steps: Sequence[StepNeed]) -> Iterator[str]:
    if not spec.rules.latency:
        yield "there is no latency rule, so slow answers are not judged"
    if not spec.rules.errors:
        yield "there is no rule on errors, so the scenarios are about slow answers and errors are not judged"
    late = [
        f"{step.weight} % takes {_time(step.takes)} of {span(step.deadline)}" for step in steps if step.late
    ]
    if not assumed.rate:
        yield (
            "without users the release holds its first step until the progressDeadline, "
            f"{span(steps[0].deadline)} with the hold, and goes back"
        )
    elif late:
        yield (
            f"slow: {', '.join(late)} (hold and progressDeadline); it holds while evidence comes in: for a "
            "quicker end allow a larger budget.risk or tolerance, or larger weights"
        )


def _scenario(each: Played) -> dict[str, Any]:
    ways = [end.outcome for end in each.ends]
    return {
        "name": each.scenario.name,
        "canary": asdict(each.scenario.canary),
        "promoted": asdict(chance(ways.count(Outcome.PROMOTED), len(ways))),
        "rolledBack": asdict(chance(ways.count(Outcome.ROLLED_BACK), len(ways))),
        "undecided": asdict(chance(ways.count(Outcome.UNDECIDED), len(ways))),
        "ends": [asdict(group) for group in summary(each.ends)],
    }


def _finite(value: Any) -> Any:
    """JSON has no word for a time that never ends."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if value == inf else value
