"""Each act holds on what it promises, and fails on the first thing seen that breaks the promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from demo import judges
from demo.judges import Cast, Finding
from demo.observed import EdgeSeen, WeightSeen, Window
from demo.page import Page
from loadtest.records import Record

OLD, NEW = "0000000000", "1111111111"
CAST = Cast({OLD: "v1", NEW: "v2"})
STEPS = [10, 25, 50, 100]


def answer(start: float, revision: str = OLD, status: int = 200) -> Record:
    error = "" if status == 200 else f"status-{status}"
    return Record(start, 3.0, status, revision, "v1", error, valid=not error)


def answers(first: float, last: float, revision: str = OLD) -> tuple[Record, ...]:
    return tuple(answer(first + tenth / 10, revision) for tenth in range(round((last - first) * 10)))


def counted(weights: tuple[WeightSeen, ...], last: float) -> tuple[EdgeSeen, ...]:
    """A proxy that obeys every weight, with 100 requests a second."""
    seen = [EdgeSeen(0.0, 0, 0)]
    for second in range(1, round(last) + 1):
        weight = [each.weight for each in weights if each.time < second][-1]
        before = seen[-1]
        seen.append(EdgeSeen(float(second), before.stable + 100 - weight, before.canary + weight))
    return tuple(seen)


def window(
    route: list[tuple[float, int]], last: float, requests: tuple[Record, ...], started: float = 0.0
) -> Window:
    weights = tuple(WeightSeen(time, weight) for time, weight in route)
    return Window(started, last, weights, counted(weights, last), requests)


def risen() -> Window:
    """v1 to v2 by every step, each 10 s long."""
    route = [(0.0, 0), (5.0, 10), (15.0, 25), (25.0, 50), (35.0, 100), (40.0, 0)]
    return window(route, 50.0, answers(0, 35) + answers(35, 50, NEW))


def stopped() -> Window:
    """v2 answers badly for six seconds at 10 %, then nobody is sent to it any more."""
    route = [(0.0, 0), (5.0, 10), (11.0, 0)]
    bad = tuple(answer(5.25 + second, NEW, 500) for second in range(6))
    return window(route, 20.0, answers(0, 20) + bad)


def why(finding: Finding) -> str:
    return finding.complaint


class TestStart:
    def test_everybody_is_answered_by_the_first_revision(self) -> None:
        finding = judges.start(window([(0.0, 0)], 10.0, answers(0, 10)), CAST, OLD, 10)
        assert why(finding) == ""
        assert finding.facts["by_version"] == {"v1": {"revision": OLD, "requests": 100, "failed": 0}}

    @pytest.mark.parametrize(
        ("requests", "complaint"),
        [
            pytest.param(
                (*answers(0, 10), answer(9, "", 502)), "1 of 101 user requests failed", id="a failure"
            ),
            pytest.param(
                (*answers(0, 10), answer(9, NEW)), "answered by v2 as well as by v1", id="a stranger"
            ),
            pytest.param(answers(0, 5), "runs at 5 requests/s instead of 10", id="too few"),
            pytest.param((), "only 0 user requests", id="nobody"),
        ],
    )
    def test_it_fails(self, requests: tuple[Record, ...], complaint: str) -> None:
        assert complaint in why(judges.start(window([(0.0, 0)], 10.0, requests), CAST, OLD, 10))


class TestGood:
    def test_every_step_and_split_was_seen(self) -> None:
        finding = judges.good(risen(), CAST, NEW, STEPS)
        assert why(finding) == ""
        assert finding.facts["weights_seen"] == [0, 10, 25, 50, 100, 0]
        assert [split["observed"] for split in finding.facts["splits"]] == [10, 25, 50, 100]

    def test_one_failed_request_is_too_many(self) -> None:
        seen = risen()
        failed = replace(seen, requests=(*seen.requests, answer(20, NEW, 503)))
        assert "failed, the first one with status-503 from v2" in why(judges.good(failed, CAST, NEW, STEPS))

    def test_a_step_left_out_is_no_release_by_steps(self) -> None:
        seen = risen()
        jumped = replace(seen, weights=tuple(each for each in seen.weights if each.weight != 25))
        assert "weights seen in the Ingress [0, 10, 50, 100, 0]" in why(judges.good(jumped, CAST, NEW, STEPS))

    def test_a_proxy_that_ignores_the_weight_is_found(self) -> None:
        seen = risen()
        deaf = tuple(EdgeSeen(each.time, each.stable + each.canary, 0) for each in seen.edge)
        complaint = why(judges.good(replace(seen, edge=deaf), CAST, NEW, STEPS))
        assert "at weight 10 the proxy sent 0 of" in complaint

    def test_a_split_that_nobody_counted_is_not_observed(self) -> None:
        assert "at weight 10 the proxy sent 0 of 0" in why(
            judges.good(replace(risen(), edge=()), CAST, NEW, STEPS)
        )

    def test_the_old_revision_must_not_answer_at_the_end(self) -> None:
        seen = risen()
        late = replace(seen, requests=(*seen.requests, answer(49, OLD)))
        assert "answered by v1 as well as by v2" in why(judges.good(late, CAST, NEW, STEPS))


class TestBad:
    REASON = "rolled back: errors/edge: 12 of 40 bad"

    def test_it_came_back_by_itself(self) -> None:
        finding = judges.bad(stopped(), CAST, (OLD, NEW), 10, self.REASON)
        assert why(finding) == ""
        assert finding.facts["bad_answer_seconds"] == 5.0
        assert finding.facts["bad_answers"] == 6

    def test_a_bad_release_that_harms_nobody_shows_nothing(self) -> None:
        seen = stopped()
        harmless = replace(seen, requests=tuple(r for r in seen.requests if not r.failed))
        assert "answered no request badly" in why(judges.bad(harmless, CAST, (OLD, NEW), 10, self.REASON))

    def test_a_failure_of_another_revision_is_not_its_own(self) -> None:
        seen = stopped()
        other = replace(seen, requests=(*seen.requests, answer(8, OLD, 500)))
        assert "from v1" in why(judges.bad(other, CAST, (OLD, NEW), 10, self.REASON))

    def test_its_weight_must_never_rise(self) -> None:
        seen = stopped()
        rose = replace(seen, weights=(*seen.weights[:2], WeightSeen(9.0, 25), seen.weights[2]))
        assert "[0, 10, 25, 0], expected [0, 10, 0]" in why(
            judges.bad(rose, CAST, (OLD, NEW), 10, self.REASON)
        )

    def test_the_reason_must_be_a_rule(self) -> None:
        complaint = why(judges.bad(stopped(), CAST, (OLD, NEW), 10, "no release"))
        assert complaint == "`canary why` does not name the rule on errors"

    def test_it_must_not_answer_at_the_end(self) -> None:
        seen = stopped()
        late = replace(seen, requests=(*seen.requests, answer(19, NEW)))
        assert "answered by v2 as well as by v1" in why(judges.bad(late, CAST, (OLD, NEW), 10, self.REASON))


class TestByHand:
    def test_a_paused_release_keeps_its_weight(self) -> None:
        assert why(judges.held(window([(0.0, 10)], 15.0, answers(0, 15)), CAST, 10, 15)) == ""

    @pytest.mark.parametrize(
        ("seen", "complaint"),
        [
            pytest.param(window([(0.0, 10)], 9.0, answers(0, 9)), "not watched for 15 s", id="too short"),
            pytest.param(
                window([(0.0, 10), (9.0, 25)], 15.0, answers(0, 15)), "[10, 25], expected [10]", id="went on"
            ),
        ],
    )
    def test_holding_fails(self, seen: Window, complaint: str) -> None:
        assert complaint in why(judges.held(seen, CAST, 10, 15))

    def test_a_promotion_rises_to_the_end(self) -> None:
        seen = window([(0.0, 10), (1.0, 50), (4.0, 100), (9.0, 0)], 15.0, answers(0, 5) + answers(5, 15, NEW))
        assert why(judges.promoted(seen, CAST, NEW, 10)) == ""

    @pytest.mark.parametrize(
        "route",
        [
            pytest.param([(0.0, 10), (4.0, 0)], id="never at 100"),
            pytest.param([(0.0, 10), (1.0, 50), (2.0, 25), (4.0, 100), (9.0, 0)], id="fell on the way"),
            pytest.param([(0.0, 10), (4.0, 100)], id="never left 100"),
        ],
    )
    def test_a_promotion_fails(self, route: list[tuple[float, int]]) -> None:
        seen = window(route, 15.0, answers(0, 5) + answers(5, 15, NEW))
        assert "they should rise from 10 to 100" in why(judges.promoted(seen, CAST, NEW, 10))

    def test_a_rollback_is_timed_from_the_order(self) -> None:
        seen = window([(0.0, 0)], 10.0, (answer(0.75, NEW), *answers(1, 10)))
        finding = judges.returned(seen, CAST, OLD, 2.0)
        assert why(finding) == ""
        assert finding.facts["rollback_seconds"] == 0.75

    def test_a_slow_rollback_fails(self) -> None:
        seen = window([(0.0, 0)], 10.0, (answer(3.5, NEW), *answers(1, 10)))
        assert "back after 3.5 s, the goal is 2 s" in why(judges.returned(seen, CAST, OLD, 2.0))


FORECASTS = [
    {"medicine": "a", "units": 4, "low": 2, "high": 6},
    {"medicine": "b", "units": 40, "low": 30, "high": 50},
]
ANSWER = {
    "branch": "Dubai Mall",
    "month": "2025-12",
    "model": {"version": "v1", "digest": "sha256:1"},
    "forecasts": FORECASTS,
}


class TestAnswered:
    def test_a_medicine_of_about_four_units_is_found(self) -> None:
        finding = judges.answered(ANSWER, "Dubai Mall", "2025-12")
        assert why(finding) == ""
        assert [row["medicine"] for row in finding.facts["about_four"]] == ["a"]

    def test_without_one_the_act_fails(self) -> None:
        answer = {**ANSWER, "forecasts": FORECASTS[1:]}
        assert "about four units" in why(judges.answered(answer, "Dubai Mall", "2025-12"))

    def test_another_month_is_no_answer(self) -> None:
        assert "asked for Dubai Mall 2026-01" in why(judges.answered(ANSWER, "Dubai Mall", "2026-01"))


class TestShown:
    HELD = judges.Finding(facts={"month": "2025-12"})

    def page(self, **other: Any) -> Page:
        same = {"heading": "Dubai Mall, December 2025", "units": {"a": 4, "b": 40}, "model": "sha256:1"}
        return Page(**{**same, **other})

    def test_the_page_says_what_the_forecast_answers(self) -> None:
        found = judges.shown(self.HELD, ANSWER, self.page())
        assert why(found) == ""
        assert found.facts["page"]["medicines"] == 2

    @pytest.mark.parametrize(
        ("other", "complaint"),
        [
            pytest.param({"units": {}}, "shows no forecast", id="nothing"),
            pytest.param({"units": {"a": 5, "b": 40}}, "other units than the forecast answers: a", id="two"),
            pytest.param({"units": {"a": 4}}, "other units than the forecast answers: b", id="fewer"),
            pytest.param({"model": "sha256:2"}, "names model sha256:2, not sha256:1", id="another model"),
        ],
    )
    def test_a_page_that_says_something_else_fails(self, other: dict[str, Any], complaint: str) -> None:
        assert complaint in why(judges.shown(self.HELD, ANSWER, self.page(**other)))

    def test_what_was_wrong_before_stays_wrong(self) -> None:
        assert why(judges.shown(judges.Finding("no"), ANSWER, self.page())) == "no"


class TestWatched:
    HELD = judges.Finding(facts={"splits": {}})

    def test_an_act_holds_when_the_watch_ended_as_the_release_did(self) -> None:
        found = judges.watched(self.HELD, 0, 0)
        assert (found.held, found.facts) == (True, {"splits": {}, "watch_exit_code": 0})

    def test_another_exit_code_fails(self) -> None:
        assert "ended with exit code 1, not 0" in why(judges.watched(self.HELD, 1, 0))


class TestReplayed:
    HELD = judges.Finding(facts={"splits": {}})

    def test_an_act_holds_when_every_decision_agrees(self) -> None:
        found = judges.replayed(self.HELD, "9 decisions: agrees\n", agrees=True)
        assert (found.held, found.facts) == (True, {"splits": {}, "replay_agrees": True})

    def test_one_that_differs_breaks_it_and_is_told(self) -> None:
        found = judges.replayed(self.HELD, "...\nerrors/edge differs\n", agrees=False)
        assert found.complaint == "`canary replay` differs: errors/edge differs"

    def test_what_broke_before_is_told_first(self) -> None:
        broken = judges.Finding("the proxy ignored the weight")
        assert judges.replayed(broken, "", agrees=False).complaint == "the proxy ignored the weight"
