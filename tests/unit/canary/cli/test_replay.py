from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from canary.cli.plot import draw
from canary.core.model import (
    Block,
    Counts,
    DriftRule,
    JournalEntry,
    Look,
    Phase,
    Rules,
    Step,
    Verdict,
    View,
)
from canary.core.model import ErrorRule as Errors
from canary.core.records import Header, Kept, Looked, Row, row, written
from canary.core.replay import replay, runs
from canary.ports import RefusedError, UnreachableError
from canary.shown.chart import Chart, Curve, Mark, chart
from canary.shown.scale import odds, spread

from .build import CANARY, HEALTHY, NOW, STABLE, Shell, shell

if TYPE_CHECKING:
    from pathlib import Path

CONTROLLER = "canary-controller"
RULES = Rules(Errors(0.01, 0.0), None, confidence=0.99, risk=0.02)
STEPS = (Step(10), Step(50), Step(100))
PNG = b"\x89PNG\r\n"


def tick(number: int, weight: int, bad: int) -> Block:
    end = NOW + 5.0 * number
    return Block(end - 5, end, Counts(10 * weight, bad), Counts(1000 - 10 * weight, 1))


def recorded(*looks: tuple[int, int | None, int], started: float = NOW, revision: str = CANARY) -> Kept:
    """The records of a release whose looks were at (weight, weight to come, bad answers)."""
    header = Header("production", "forecast", revision, STABLE, started, RULES, STEPS, tuple(View))
    records: list[Header | Looked] = [header]
    for number, (weight, coming, bad) in enumerate(looks, start=1):
        block = tick(number, weight, bad)
        time = block.end + 0.25 + (started - NOW)
        ticks = {view: (replace(block, begin=time - 5, end=time),) for view in View}
        look = Look(time, revision, weight, coming, confirmed=True, edges={}, blocks=ticks)
        after = records[-1].look.time if isinstance(records[-1], Looked) else 0.0
        unjudged = Looked(started, after, look)
        (*_, found) = replay(runs(Kept((*records, unjudged)))[-1]).moments
        records.append(replace(unjudged, rows=tuple(map(row, found.rows))))
    return Kept(tuple(records))


def lines(kept: Kept, *changes: tuple[int, int, int, Phase, str]) -> list[JournalEntry]:
    """Journal lines: at which look (from 1), from, to, phase, actor."""
    looks = [each for each in kept.records if isinstance(each, Looked)]
    (found,) = runs(kept)
    moments = replay(found).moments
    told = []
    for sequence, (number, old, new, phase, actor) in enumerate(changes, start=1):
        time, rows = looks[number - 1].look.time, moments[number - 1].rows
        judged = max(rows, key=lambda each: (each.verdict, -each.proof), default=None)
        rule, numbers = (f"{judged.rule}/{judged.view}", judged.detail) if judged else ("readiness", "")
        told.append(JournalEntry(sequence, time, old, new, phase, CANARY, rule, numbers, "because", actor))
    return told


GOOD = recorded((0, 10, 0), (10, 50, 0), (10, 50, 0), (50, 100, 0), (50, 100, 0))
WENT_ON = lines(GOOD, (1, 0, 10, Phase.PROGRESSING, CONTROLLER), (3, 10, 50, Phase.PROGRESSING, CONTROLLER))
BAD = recorded((0, 10, 0), (10, 50, 0), (10, 50, 60))
WENT_BACK = lines(BAD, (1, 0, 10, Phase.PROGRESSING, CONTROLLER), (3, 10, 0, Phase.ROLLING_BACK, CONTROLLER))


def kept_by(kept: Kept, journal: list[JournalEntry]) -> Shell:
    """The program on a cluster that keeps these records and lines."""
    canary = shell(replace(HEALTHY, journal=()))
    stored = canary.desk.release("production", "forecast")
    canary.desk.book.keep(stored, kept.records)
    canary.desk.book.append(stored, journal)
    return canary


def changed(kept: Kept) -> Kept:
    """One bit of the last number is another."""
    *before, last = kept.records
    assert isinstance(last, Looked)
    rows = (replace(last.rows[0], proof=last.rows[0].proof * (1 + 2**-52)), *last.rows[1:])
    return replace(kept, records=(*before, replace(last, rows=rows)))


# --- canary replay -----------------------------------------------------------------------------------


def test_the_numbers_of_these_tests_are_what_they_should_be() -> None:
    looks = [each for each in GOOD.records if isinstance(each, Looked)]
    assert {each.verdict for each in looks[2].rows} == {Verdict.PASS}
    assert Verdict.FAIL in {each.verdict for each in BAD.records[-1].rows}  # type: ignore[union-attr]


def test_every_decision_is_told_with_its_numbers_and_that_it_agrees() -> None:
    canary = kept_by(GOOD, WENT_ON)
    assert canary("replay") == 0
    assert canary.lines[0] == (
        f"forecast in production: revision {CANARY} against {STABLE}, began 2026-11-23T09:00:00Z"
    )
    first, second = canary.lines[3:5]
    assert re.search(r"0 > 10 % +readiness +- +- +the first share needs no evidence$", first)
    assert re.search(
        r"10 > 50 % +errors/edge +agrees +0 of 200 bad, stable 2 of 1800: .* every rule is PASS", second
    )
    assert canary.lines[-1] == "agrees: 5 looks with 8 judgements come out the same to the last bit"
    assert canary.story == []


def test_a_rollback_that_followed_from_the_numbers_agrees() -> None:
    canary = kept_by(BAD, WENT_BACK)
    assert canary("replay", "forecast") == 0
    assert re.search(r"10 > 0 % +errors/edge +agrees +60 of 200 bad.* errors/edge is FAIL$", canary.lines[4])


def test_one_bit_makes_a_release_differ() -> None:
    canary = kept_by(changed(GOOD), WENT_ON)
    assert canary("replay") == 1
    assert canary.lines[-2].startswith("differs: 2026-11-23T09:00:25.250Z at 50 %: errors/edge was ")
    assert canary.lines[-1] == "differs in 1 places; 5 looks with 8 judgements were made again"


def test_a_line_that_does_not_follow_differs() -> None:
    line = replace(WENT_BACK[1], numbers="600 of 200 bad")
    canary = kept_by(BAD, [WENT_BACK[0], line])
    assert canary("replay") == 1
    assert "differs" in canary.lines[4]
    assert canary.lines[-2].startswith("differs: 2026-11-23T09:00:15.250Z: says errors/edge: 600 of 200 bad;")


def test_lines_in_the_words_of_another_release_agree_as_long_as_their_numbers_do(tmp_path: Path) -> None:
    """`replay --from` reads what an older controller wrote; only words are another's here."""

    def told(changes: dict[str, str]) -> Shell:
        line = WENT_BACK[1]
        for old, new in changes.items():
            line = replace(line, numbers=line.numbers.replace(old, new))
        assert line != WENT_BACK[1]
        file = tmp_path / "kept.jsonl"
        file.write_text("\n".join(map(written, (*BAD.records, WENT_BACK[0], line))), encoding="utf-8")
        canary = shell(HEALTHY)
        canary("replay", "--from", str(file))
        return canary

    reworded = {" bad, stable ": " wrong answers, beside ", "the canary is worse, at odds of": "worse:"}
    assert told(reworded).lines[-1] == "agrees: 3 looks with 4 judgements come out the same to the last bit"
    assert told({**reworded, "60 of": "61 of"}).lines[-1].startswith("differs in 1 places")


def test_the_document_has_all_of_it() -> None:
    canary = kept_by(GOOD, WENT_ON)
    assert canary("replay", "-o", "json") == 0
    document = json.loads(canary.out.getvalue())
    assert (document["name"], document["revision"], document["agrees"]) == ("forecast", CANARY, True)
    assert [(each["weightTo"], each["agrees"], each["evidence"]) for each in document["decisions"]] == [
        (10, True, False),
        (50, True, True),
    ]
    assert [(each["weight"], each["coming"], len(each["rows"])) for each in document["moments"]] == [
        (0, 10, 0),
        (10, 50, 2),
        (10, 50, 2),
        (50, 100, 2),
        (50, 100, 2),
    ]
    assert document["moments"][1]["rows"][0]["proof"] == GOOD.records[2].rows[0].proof  # type: ignore[union-attr]
    assert (document["disagreements"], document["repeated"], document["notes"]) == ([], 0, [])


def test_what_is_kept_can_be_saved_and_replayed_without_a_cluster(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    there = kept_by(GOOD, WENT_ON)
    assert there("replay", "--save", str(file)) == 0
    here = Shell(there.desk)
    here.desk.trouble = UnreachableError("there is no cluster")
    assert here("replay", "--from", str(file)) == 0
    assert here.lines == there.lines
    assert here.asked == []


def test_a_saved_release_can_come_through_a_pipe() -> None:
    records = [*GOOD.records, *WENT_ON]
    canary = Shell(shell(HEALTHY).desk, stdin="".join(f"{written(each)}\n" for each in records).encode())
    assert canary("replay", "forecast", "--from", "-") == 0


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    good = [written(each) for each in (*GOOD.records, *WENT_ON)]
    file.write_text("\n".join(["nonsense"] * 25 + good), encoding="utf-8")
    canary = shell(HEALTHY)
    assert canary("replay", "--from", str(file)) == 0
    assert canary.story[0] == f"canary: {file}: line 1: is no JSON that anybody wrote on purpose"
    assert canary.story[-1] == "canary: 5 more lines cannot be read"


def test_looks_that_led_nowhere_and_lost_beginnings_are_noted() -> None:
    first, *_, last = (each for each in GOOD.records if isinstance(each, Looked))
    again = replace(last, look=replace(last.look, time=last.look.time + 1))
    canary = kept_by(replace(GOOD, records=(*GOOD.records, again)), WENT_ON)
    canary("replay")
    assert "note: 1 looks led nowhere: the controller died before it could save them" in canary.lines
    assert first.after == 0.0


def test_many_disagreements_are_cut_short() -> None:
    kept = recorded(*[(10, 50, 0)] * 30)
    rows = tuple(
        replace(each, rows=(replace(each.rows[0], needed=-1), *each.rows[1:]))
        if isinstance(each, Looked)
        else each
        for each in kept.records
    )
    canary = kept_by(replace(kept, records=rows), [])
    assert canary("replay") == 1
    assert canary.lines[-2] == "differs: 10 more; -o json has all of them"


BOTH = Kept(
    (
        *recorded((10, 50, 0), started=NOW - 1000).records,
        *recorded((10, 50, 0), started=NOW - 500, revision="feedbeef00").records,
        *GOOD.records,
    )
)


@pytest.mark.parametrize(
    ("which", "began"),
    [
        ("1", "09:00:00"),
        ("2", "08:51:40"),
        ("3", "08:43:20"),
        ("feedbeef00", "08:51:40"),
        ("feed", "08:51:40"),
        (CANARY, "09:00:00"),
    ],
)
def test_a_release_is_chosen_by_number_from_the_last_or_by_revision(which: str, began: str) -> None:
    canary = kept_by(BOTH, WENT_ON)
    canary("replay", "--release", which)
    assert canary.lines[0].endswith(f"began 2026-11-23T{began}Z")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("replay", "--release", "4"),
            "release production/forecast: --release 4: choose from 1, the last, to 3",
        ),
        (
            ("replay", "--release", "0"),
            "release production/forecast: --release 0: choose from 1, the last, to 3",
        ),
        (
            ("replay", "--release", "abc"),
            f"release production/forecast: --release abc: not found: there is {CANARY}, feedbeef00",
        ),
        (("replay", "--from", "nowhere.jsonl"), "nowhere.jsonl: read: no such file or directory"),
        (("replay", "--save", "no/such/place"), "no/such/place: write: no such file or directory"),
        (("replay", "nobody"), "release production/nobody: not found: there is forecast"),
    ],
)
def test_what_cannot_be_replayed_is_wrong_usage_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    canary = kept_by(BOTH, WENT_ON)
    assert (canary(*arguments), canary.lines, len(canary.story)) == (2, [], 1)
    assert canary.story[0].startswith(f"canary: {said}")


def test_a_release_without_records_is_said_to_have_none() -> None:
    canary = shell(HEALTHY)
    assert canary("replay") == 2
    assert canary.story == [
        "canary: release production/forecast: no look is recorded: records begin with the next release"
    ]


def test_another_release_than_the_saved_one_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text("".join(f"{written(each)}\n" for each in GOOD.records), encoding="utf-8")
    canary = shell(HEALTHY)
    assert canary("replay", "orders", "--from", str(file)) == 2
    assert canary.story == [f"canary: {file}: holds no release called orders: there is forecast"]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(UnreachableError("API server: GET: no answer"), 5), (RefusedError("ConfigMap: GET: forbidden"), 3)],
)
def test_trouble_with_the_cluster_is_one_line(trouble: Exception, code: int) -> None:
    canary = kept_by(GOOD, WENT_ON)
    canary.desk.trouble = trouble
    assert (canary("replay"), canary.lines, canary.story) == (code, [], [f"canary: {trouble}"])


# --- canary why --plot -------------------------------------------------------------------------------


def words(svg: bytes) -> list[str]:
    """All text of a picture, which a program can read."""
    drawing = ET.fromstring(svg)  # noqa: S314 - our own
    return ["".join(each.itertext()).strip() for each in drawing.iter() if each.tag.endswith("}text")]


def test_the_evidence_of_the_last_release_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "why.svg"
    canary = kept_by(BAD, WENT_BACK)
    assert canary("why", "--plot", str(file)) == 0
    assert canary.lines[0] == "forecast in production is Healthy."
    assert canary.story == [f"canary: the evidence over time is drawn in {file}"]
    told = words(file.read_bytes())
    assert f"forecast in production: revision {CANARY} goes back" in told
    assert {"against the canary", "for: errors, edge", "for: errors, application"} <= set(told)
    assert {"▲ 10 %", "▼ back: errors/edge", "100 : 1", "goes back, or is proved"} <= set(told)


def test_a_picture_can_be_a_png(tmp_path: Path) -> None:
    file = tmp_path / "why.PNG"
    assert kept_by(GOOD, WENT_ON)("why", "--plot", str(file)) == 0
    assert file.read_bytes().startswith(PNG)


def test_a_picture_of_no_known_kind_is_wrong_usage() -> None:
    canary = kept_by(GOOD, WENT_ON)
    assert (canary("why", "--plot", "why.gif"), canary.lines, canary.asked) == (2, [], [])
    assert canary.story[0].startswith("canary: --plot why.gif: the name must end in .svg or .png.")


def test_without_matplotlib_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canary.cli.plot.find_spec", lambda _: None)
    canary = kept_by(GOOD, WENT_ON)
    assert (canary("why", "--plot", "why.svg"), canary.lines, canary.asked) == (2, [], [])
    assert canary.story == ["canary: matplotlib: import: it is not installed: pip install 'serin[plot]'"]


def test_without_records_there_is_nothing_to_draw(tmp_path: Path) -> None:
    canary = shell(HEALTHY)
    assert canary("why", "--plot", str(tmp_path / "why.svg")) == 2
    assert "no look is recorded" in canary.story[0]


def test_why_without_a_picture_needs_no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canary.cli.plot.find_spec", lambda _: None)
    assert kept_by(GOOD, WENT_ON)("why") == 0


# --- what is drawn -----------------------------------------------------------------------------------


def drawn(kept: Kept, journal: list[JournalEntry]) -> Chart:
    (found,) = runs(replace(kept, journal=tuple(journal)))
    return chart(found)


def test_the_chart_holds_each_bet_over_time() -> None:
    found = drawn(GOOD, WENT_ON)
    looks = [each for each in GOOD.records if isinstance(each, Looked) and each.rows]
    assert [each.label for each in found.proofs] == ["for: errors, edge", "for: errors, application"]
    points = found.proofs[0].points
    assert [time for time, _ in points] == [10.25, 15.25, 20.25, 20.25, 25.25]
    assert [value for _, value in points][:2] == [each.rows[0].proof for each in looks[:2]]
    assert str(points[2][1]) == "nan", "another step to come is another bet"
    assert [time for time, _ in found.against.points] == [10.25, 15.25, 20.25, 25.25]
    assert found.lost == found.won == pytest.approx(4.60517)


def test_the_chart_knows_when_who_had_which_share() -> None:
    assert drawn(GOOD, WENT_ON).shares == ((0.0, 0), (5.25, 10), (15.25, 50))
    found = drawn(GOOD, WENT_ON)
    assert [(each.words, each.back) for each in found.marks] == [("10 %", False), ("50 %", False)]
    assert found.title == f"forecast in production: revision {CANARY} is at 50 %"


def test_after_the_promotion_everybody_stays_on_the_new_revision() -> None:
    ends = [
        replace(WENT_ON[1], sequence=3, time=NOW + 26, weight_from=50, weight_to=100, phase=Phase.PROMOTING),
        replace(WENT_ON[1], sequence=4, time=NOW + 30, weight_from=100, weight_to=0, phase=Phase.PROMOTING),
        replace(WENT_ON[1], sequence=5, time=NOW + 32, weight_from=0, weight_to=0, phase=Phase.HEALTHY),
    ]
    found = drawn(GOOD, [*WENT_ON, *ends])
    assert found.shares[-1] == (26.0, 100)
    assert [each.words for each in found.marks] == ["10 %", "50 %", "100 %", "promoted"]
    assert found.title.endswith("was promoted")


def test_people_and_strangers_are_told_from_the_controller() -> None:
    ordered = replace(WENT_ON[1], actor="ann")
    foreign = replace(WENT_ON[1], sequence=3, weight_from=0, weight_to=50, rule="foreign", time=NOW + 22)
    aborted = replace(WENT_BACK[1], sequence=4, time=NOW + 26, actor="bob", rule="order")
    found = drawn(GOOD, [WENT_ON[0], ordered, foreign, aborted])
    assert [each.words for each in found.marks] == ["10 %", "50 %, ann", "back: bob"]


def test_a_strange_name_cannot_spoil_the_picture() -> None:
    found = drawn(GOOD, [WENT_ON[0], replace(WENT_ON[1], actor="$\\frac{\x1b[31m<b>&" + "x" * 90)])
    told = words(draw(found, "svg"))
    assert "▲ 50 %, $\\frac{ [31m<b>&" + "x" * 24 in told


def test_a_running_release_has_not_taken_its_time_yet() -> None:
    assert drawn(GOOD, WENT_ON).subtitle.endswith(
        "in steps of 10, 50, 100 %, began 2026-11-23T09:00:00Z, 25s so far"
    )
    assert drawn(GOOD, []).title.endswith("is at 50 %")
    ended = replace(WENT_BACK[1], sequence=3, time=NOW + 20, weight_from=0, phase=Phase.ROLLED_BACK)
    assert drawn(BAD, [*WENT_BACK, ended]).subtitle.endswith("took 20s")


def test_drift_has_a_line_of_its_own_and_no_part_in_the_others() -> None:
    *before, last = GOOD.records
    assert isinstance(last, Looked)
    drift = Row("drift", View.APPLICATION, Verdict.PASS, 7.5, 4.6, 0)
    header = replace(before[0], rules=replace(RULES, drift=DriftRule(0.2, rollback=True)))
    found = drawn(Kept((header, *before[1:], replace(last, rows=(*last.rows, drift)))), WENT_ON)  # type: ignore[arg-type]
    assert found.other == (Curve("against: drift", ((25.25, 7.5),)),)
    assert found.against.points == drawn(GOOD, WENT_ON).against.points
    assert len(found.proofs) == 2


PLAIN = Chart(
    title="a title",
    subtitle="and more",
    seconds=100.0,
    against=Curve("against", ((0.0, 0.0), (50.0, -900.0), (100.0, 900.0))),
    proofs=(Curve("for", ((0.0, 0.0), (40.0, 3.0), (40.0, float("nan")), (50.0, 1.0))),),
    shares=((0.0, 10), (50.0, 100)),
    marks=(
        Mark(0.0, "10 %"),
        Mark(1.0, "25 %"),
        Mark(2.0, "50 %"),
        Mark(3.0, "75 %"),
        Mark(99.0, "back", back=True),
    ),
    lost=4.605,
    won=4.605,
)


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_same_chart_is_the_same_bytes(form: str) -> None:
    assert draw(PLAIN, form) == draw(PLAIN, form)


def test_a_picture_tells_nothing_of_when_it_was_drawn() -> None:
    told = draw(PLAIN, "svg").decode()
    assert "<dc:date>" not in told
    assert not re.search(r"\b20[0-9]{2}-", told)


def test_without_a_beginning_there_is_no_time_of_day() -> None:
    assert "minutes:seconds since the release began" in words(draw(PLAIN, "svg"))


def test_a_long_release_is_told_in_hours() -> None:
    told = words(draw(replace(PLAIN, seconds=90_000.0, began=NOW), "svg"))
    assert "hours:minutes since the release began; below, the time of day (UTC)" in told


def test_two_boundaries_are_told_apart() -> None:
    told = words(draw(replace(PLAIN, won=6.9078), "svg"))
    assert {"goes back", "is proved"} <= set(told)


def test_a_release_of_one_look_and_one_without_any_bet_can_be_drawn() -> None:
    nothing = replace(PLAIN, seconds=0.0, against=Curve("against", ()), proofs=(), shares=(), marks=())
    assert "a title" in words(draw(nothing, "svg"))
    assert draw(replace(nothing, against=Curve("against", ((0.0, 0.0),))), "png").startswith(PNG)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([0.0, 5.0], [0.0, 5.0]),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
        ([9.5, 9.5, 10.0], [8.0, 9.0, 10.0]),
        ([-3.0, 4.0], [0.0, 4.0]),
        ([], []),
    ],
)
def test_names_of_lines_make_room_for_each_other(wanted: list[float], places: list[float]) -> None:
    assert spread(wanted, 1.0, 0.0, 10.0) == places


def test_odds_are_told_as_people_bet() -> None:
    assert [odds(power) for power in (-6, -2, 0, 2, 6)] == [
        "1 : 1,000,000",
        "1 : 100",
        "1 : 1",
        "100 : 1",
        "1,000,000 : 1",
    ]
