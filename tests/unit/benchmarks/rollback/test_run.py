"""Rounds are kept one by one; what breaks a round is its result, what breaks the site ends the run."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.cluster.partial import Partial
from benchmarks.cluster.site import StandstillError, at_rest
from benchmarks.rollback import run as runner
from benchmarks.rollback.rows import Measured, ended, phase
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.cluster.place import Place

IMAGES = SimpleNamespace(service=SimpleNamespace(name="s:1"), controller=SimpleNamespace(name="c:1"))
PLACE = cast("Place", SimpleNamespace(images=IMAGES))


class QuietSite:
    """A site that needs no cluster; notes what was asked of it."""

    calls: list[str]

    def __init__(self, _: Any, say: Callable[[str], None], _namespace: str) -> None:
        self.say = say

    def open(self) -> None:
        QuietSite.calls = ["open"]

    def require(self, *kind: str) -> None:
        self.calls.append(f"require {kind[0]}")

    def spec(self) -> dict[str, Any]:
        return {"steps": [10, 100]}

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def partial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Partial:
    monkeypatch.setattr(runner, "Site", QuietSite)
    QuietSite.calls = []
    return Partial(tmp_path / "rounds.json", "abc")


def row(name: str, play: Callable[[int], dict[str, Any]]) -> Measured:
    @contextmanager
    def opened(_: object) -> Iterator[Callable[[int], dict[str, Any]]]:
        yield play

    return Measured(name, f"title of {name}", lambda rounds: rounds, opened)


def played(partial: Partial, *rows: Measured, rounds: int = 2) -> list[str]:
    said: list[str] = []
    runner.run(PLACE, rows, runner.expected(rows, rounds), partial, said.append)
    return said


def test_every_round_of_every_row_is_kept_and_told(partial: Partial) -> None:
    said = played(partial, row("a", lambda n: {"seconds": n / 10}), row("b", lambda _: {"failed": 0}))
    kept = [(made["row"], made["round"], made.get("seconds")) for made in partial.rows]
    assert kept == [("a", 1, 0.1), ("a", 2, 0.2), ("b", 1, None), ("b", 2, None)]
    assert "a 2: seconds 0.2" in said
    assert partial.setting == {"images": {"service": "s:1", "controller": "c:1"}, "steps": [10, 100]}
    assert QuietSite.calls[-1] == "close"


def test_it_goes_on_where_it_stopped(partial: Partial) -> None:
    def interrupted(number: int) -> dict[str, Any]:
        if number == 2:
            raise KeyboardInterrupt
        return {}

    with pytest.raises(KeyboardInterrupt):
        played(partial, row("a", interrupted))
    numbers: list[int] = []
    played(partial, row("a", lambda n: {"n": numbers.append(n)}))
    assert numbers == [2]


def test_with_nothing_missing_the_cluster_is_left_alone(partial: Partial) -> None:
    played(partial, row("a", lambda _: {}))
    QuietSite.calls = []
    assert "measured already" in played(partial, row("a", lambda _: {}))[0]
    assert QuietSite.calls == []


def test_a_round_that_breaks_is_a_result_and_the_next_one_follows(partial: Partial) -> None:
    def play(number: int) -> dict[str, Any]:
        if number == 1:
            raise StepError("the weight\nnever came back")
        return {"seconds": 1.0}

    played(partial, row("a", play))
    assert partial.rows[0]["broken"] == "the weight never came back"
    assert partial.rows[1]["seconds"] == 1.0


def test_a_site_that_stands_still_ends_the_run_and_its_round_is_not_kept(partial: Partial) -> None:
    def play(number: int) -> dict[str, Any]:
        if number == 2:
            raise StandstillError("not at rest")
        return {}

    with pytest.raises(StandstillError):
        played(partial, row("a", play))
    assert [made["round"] for made in partial.rows] == [1]
    assert "close" not in QuietSite.calls, "what is left is there to be looked at"


def test_a_release_has_ended_when_its_weight_is_back_at_0() -> None:
    assert [ended(route) for route in ([0], [0, 10], [0, 10, 0], [0, 10, 100, 0])] == [
        False,
        False,
        True,
        True,
    ]


def test_orders_come_at_every_moment_of_a_second() -> None:
    moments = sorted(phase(number) for number in range(1, 21))
    gaps = [after - before for before, after in zip([0.0, *moments], [*moments, 1.0], strict=True)]
    assert max(gaps) < 0.1


AT_REST = {
    "metadata": {"generation": 3},
    "status": {"observedGeneration": 3, "phase": "Healthy", "stableRevision": "a", "weight": 0},
}


@pytest.mark.parametrize(
    ("status", "rests"),
    [
        pytest.param({}, True, id="as it should be"),
        pytest.param({"observedGeneration": 2}, False, id="the newest spec was not looked at"),
        pytest.param({"phase": "RolledBack"}, False, id="a rejected template is asked for"),
        pytest.param({"stableRevision": "b"}, False, id="another revision is stable"),
        pytest.param({"weight": 10}, False, id="a canary has users"),
    ],
)
def test_a_round_starts_from_rest(status: dict[str, Any], *, rests: bool) -> None:
    stored = {**AT_REST, "status": {**AT_REST["status"], **status}}
    assert at_rest(stored, "a") is rests


def test_a_release_without_a_status_is_not_at_rest() -> None:
    assert not at_rest({"metadata": {"generation": 1}}, "a")
    assert not at_rest({}, "a")
