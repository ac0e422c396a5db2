"""What many releases came to, and what can be said with confidence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from benchmarks.decisions.goals import goals, validity_goals
from benchmarks.decisions.outcomes import at_most, row
from benchmarks.decisions.play import PROMOTED, ROLLED_BACK, UNDECIDED, End, Move, play
from benchmarks.decisions.traffic import Traffic
from benchmarks.decisions.world import Cell, Scenario, Tick

from .stage import SAME, cell

BACK = End(ROLLED_BACK, "errors", 30, 5, unseen=False)
UP = End(PROMOTED, "", 180, 1, unseen=False)
HELD = End(UNDECIDED, "", 10800, 9, unseen=False)
BAD = Scenario("errors+5", good=False, words="worse", added=0.05)


@pytest.mark.parametrize(("events", "trials"), [(0, 20), (0, 2000), (1, 50), (20, 2000), (49, 50)])
def test_a_bound_is_that_of_clopper_and_pearson(events: int, trials: int) -> None:
    assert at_most(events, trials) == pytest.approx(
        stats.beta.ppf(0.95, events + 1, trials - events), rel=1e-6
    )


def test_no_event_in_2000_means_less_than_0_15_percent() -> None:
    assert at_most(0, 2000) < 0.0015


def test_everything_is_never_excluded() -> None:
    assert at_most(20, 20) == pytest.approx(1.0)


def test_a_row_counts_ends_and_causes() -> None:
    found = row(cell(), "Serin", [BACK, BACK, UP, HELD])
    assert (found["promoted"], found["rolled_back"], found["undecided"], found["n"]) == (1, 2, 1, 4)
    assert found["causes"] == {"errors": 2}
    assert found["failed"] == [5, 9]


def test_times_are_over_all_releases_so_those_that_never_ended_count_as_latest() -> None:
    found = row(cell(), "Serin", [BACK, BACK, UP, HELD])
    assert (found["back"], found["up"]) == ([30, None], [None, None])


def verdicts(
    scenario: Scenario, ends: list[End], rate: float = 100.0
) -> dict[str, tuple[float | None, bool]]:
    rows = [row(cell(rate, 0.001, scenario), "Serin", ends)]
    return {goal["name"][:2]: (goal["figure"], goal["met"]) for goal in goals(rows)}


def test_a_good_canary_that_goes_back_misses_g1() -> None:
    assert verdicts(SAME, [UP] * 100) == {"G1": (0.0, True), "G7": (0, True)}
    assert verdicts(SAME, [UP] * 98 + [BACK] * 2)["G1"] == (0.02, False)


@pytest.mark.parametrize("clock", ["blind", "idle"])
def test_the_two_clocks_are_no_false_rollback(clock: str) -> None:
    gone = [End(ROLLED_BACK, clock, 1800, 0, unseen=False)]
    assert verdicts(SAME, gone)["G1"] == (0.0, True)


def test_a_bad_canary_for_all_misses_g2_and_its_time_g4() -> None:
    assert verdicts(BAD, [BACK] * 99 + [UP]) == {"G2": (0.01, True), "G4": (30, True), "G7": (0, True)}
    assert verdicts(BAD, [UP] * 60 + [BACK] * 40)["G2"] == (0.6, False)
    assert verdicts(BAD, [UP] * 60 + [BACK] * 40)["G4"] == (None, False)


@pytest.mark.parametrize(
    ("scenario", "load", "ends", "name", "note"),
    [
        pytest.param(
            replace(BAD, name="errors+0.5"),
            (100.0, 0.01),
            [BACK._replace(seconds=555)],
            "G4 more errors, back (median): errors+0.5/100/1%",
            "one who knew both true shares would need about 480 s; "
            "no method with this guarantee can be expected to tell it from what comes in 180 s",
            id="a goal beyond what the requests tell",
        ),
        pytest.param(
            BAD,
            (10.0, 0.01),
            [BACK._replace(seconds=210)],
            "G4 more errors, back (median): errors+5/10/1%",
            "one who knew both true shares would need about 105 s; "
            "the rest is what it costs to learn the shares, and to bet on others as well",
            id="a goal that only an oracle reaches",
        ),
        pytest.param(
            replace(SAME, name="identical"),
            (10.0, 0.001),
            [HELD],
            "G6 good canary, promoted (median): identical/10/0.1%",
            "so many never get there; one who knew both true shares would need about 600 s; "
            "no method with this guarantee can be expected to tell it from what comes in 480 s",
            id="a good canary that is never promoted",
        ),
    ],
)
def test_a_miss_explains_itself(
    scenario: Scenario, load: tuple[float, float], ends: list[End], name: str, note: str
) -> None:
    found = {goal["name"]: goal for goal in goals([row(Cell(scenario, *load), "Serin", ends)])}
    assert (found[name]["met"], found[name]["note"]) == (False, note)


def test_a_goal_that_is_met_tells_what_an_oracle_needs_and_no_more() -> None:
    (found,) = (each for each in goals([row(cell(10.0, 0.01, BAD), "Serin", [BACK])]) if "G4" in each["name"])
    assert (found["met"], found["note"]) == (True, "one who knew both true shares would need about 105 s")


def test_a_weight_raised_unseen_misses_g7() -> None:
    assert verdicts(SAME, [UP._replace(unseen=True), UP])["G7"] == (1, False)


def test_other_controllers_have_no_goals() -> None:
    assert goals([row(cell(), "Argo docs", [BACK])]) == []


def test_an_unfair_boundary_case_misses_g8() -> None:
    fair, unfair = {"fair": True}, {"fair": False}
    rows = [{"parts": 1, "against": fair, "proof": unfair}, {"parts": 5, "against": fair, "proof": fair}]
    assert [goal["met"] for goal in validity_goals(rows)] == [True, False, True, True]


class Scripted:
    """Asks for these weights, one a tick."""

    first, every = 10, 1

    def __init__(self, *weights: int) -> None:
        self._weights = list(weights)

    def observe(self, _: object) -> Move:
        return Move(self._weights.pop(0), "scripted")


def test_a_release_ends_at_all_or_nothing() -> None:
    assert play(lambda _: Scripted(10, 25, 100), Traffic(cell(), 0))[:3] == (PROMOTED, "scripted", 45)
    assert play(lambda _: Scripted(10, 0), Traffic(cell(), 0))[:3] == (ROLLED_BACK, "scripted", 30)
    assert play(lambda _: Scripted(*[10] * 720), Traffic(cell(), 0))[:3] == (UNDECIDED, "", 10800)


def test_a_weight_raised_in_the_dark_is_noticed() -> None:
    dark = Scenario("dark", good=True, words="no store", blind=600.0)
    raised = [
        play(lambda _: Scripted(10, 10, 10, 25, 0), Traffic(cell(scenario=each), 0)) for each in (SAME, dark)
    ]
    assert [end.unseen for end in raised] == [False, True]
    idle = Scenario("idle", good=True, words="nobody", load=0.0)
    assert play(lambda _: Scripted(10, 25, 0), Traffic(cell(scenario=idle), 0)).unseen


def test_the_canarys_bad_answers_are_what_it_cost() -> None:
    total = Scenario("total", good=False, words="all bad", added=1.0)
    end = play(lambda _: Scripted(10, 10, 0), Traffic(cell(scenario=total), 0))
    assert end.failed == pytest.approx(450, rel=0.2)


class Patient(Scripted):
    """Looks once a minute."""

    every = 4


def test_who_looks_once_a_minute_costs_the_users_of_a_minute() -> None:
    total = Scenario("total", good=False, words="all bad", added=1.0)
    traffic = Traffic(cell(scenario=total), 0)
    late = play(lambda _: Patient(10, 0), traffic)
    assert late == play(lambda _: Scripted(*[10] * 7, 0), traffic)
    assert (late.seconds, late.failed) == (120, pytest.approx(1200, rel=0.1))


class Recording(Scripted):
    """Remembers the stretch of every tick that it could read."""

    def __init__(self, *weights: int) -> None:
        super().__init__(*weights)
        self.read: list[tuple[float, float]] = []

    def observe(self, tick: Tick) -> Move:
        if tick.reachable:
            self.read.append((tick.begin, tick.end))
        return super().observe(tick)


def test_every_request_is_shown_once_and_a_gap_afterwards_as_one_tick() -> None:
    dark = Scenario("dark", good=True, words="no store", blind=60.0)
    watcher = Recording(*[10] * 8, 0)
    play(lambda _: watcher, Traffic(cell(scenario=dark), 0))
    assert watcher.read == [(0, 15), (15, 30), (30, 45), (45, 120), (120, 135)]
