"""A release answers for every failed request that its bad canary's share does not explain."""

from __future__ import annotations

import pytest

from benchmarks.reliability.hurt import hurt
from loadtest.records import Record
from tests.unit.benchmarks.rollback.seen import NEW, OLD, answers, watched

BAD = [(0.0, 0), (10.0, 10), (20.0, 0)]


def failed(start: float, revision: str = NEW, count: int = 1) -> tuple[Record, ...]:
    return (Record(start, 3.0, 502, revision, "", "status-502", valid=False),) * count


def test_of_a_good_release_every_failed_request_counts() -> None:
    seen = hurt(watched(BAD, 30.0, answers(0, 30), failed(12.0), failed(13.0, "")))
    assert (seen.failed, seen.spoilt) == (2, 0)
    assert seen.how == f"1 x status-502 of {NEW}, 1 x status-502 of nobody"


@pytest.mark.parametrize(
    ("request_", "spoilt"),
    [
        pytest.param(failed(12.0), 1, id="the canary, with its share"),
        pytest.param(failed(12.0, ""), 1, id="nobody, while the canary had its share"),
        pytest.param(failed(21.5), 1, id="the proxy may still have to follow"),
        pytest.param(failed(12.0, OLD), 0, id="stable"),
        pytest.param(failed(9.5), 0, id="before it had a share"),
        pytest.param(failed(22.5), 0, id="after the proxy has followed"),
    ],
)
def test_a_bad_canary_explains_only_its_own_share(request_: tuple[Record, ...], spoilt: int) -> None:
    seen = hurt(watched(BAD, 30.0, answers(0, 30), request_), NEW)
    assert (seen.spoilt, seen.failed) == (spoilt, 1 - spoilt)


def test_more_than_its_share_is_too_many() -> None:
    # 131 requests while it may have had its share: 13.1 of them, and four deviations of 3.4.
    some = hurt(watched(BAD, 30.0, answers(0, 30), failed(12.0, count=12)), NEW)
    many = hurt(watched(BAD, 30.0, answers(0, 30), failed(12.0, count=60)), NEW)
    assert some.beyond == 0
    assert many.beyond > 20
