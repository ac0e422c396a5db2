"""Whatever somebody calls a thing, it stays a value inside a query and never becomes a part of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from canary.adapters import queries
from canary.core.model import Source, View
from canary.core.spec import SpecError, parse
from canary.ports import MetricsQuery, RefusedError
from tests.unit.canary.core.build import manifest

from .test_queries import QUERY

ESCAPES = (
    'x"} or vector(1) #',
    "x\\",
    'x",le="',
    "x|.*",
    ".*",
    "x\n} or up",
    "x{y}",
    "${a}",
    "x`y",
    "\u0000",
)
FIELDS = ("namespace", "release", "route", "port", "stable_revision", "canary_revision")
SEEN = replace(QUERY, application=Source("seconds", "status", "values", "answers", "bad"), within=0.25)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
names = st.one_of(st.sampled_from(ESCAPES), st.text(max_size=40))


def skeletons(query: MetricsQuery) -> list[str]:
    """The queries with every quoted value taken out."""
    told = [queries.samples(view, query, (0.25,)) for view in View]
    told += [queries.edges(view, query) for view in View]
    told += [queries.forecasts(query), queries.usage(query)]
    return [QUOTED.sub('""', each) for each in told]


@pytest.mark.parametrize("field", FIELDS)
@given(name=names)
def test_a_name_is_refused_or_stays_a_value(field: str, name: str) -> None:
    try:
        found = skeletons(replace(SEEN, **{field: name}))
    except RefusedError:
        return
    assert found == skeletons(SEEN)


@given(instance=names)
@example(instance='10.0.0.1:80"} or up{a="')
def test_the_address_of_a_scrape_target_is_refused_or_stays_a_value(instance: str) -> None:
    try:
        found = queries.starts({instance})
    except RefusedError:
        return
    assert QUOTED.sub('""', found) == QUOTED.sub('""', queries.starts({"10.0.0.1:80"}))


@given(name=names)
def test_a_metric_of_ones_own_is_a_name_or_is_refused(name: str) -> None:
    body = manifest(metrics={"application": "custom", "custom": {"histogram": name, "status": "code"}})
    if re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", name):
        assert parse(body).application == Source(name, "code")
    else:
        with pytest.raises(SpecError, match=r"spec\.metrics\.custom\.histogram"):
            parse(body)
