from dashboard.agreement import Expected, Forecast, Model, Sold
from dashboard.outlook import Outlook, compose

MODEL = Model("v1", "sha256:0")


def forecast(month: str, **units: int) -> Forecast:
    rows = tuple(Expected(name, count, max(count - 2, 0), count + 2) for name, count in units.items())
    return Forecast("Dubai Mall", month, rows, MODEL)


PAST = {"a": Sold({"2024-12": 3}, frozenset()), "b": Sold({"2024-12": None}, frozenset())}


def composed(medicine: str = "", past: dict[str, Sold] = PAST) -> Outlook:
    found = compose(forecast("2025-12", a=4, b=9, c=4), [forecast("2026-01", a=5, b=8, c=0)], past, medicine)
    assert found is not None
    return found


def test_what_is_needed_most_comes_first_and_equals_by_name() -> None:
    assert [row.expected.medicine for row in composed().rows] == ["b", "a", "c"]
    assert composed().total == 17


def test_the_chart_shows_the_medicine_asked_for_or_the_most_needed() -> None:
    assert composed("a").ahead == {"2025-12": Expected("a", 4, 2, 6), "2026-01": Expected("a", 5, 3, 7)}
    assert composed("a").past == PAST["a"]
    assert composed("gold").medicine == composed().medicine == "b"


def test_the_months_ahead_are_in_order_wherever_the_one_asked_for_lies() -> None:
    found = compose(forecast("2026-01", a=5), [forecast("2025-12", a=4)], {}, "")
    assert found is not None
    assert list(found.ahead) == ["2025-12", "2026-01"]


def test_last_year_is_told_where_it_is_known_and_summed_only_if_all_are() -> None:
    assert [row.last_year for row in composed().rows] == [None, 3, None]
    assert composed().last_year is None
    known = {name: Sold({"2024-12": 2}, frozenset()) for name in "abc"}
    assert composed(past=known).last_year == 6


def test_without_a_past_there_is_still_a_forecast() -> None:
    assert composed(past={}).past is None


def test_a_forecast_of_no_medicine_is_no_outlook() -> None:
    assert compose(forecast("2025-12"), [], {}, "") is None
