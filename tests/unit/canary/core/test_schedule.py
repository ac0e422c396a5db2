"""Releases at rest are spread over the half minute between two looks at each of them."""

from __future__ import annotations

import pytest

from canary.core.schedule import own_moment

KEYS = [f"shop-{number:04d}/web" for number in range(1000)]
REST = 30.0


@pytest.mark.parametrize("now", [0.0, 12.5, 86_400.0])
def test_a_thousand_that_were_looked_at_together_do_not_come_together_again(now: float) -> None:
    waits = [own_moment(key, REST, now) for key in KEYS]
    assert all(0 < wait <= REST for wait in waits)
    in_a_second = [sum(second < wait <= second + 1 for wait in waits) for second in range(30)]
    assert max(in_a_second) < 2 * len(KEYS) / REST


def test_from_then_on_each_comes_once_in_its_half_minute() -> None:
    for key in KEYS[:20]:
        moment = 100.0 + own_moment(key, REST, 100.0)
        late = 0.2
        again = moment + late + own_moment(key, REST, moment + late)
        assert again == pytest.approx(moment + REST)


@pytest.mark.parametrize("after", [0.05, 1.0, 29.9])
def test_what_is_due_sooner_is_looked_at_when_it_is_due(after: float) -> None:
    assert own_moment(KEYS[0], after, 1234.5) == after
