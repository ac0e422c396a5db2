from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from canary.core.audit import Moment, checked, unexplained
from canary.core.margin import Tally
from canary.core.model import Evidence, JournalEntry, Phase, Verb, Verdict, View
from canary.core.records import Header, Kept, Looked, read, written
from canary.core.replay import Replay, replay, runs

from .build import NEW, NOW, RULES
from .tape import Tape, taped

CONTROLLER = "canary-controller"


@pytest.fixture(scope="module")
def good() -> Tape:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run(300, until=Phase.PROMOTING)
    tape.world.run(300, until=Phase.HEALTHY)
    return tape


@pytest.fixture(scope="module")
def bad() -> Tape:
    tape, _ = taped()
    new = tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.errors[new] = 0.5
    tape.world.run(60, until=Phase.ROLLED_BACK)
    return tape


def tampered(tape: Tape, line: int, *path: str | int, to: Any) -> Kept:
    """What is kept, with one value of one look changed."""
    lines = list(tape.lines)
    document = json.loads(lines[line])
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    lines[line] = json.dumps(document)
    return replace(read(lines), journal=tape.kept.journal)


def last_run(kept: Kept) -> Replay:
    return replay(runs(kept)[-1])


# --- the same again --------------------------------------------------------------------------------


def test_a_promoted_release_comes_out_the_same_to_the_last_bit(good: Tape) -> None:
    found = good.replay()
    assert (found.agrees, found.disagreements, found.notes, found.repeated) == (True, (), (), 0)
    assert len(found.moments) == len(good.looks)
    assert [each.words for each in found.lines] == [
        "the first share needs no evidence",
        "every rule is PASS, errors/edge with the least to spare",
        "every rule is PASS, errors/edge with the least to spare",
        "rests on no evidence",
        "rests on no evidence",
    ]


def test_a_rolled_back_release_comes_out_the_same_and_failed_when_it_was_said_to(bad: Tape) -> None:
    found = bad.replay()
    assert found.agrees
    (back,) = (each for each in found.lines if each.evidence)
    assert (back.entry.phase, back.words) == (Phase.ROLLING_BACK, "errors/edge is FAIL")
    assert found.moments[-1].time == back.entry.time
    assert found.moments[-1].against > found.moments[0].against


def test_a_moment_tells_weight_and_what_is_to_come(good: Tape) -> None:
    found = good.replay()
    steps = {(each.weight, each.coming) for each in found.moments}
    assert steps == {(0, 10), (10, 50), (50, 100), (100, None), (0, 10)}
    assert all(bool(each.rows) == bool(each.weight) for each in found.moments)


def test_a_skipped_step_rests_on_the_order() -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.order(Verb.PROMOTE)
    tape.journal |= {entry.sequence: entry for entry in tape.world.status.journal}
    tape.world.run_to_weight(50)
    found = tape.replay()
    assert found.agrees
    words = found.lines[-1].words
    assert words.startswith("ordered by ann: at the step from 10 % to 50 % ")
    assert words.endswith(" is HOLD")


def test_a_budget_that_was_spent_is_counted_again() -> None:
    tape, _ = taped()
    tape.world.manifest["spec"]["budget"] = {"badAnswers": 3}
    tape.world.manifest["spec"]["rules"] = {"errors": {"max": "50%", "tolerance": "50%"}}
    new = tape.world.upgrade("service:2")
    tape.world.errors[new] = 0.1
    tape.world.run(200, until=Phase.ROLLED_BACK)
    found = tape.replay()
    assert found.agrees
    (spent,) = (each for each in found.lines if each.entry.rule == "budget")
    assert spent.words.endswith("bad answers of the canary, 3 may be spent")


def test_two_releases_are_told_apart(good: Tape) -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.upgrade("service:3")
    tape.world.run(60)
    tape.world.upgrade("service:2")
    tape.world.run(60)
    first, second, third = runs(tape.kept)
    assert first.header.revision == third.header.revision != second.header.revision
    assert all(replay(each).agrees for each in (first, second, third))
    assert {each.revision for each in first.journal} == {first.header.revision}
    assert max(each.time for each in first.journal) < min(each.time for each in third.journal)
    assert len(runs(good.kept)) == 1


def test_changed_rules_count_from_nothing_as_they_did_then() -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.run(20)
    tape.world.manifest["spec"]["rules"] = {"errors": {"max": "2%"}}
    tape.world.run(200, until=Phase.HEALTHY)
    found = tape.replay()
    assert found.agrees
    judged = [len(each.rows) for each in found.moments if each.rows]
    assert (judged[0], judged[-1]) == (4, 2)


# --- crashes and what is lost ----------------------------------------------------------------------


def test_a_look_whose_status_was_never_saved_does_not_count() -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    while tape.die().look is None:
        tape.world.run(0.5)
    tape.world._pass(1.0)
    tape.world.run(200, until=Phase.HEALTHY)
    found = tape.replay()
    assert (found.agrees, found.repeated) == (True, 1)
    assert len(found.moments) == len(tape.looks) - 1


def test_a_missing_look_is_missed_once(good: Tape) -> None:
    missing = good.looks[8]
    lines = [line for line in good.lines if line != written(missing)]
    found = last_run(replace(read(lines), journal=good.kept.journal))
    gaps = [each for each in found.disagreements if "that was not recorded" in each]
    assert len(gaps) == 1
    assert gaps[0].startswith("2023-11-14T")
    assert "from here on nothing can be judged again" in gaps[0]


def test_a_rollback_whose_look_is_missing_is_named(bad: Tape) -> None:
    found = last_run(replace(read(bad.lines[:-1]), journal=bad.kept.journal))
    (said,) = found.disagreements
    assert said.endswith("errors/edge took the users back on a look that was not recorded")


def test_a_lost_beginning_is_bridged_by_what_was_known_then(good: Tape) -> None:
    header, first = good.kept.records[0], good.looks[6]
    assert isinstance(header, Header)
    lines = good.lines[good.lines.index(written(first)) :]
    known = replace(header, checkpoint=_checkpoint_before(good, first))
    found = last_run(replace(read([written(known), *lines]), journal=good.kept.journal[1:]))
    assert (found.agrees, len(found.moments)) == (True, len(good.looks) - 6)
    (note,) = found.notes
    assert "is no longer kept: judged from what was known then" in note


def _checkpoint_before(tape: Tape, looked: Looked) -> Any:
    for decision in tape.world.decisions:
        stored = decision.status.checkpoint
        if stored and stored["time"] == looked.after:
            return stored
    raise AssertionError("no such checkpoint")


def test_a_checkpoint_of_another_time_bridges_nothing(good: Tape) -> None:
    header, first = good.kept.records[0], good.looks[6]
    assert isinstance(header, Header)
    lines = good.lines[good.lines.index(written(first)) :]
    known = replace(header, checkpoint=_checkpoint_before(good, good.looks[5]))
    found = last_run(read([written(known), *lines]))
    assert not found.agrees
    assert found.moments == ()


def test_looks_without_a_header_belong_to_no_release(good: Tape) -> None:
    assert runs(replace(good.kept, records=good.kept.records[1:])) == ()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_to_a_release_it_comes_out_the_same(seed: int) -> None:
    """Bad answers, a store that is away, orders, and deaths at any moment."""
    luck = random.Random(seed)
    tape, _ = taped(rate=luck.choice([30.0, 150.0, 600.0]))
    world = tape.world
    new = world.upgrade("service:2", steps=[{"weight": 10, "hold": "3s"}, {"weight": 30}, {"weight": 100}])
    world.errors[new] = luck.choice([0.0, 0.003, 0.02])
    for _ in range(150):
        world.metrics_up = luck.random() > 0.15
        if luck.random() < 0.02:
            world.order(luck.choice([Verb.PAUSE, Verb.RESUME, Verb.PROMOTE]))
        if luck.random() < 0.05:
            tape.die()
            world._pass(0.3)
        world._pass(world.loop().requeue_after)
        if world.status.phase in (Phase.HEALTHY, Phase.ROLLED_BACK):
            break
    found = tape.replay()
    assert found.disagreements == ()
    assert len(found.moments) > 3


# --- what does not agree ---------------------------------------------------------------------------


def test_a_number_that_was_changed_by_one_bit_is_named(bad: Tape) -> None:
    proof = bad.looks[-1].rows[0].proof
    other = proof * (1 + 2**-52)
    found = last_run(tampered(bad, -1, "rows", 0, "proof", to=other))
    (said,) = found.disagreements
    assert "at 10 %: errors/edge was FAIL" in said
    assert repr(other) in said
    assert repr(proof) in said


def test_a_count_that_was_changed_makes_every_later_number_differ(good: Tape) -> None:
    line = next(n for n, line in enumerate(good.lines) if '"weight":10,' in line and '"requests"' in line)
    found = last_run(tampered(good, line, "look", "blocks", "edge", 0, "stable", "errors", to=40))
    assert len(found.disagreements) > 5
    assert any(
        each.startswith("2023-11-14T") and "judged again it is" in each for each in found.disagreements
    )


def test_a_row_that_is_not_there_is_named(bad: Tape) -> None:
    found = last_run(tampered(bad, -1, "rows", to=[]))
    (said,) = found.disagreements
    assert said.endswith(
        "was judged by nothing, judged again by errors/edge, errors/application, latency/edge, "
        "latency/application"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("rules", "confidence"), 1.0, id="no doubt at all"),
        pytest.param(("steps",), [{"weight": 10}, {"weight": 0}], id="a step of nothing"),
    ],
)
def test_numbers_that_make_no_sense_are_said_to_make_none(
    bad: Tape, path: tuple[str, ...], value: Any
) -> None:
    found = last_run(tampered(bad, 0, *path, to=value))
    assert any(
        each.endswith("cannot be judged again: the numbers make no sense") for each in found.disagreements
    )


# --- the lines of a journal ------------------------------------------------------------------------


COUNTED = "3 of 1204 bad, stable 0 of 10800: 2 % more than stable is excluded at odds of 1,204.5 : 1"


def judgement(verdict: Verdict, rule: str = "errors", bad: int = 0) -> Evidence:
    return Evidence(rule, View.EDGE, verdict, Tally(100, bad, 900, 0), COUNTED, proof=5.0)


def moment(*verdicts: Verdict, time: float = NOW, weight: int = 10, coming: int | None = 50) -> Moment:
    return Moment(time, weight, coming, 0.0, tuple(map(judgement, verdicts)), RULES)


def entry(old: int, new: int, phase: Phase = Phase.PROGRESSING, **fields: Any) -> JournalEntry:
    line = JournalEntry(1, NOW + 1, old, new, phase, NEW, "errors/edge", COUNTED, "because", CONTROLLER)
    return replace(line, **fields)


PASSED, HELD, FAILED = moment(Verdict.PASS), moment(Verdict.HOLD, Verdict.PASS), moment(Verdict.FAIL)
BACK = entry(10, 0, Phase.ROLLING_BACK, time=NOW)
ORDERED = entry(10, 10, rule="order", actor="ann", time=NOW)


@pytest.mark.parametrize(
    ("line", "known", "words"),
    [
        pytest.param(entry(10, 50), [PASSED], "every rule is PASS, errors/edge with the least", id="proved"),
        pytest.param(
            entry(10, 50, time=NOW),
            [PASSED, moment(Verdict.HOLD, weight=50, coming=100)],
            "every rule is PASS, errors/edge with the least",
            id="proved, and looked at again in the same instant",
        ),
        pytest.param(entry(0, 10), [], "the first share needs no evidence", id="the first share"),
        pytest.param(entry(90, 10), [], "rests on no evidence", id="less"),
        pytest.param(entry(0, 10, rule="foreign"), [], "rests on no evidence", id="put back"),
        pytest.param(BACK, [FAILED], "errors/edge is FAIL", id="failed"),
        pytest.param(
            entry(10, 50, numbers="bad: 3 of 1,204; stable: 0 of 10,800. Not 2.0% worse: 1204.50 to 1"),
            [PASSED],
            "every rule is PASS, errors/edge with the least",
            id="told in the words of another release",
        ),
        pytest.param(
            entry(10, 50),
            [replace(PASSED, rows=(judgement(Verdict.PASS, rule="drift"),))],
            "every rule is PASS",
            id="proved by what holds nothing up",
        ),
    ],
)
def test_a_line_that_follows(line: JournalEntry, known: list[Moment], words: str) -> None:
    (found,) = checked([line], known)
    assert found.agrees
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    ("line", "known", "words"),
    [
        pytest.param(
            entry(10, 50),
            [HELD],
            "at the step from 10 % to 50 % errors/edge is HOLD, and nobody ordered it",
            id="not proved",
        ),
        pytest.param(
            entry(10, 50),
            [replace(PASSED, time=NOW + 2)],
            "the step from 10 % to 50 % rests on no look that is recorded, and nobody ordered it",
            id="proved later",
        ),
        pytest.param(
            entry(10, 50),
            [moment(coming=50)],
            "the step from 10 % to 50 % rests on no look that is recorded, and nobody ordered it",
            id="never judged",
        ),
        pytest.param(
            entry(10, 50),
            [moment(Verdict.PASS, coming=25)],
            "the step from 10 % to 50 % rests on a look at 10 % with 25 % to come, and nobody ordered it",
            id="another step was proved",
        ),
        pytest.param(
            entry(10, 50, actor="ann"),
            [HELD],
            "at the step from 10 % to 50 % errors/edge is HOLD, and nobody ordered it",
            id="an order that is not in the journal",
        ),
        *(
            pytest.param(
                entry(10, 50, numbers=numbers),
                [PASSED],
                f"says errors/edge: {numbers}; judged again it is errors/edge: {COUNTED}",
                id=title,
            )
            for title, numbers in (
                ("another number", COUNTED.replace("3 of", "2 of")),
                ("a digit after the point", COUNTED.replace("1,204.5", "1,204.6")),
                ("another sign", COUNTED.replace("2 %", "-2 %")),
                ("numbers in another order", COUNTED.replace("3 of 1204", "1204 of 3")),
                ("one number more", f"{COUNTED}; 1 sample was left out"),
                ("one number less", COUNTED.partition(" : 1")[0]),
                ("no numbers", "none bad"),
            )
        ),
        pytest.param(
            entry(10, 50, rule="latency/edge"),
            [PASSED],
            f"says latency/edge: {COUNTED}; judged again it is errors/edge: {COUNTED}",
            id="another rule",
        ),
        pytest.param(
            BACK,
            [HELD],
            "errors/edge took the users back, but judged again errors/edge is HOLD",
            id="not failed",
        ),
        pytest.param(
            BACK,
            [moment()],
            "errors/edge took the users back, but judged again nothing was judged",
            id="no row",
        ),
        pytest.param(
            BACK, [], "errors/edge took the users back on a look that was not recorded", id="no look"
        ),
        pytest.param(
            entry(10, 0, Phase.ROLLING_BACK, rule="budget"),
            [],
            "0 bad answers of the canary, 0 may be spent",
            id="a budget that nobody set",
        ),
    ],
)
def test_a_line_that_does_not_follow_says_why(line: JournalEntry, known: list[Moment], words: str) -> None:
    (found,) = checked([line], known)
    assert (found.agrees, found.words) == (False, words)


def test_an_order_in_the_journal_stands_for_the_proof() -> None:
    line = entry(10, 50, actor="ann", sequence=2)
    _, found = checked([ORDERED, line], [HELD])
    assert found.agrees
    assert found.words == "ordered by ann: at the step from 10 % to 50 % errors/edge is HOLD"


def test_a_failure_that_takes_nobody_back_is_named() -> None:
    assert list(unexplained([BACK], [FAILED])) == []
    assert list(unexplained([entry(10, 10, time=NOW)], [FAILED])) == [
        "2023-11-14T22:13:20.000Z: errors/edge says FAIL, but no line takes the users back"
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param([entry(10, 50)], [], id="a line"),
        pytest.param([entry(10, 50, time=NOW + 6)], ["the weight went from 10 % to 50 %"], id="too late"),
        pytest.param([entry(10, 25)], ["the weight went from 10 % to 50 %"], id="another weight"),
    ],
)
def test_a_weight_that_changed_without_a_line_is_named(lines: list[JournalEntry], said: list[str]) -> None:
    later = moment(Verdict.HOLD, time=NOW + 5, weight=50, coming=100)
    found = list(unexplained(lines, [PASSED, replace(PASSED, time=NOW + 0.5), later]))
    assert [each.partition(": ")[2] for each in found] == [f"{words} without a line" for words in said]
