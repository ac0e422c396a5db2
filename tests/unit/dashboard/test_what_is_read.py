"""The demo reads the pages by what they mean to people; it must find there what the forecast has answered."""

from collections.abc import Callable
from typing import Any

from demo import page

from .conftest import MEDICINES, MODEL, Provider


def html(opened: Callable[..., Any], path: str) -> str:
    return str(opened().test_client().get(path).get_data(as_text=True))


def test_the_units_of_every_medicine_and_the_model_are_on_the_page(opened: Callable[..., Any]) -> None:
    seen = page.read(html(opened, "/?branch=Dubai+Mall&month=2025-12"))
    assert seen.heading == "Dubai Mall, December 2025"
    assert seen.units == {name: units for name, (units, _, _) in MEDICINES.items()}
    assert seen.model == MODEL["digest"]


def test_a_page_without_a_forecast_shows_none(opened: Callable[..., Any], provider: Provider) -> None:
    provider.is_away()
    assert page.read(html(opened, "/?branch=Dubai+Mall&month=2025-12")).units == {}
