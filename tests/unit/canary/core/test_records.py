from __future__ import annotations

import json
from dataclasses import fields, replace
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core.model import (
    Acknowledgement,
    Block,
    Counts,
    Decision,
    DriftRule,
    JournalEntry,
    Look,
    Note,
    Phase,
    PredictionRule,
    ResourceRule,
    Status,
    Verdict,
    View,
)
from canary.core.records import (
    Header,
    Kept,
    Looked,
    Row,
    fresh,
    joined,
    read,
    recorded,
    unrecorded,
    written,
)

from .build import EDGES, NEW, NOW, OLD, RULES, STEPS, healthy, on_step, promoting, row, spec_of
from .tape import taped

HEADER = Header("production", "forecast", NEW, OLD, NOW, RULES, STEPS, tuple(View), {"time": NOW})
TICK = Block(NOW - 5, NOW, Counts(10, 1, 10, 2, (3, 4)), Counts(90))
LOOK = Look(NOW, NEW, 10, 50, confirmed=True, edges=EDGES, blocks={View.EDGE: (TICK,)})
ROW = Row("errors", View.EDGE, Verdict.HOLD, 0.1, -2.5, 17)
LOOKED = Looked(NOW - 40, NOW - 5, LOOK, (ROW,))
ENTRY = JournalEntry(
    1, NOW, 0, 10, Phase.PROGRESSING, NEW, "readiness", "", "all is there", "canary-controller"
)


# --- lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [HEADER, LOOKED, ENTRY], ids=["release", "look", "journal"])
def test_a_record_is_one_compact_line_that_reads_back_as_it_was(
    record: Header | Looked | JournalEntry,
) -> None:
    line = written(record)
    found = read([line])
    assert (*found.records, *found.journal) == (record,)
    assert "\n" not in line
    assert json.dumps(json.loads(line), separators=(",", ":")) == line


def test_every_line_of_a_release_reads_back_to_the_last_bit() -> None:
    tape, _ = taped(errors={})
    tape.world.upgrade("service:2")
    tape.world.run(300, until=Phase.HEALTHY)
    assert [written(record) for record in tape.kept.records] == tape.lines
    assert len(tape.lines) > 15


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, -5e-324, 1.7976931348623157e308, inf, -inf, -0.0])
def test_a_float_keeps_its_bits(number: float) -> None:
    line = written(replace(LOOKED, rows=(replace(ROW, proof=number),)))
    (found,) = read([line]).records
    assert isinstance(found, Looked)
    assert found.rows[0].proof.hex() == number.hex()
    assert "Infinity" not in line


def test_every_kind_of_count_that_there_is_gets_written() -> None:
    counts = Counts(
        *((number,) * 2 if kind == "tuple[int, ...]" else number for number, kind in _kinds(Counts))
    )
    look = replace(LOOK, blocks={View.APPLICATION: (Block(1.0, 2.0, counts, counts),)})
    assert read([written(replace(LOOKED, look=look))]).records == (replace(LOOKED, look=look),)
    assert all(getattr(counts, each.name) != each.default for each in fields(counts))


def _kinds(record: type) -> list[tuple[int, str]]:
    return [(number, str(each.type)) for number, each in enumerate(fields(record), start=1)]


def test_every_kind_of_rule_that_there_is_gets_written() -> None:
    rules = replace(
        RULES,
        bad_answers=7,
        predictions=PredictionRule(0.01, 0.5),
        drift=DriftRule(0.2, rollback=True),
        resources=ResourceRule(0.25, 0.9, 2, rollback=True),
    )
    header = replace(HEADER, rules=rules)
    assert read([written(header)]).records == (header,)
    assert all(getattr(rules, each.name) not in (None, each.default) for each in fields(rules))


def changed(record: Header | Looked | JournalEntry, *path: str | int, to: Any) -> str:
    document = json.loads(written(record))
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return json.dumps(document)


def lacking(record: Header | Looked | JournalEntry, name: str) -> str:
    document = json.loads(written(record))
    del document[name]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("", "is no JSON", id="an empty line"),
        pytest.param('{"kind": "look"', "is no JSON", id="a line that broke off"),
        pytest.param("[" * 100_000, "is no JSON", id="a line nested too deeply"),
        pytest.param("[]", "is no record: its kind must be one of release, look, journal", id="a list"),
        pytest.param("{}", "is no record: its kind", id="no kind"),
        pytest.param('{"kind": []}', "is no record: its kind", id="a kind that is no text"),
        pytest.param('{"kind": "photo"}', "is no record: its kind", id="a strange kind"),
        pytest.param(lacking(LOOKED, "look"), "looked.look: is missing", id="a missing field"),
        pytest.param(
            changed(LOOKED, "mood", to="good"),
            "looked.mood: is unknown: was it written by a newer version?",
            id="an unknown field",
        ),
        pytest.param(changed(LOOKED, "look", to=3), "looked.look: must be an object", id="no object"),
        pytest.param(
            changed(LOOKED, "look", "blocks", to=[]), "looked.look.blocks: must be an object", id="no mapping"
        ),
        pytest.param(
            changed(LOOKED, "look", "blocks", to={"moon": []}),
            "looked.look.blocks: must be one of edge, application",
            id="a strange view",
        ),
        pytest.param(
            changed(LOOKED, "look", "blocks", "edge", 0, "end", to="now"),
            "looked.look.blocks.edge[0].end: must be a number",
            id="no number",
        ),
        pytest.param(
            changed(LOOKED, "look", "blocks", "edge", 0, "canary", "errors", to=0.5),
            "canary.errors: must be a whole number",
            id="no whole number",
        ),
        pytest.param(
            changed(LOOKED, "look", "weight", to=True), "look.weight: must be a whole number", id="a flag"
        ),
        pytest.param(
            changed(LOOKED, "look", "confirmed", to=1), "confirmed: must be true or false", id="no flag"
        ),
        pytest.param(
            changed(LOOKED, "look", "revision", to=None), "look.revision: must be a text", id="no text"
        ),
        pytest.param(changed(LOOKED, "rows", to={}), "looked.rows: must be a list", id="no list"),
        pytest.param(
            changed(LOOKED, "rows", 0, "verdict", to="MAYBE"),
            "looked.rows[0].verdict: must be one of PASS, HOLD, ERROR, FAIL",
            id="a strange verdict",
        ),
        pytest.param(changed(LOOKED, "after", to=-1), "look: its time is no instant", id="before all times"),
        pytest.param(changed(HEADER, "started", to=1e30), "release: its time is no instant", id="after them"),
        pytest.param(changed(ENTRY, "time", to=float("nan")), "journal: its time is no instant", id="never"),
        pytest.param(
            changed(LOOKED, "after", to=10**400), "is no JSON that anybody wrote", id="beyond floats"
        ),
    ],
)
def test_a_line_of_nonsense_is_named_and_the_others_are_read(line: str, problem: str) -> None:
    found = read([written(HEADER), line, written(LOOKED)], "web-journal-3")
    assert found.records == (HEADER, LOOKED)
    (said,) = found.problems
    assert said.startswith("web-journal-3: line 2: ")
    assert problem in said


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.text()
    | _JSON.map(json.dumps)
    | st.dictionaries(st.sampled_from(["kind", "look"]), _JSON).map(json.dumps)
)
def test_the_reader_never_raises(line: str) -> None:
    found = read([line])
    assert len(found.problems) + len(found.records) + len(found.journal) == 1


def test_what_was_read_from_several_places_is_put_together_in_order() -> None:
    parts = [read([written(HEADER), "x"], "one"), read([written(LOOKED), written(ENTRY)], "two")]
    assert joined(parts) == Kept((HEADER, LOOKED), (ENTRY,), parts[0].problems)


# --- what is kept --------------------------------------------------------------------------------


def test_a_header_stands_where_a_release_starts_and_where_its_rules_or_steps_change() -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.upgrade("service:2", steps=[{"weight": 10, "hold": "20s"}, {"weight": 100}])
    tape.world.run(15)
    tape.world.upgrade("service:3")
    tape.world.run(30)
    headers = [record for record in tape.kept.records if isinstance(record, Header)]
    assert [(each.revision == headers[0].revision, len(each.steps)) for each in headers] == [
        (True, 3),
        (True, 2),
        (False, 2),
    ]
    assert [each.checkpoint is None for each in headers] == [True, False, True]


def test_what_is_kept_already_is_not_written_again() -> None:
    again = replace(HEADER, checkpoint=None)
    lines, header = fresh([HEADER, LOOKED], None, ())
    assert (lines, header) == ([written(HEADER), written(LOOKED)], HEADER)
    assert fresh([again, LOOKED], header, lines) == ([], HEADER)
    other = replace(LOOKED, after=NOW)
    assert fresh([again, other], header, lines) == ([written(other)], HEADER)


def decision(**fields: Any) -> Decision:
    look = fields.pop("look", LOOK)
    return Decision(
        on_step(evidence=(row(Verdict.PASS),), checkpoint={"time": NOW}, **fields), 1.0, look=look
    )


def test_without_a_look_there_is_nothing_to_keep() -> None:
    assert recorded(spec_of(), on_step(), decision(look=None)) == ()


def test_a_look_is_kept_with_its_rows_and_with_what_held_before_it() -> None:
    before = on_step(checkpoint={"time": NOW - 5})
    spec = spec_of()
    header, looked = recorded(spec, before, decision())
    assert header == Header(
        "production", "forecast", NEW, OLD, NOW - 40, spec.rules, spec.steps, tuple(View), before.checkpoint
    )
    assert looked == Looked(NOW - 40, NOW - 5, LOOK, (Row("errors", View.EDGE, Verdict.PASS, 0.0, 0.0, 0),))


def test_a_release_without_an_application_is_judged_at_the_edge_alone() -> None:
    header, _ = recorded(spec_of(application=None), on_step(), decision())
    assert isinstance(header, Header)
    assert header.views == (View.EDGE,)


def test_without_users_no_rows_are_kept() -> None:
    _, looked = recorded(spec_of(), on_step(), decision(look=replace(LOOK, weight=0)))
    assert isinstance(looked, Looked)
    assert (looked.after, looked.rows) == (0.0, ())


# --- what may be done without a record ------------------------------------------------------------

KNOWN = {"time": NOW - 5}
LEARNED = {"time": NOW}
HELD = (row(Verdict.HOLD),)
JUDGED = (row(Verdict.PASS),)
TOLD = Acknowledgement("order-1", accepted=True, message="done")


def unkept(before: Status, after: Status) -> Decision:
    held = replace(before, checkpoint=KNOWN, evidence=HELD)
    learned = replace(after, checkpoint=LEARNED if after.checkpoint is None else None, evidence=JUDGED)
    return unrecorded(held, Decision(learned, 1.0, TOLD, (Note("Advanced", "on"),), LOOK))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(on_step(), on_step(weight=50, step=1), id="no further step"),
        pytest.param(on_step(), on_step(weight=100, phase=Phase.PROMOTING), id="no promotion"),
        pytest.param(on_step(), on_step(phase=Phase.PROMOTING), id="no promotion without a step"),
        pytest.param(promoting(), promoting(stable_route=NEW), id="no new stable"),
    ],
)
def test_nothing_goes_forward_on_a_look_that_could_not_be_recorded(before: Status, after: Status) -> None:
    left = unkept(before, after)
    assert left.status == replace(before, checkpoint=KNOWN, evidence=HELD)
    assert (left.acknowledgement, left.notes) == (None, ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(on_step(), on_step(weight=0, phase=Phase.ROLLING_BACK), id="from a step"),
        pytest.param(on_step(weight=0), on_step(weight=0, phase=Phase.ROLLING_BACK), id="before the first"),
        pytest.param(promoting(stable_route=NEW), promoting(weight=0, stable_route=NEW), id="after the last"),
    ],
)
def test_users_leave_a_canary_even_on_a_look_that_could_not_be_recorded(
    before: Status, after: Status
) -> None:
    left = unkept(before, after)
    assert left.status == replace(after, checkpoint=KNOWN, evidence=JUDGED)
    assert left.acknowledgement == TOLD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(on_step(), on_step(split_off_since=NOW), id="a clock"),
        pytest.param(on_step(), on_step(held_by="ann", phase=Phase.PAUSED), id="an order to pause"),
        pytest.param(promoting(), promoting(reason="waits"), id="on the way already"),
    ],
)
def test_clocks_and_orders_go_on_without_what_could_not_be_recorded(before: Status, after: Status) -> None:
    left = unkept(before, after)
    assert left.status == replace(after, checkpoint=KNOWN, evidence=HELD)
    assert left.acknowledgement == TOLD


def test_a_release_that_ends_leaves_no_checkpoint_behind() -> None:
    ended = Decision(healthy(NEW, checkpoint=None), 1.0, look=LOOK)
    before = promoting(weight=0, stable_route=OLD, checkpoint=KNOWN)
    assert unrecorded(replace(before, stable_route=NEW), ended).status.checkpoint is None
