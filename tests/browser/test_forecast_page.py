"""The forecast page as people use it: by mouse, keyboard and phone, without scripts, in bad times."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from .accessible import barriers, overflow
from .conftest import PHONE, WIDE, Opened, Shot
from .servers import Server, pages_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

ANSWER = "/?branch=Dubai+Mall&month=2025-12"
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def choose(page: Page, branch: str, month: str) -> None:
    page.get_by_label("Branch").select_option(label=branch)
    page.get_by_label("Month").select_option(label=month)
    page.get_by_role("button", name="Go").click()


def told(service: Server, branch: str, month: str) -> dict[str, list[str]]:
    """What the service itself says: units and interval of each medicine, as the table writes them."""
    status, body = service.get(f"/predict?branch={branch.replace(' ', '+')}&date={month}")
    assert status == 200, body
    rows = json.loads(body)["forecasts"]
    return {row["medicine"]: [str(row["units"]), f"{row['low']}\u2013{row['high']}"] for row in rows}


def shown(page: Page) -> dict[str, list[str]]:
    rows = page.locator("table.forecast tbody tr").all()
    cells = [row.locator("th, td.number").all_inner_texts() for row in rows]
    return {name: numbers[:2] for name, *numbers in cells}


@SIZES
@SCRIPTS
def test_go_shows_what_the_service_forecasts(
    opened: Opened, pages: Server, service: Server, shot: Shot, size: tuple[int, int], *, scripts: bool
) -> None:
    page = opened(size, scripts=scripts)
    page.goto(pages.url)
    choose(page, "Dubai Mall", "December 2025")
    expect(page.get_by_role("heading", name="Dubai Mall, December 2025")).to_be_visible()
    assert shown(page) == told(service, "Dubai Mall", "2025-12")
    assert parse_qs(urlsplit(page.url).query) == {"branch": ["Dubai Mall"], "month": ["2025-12"]}
    model = json.loads(service.get("/catalogue")[1])["model"]
    expect(page.get_by_text(model["digest"])).to_be_visible()
    shot(page, f"forecast-{size[0]}{'' if scripts else '-no-scripts'}")


def test_a_medicine_shows_its_past_and_stays_chosen_for_the_next_month(
    opened: Opened, pages: Server, shot: Shot
) -> None:
    page = opened()
    page.goto(pages.url + ANSWER)
    page.get_by_role("link", name="Cetirizine 10 mg").click()
    picture = page.get_by_role("img", name="Cetirizine 10 mg: sold and expected units")
    expect(picture).to_be_visible()
    choose(page, "Dubai Mall", "April 2026")
    expect(page.get_by_role("heading", name="Dubai Mall, April 2026")).to_be_visible()
    expect(picture).to_be_visible()
    shot(page, "forecast-medicine")


@SCRIPTS
def test_the_keyboard_is_enough(opened: Opened, pages: Server, *, scripts: bool) -> None:
    page = opened(scripts=scripts)
    page.goto(pages.url)
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(page.get_by_label("Branch")).to_be_focused()
    page.keyboard.type("Dubai Mall")
    press("Tab")
    expect(page.get_by_label("Month")).to_be_focused()
    page.keyboard.type("March")
    press("Tab")
    expect(page.get_by_role("button", name="Go")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", name="Dubai Mall, March 2026")).to_be_visible()


def test_what_has_the_focus_can_be_seen(opened: Opened, pages: Server) -> None:
    page = opened()
    page.goto(pages.url + ANSWER)
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", page.evaluate("() => document.activeElement.outerHTML")


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_has_to_be_scrolled_sideways(opened: Opened, pages: Server, width: int) -> None:
    page = opened((width, 740))
    for path in ("/", ANSWER, "/?branch=Dubay+Mall&month=2025-12"):
        page.goto(pages.url + path)
        assert overflow(page) == [], path


def test_go_is_green_and_large_enough_for_a_thumb(opened: Opened, pages: Server) -> None:
    page = opened(PHONE)
    page.goto(pages.url)
    go = page.get_by_role("button", name="Go")
    red, green, blue = json.loads(
        go.evaluate("each => getComputedStyle(each).backgroundColor").replace("rgb(", "[").replace(")", "]")
    )
    assert green > 1.3 * max(red, blue)
    box = go.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44


PAGES = {
    "empty": ("/", 200),
    "answer": (ANSWER, 200),
    "medicine": (f"{ANSWER}&medicine=Cetirizine+10+mg", 200),
    "unknown-branch": ("/?branch=Dubay+Mall&month=2025-12", 404),
    "no-month": ("/?branch=Dubai+Mall&month=2025-13", 422),
    "month-too-far": ("/?branch=Dubai+Mall&month=2031-01", 422),
    "unknown-page": ("/nowhere", 404),
}


@SIZES
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_barrier(
    opened: Opened, pages: Server, shot: Shot, name: str, size: tuple[int, int]
) -> None:
    path, status = PAGES[name]
    page = opened(size)
    answer = page.goto(pages.url + path)
    assert answer is not None
    assert answer.status == status
    assert barriers(page) == []
    shot(page, f"{name}-{size[0]}")


@pytest.mark.parametrize(
    ("spoil", "barrier"),
    [
        ("document.querySelector('.go').style.color = '#3c8563'", "color-contrast"),
        ("document.querySelector('label').remove()", "select-name"),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('svg.chart').outerHTML = '<svg role=img class=chart></svg>'", "svg-img-alt"),
    ],
)
def test_a_spoilt_page_is_noticed(opened: Opened, pages: Server, spoil: str, barrier: str) -> None:
    page = opened()
    page.goto(pages.url + ANSWER)
    page.evaluate(spoil)
    assert barrier in {found.partition(":")[0] for found in barriers(page)}


def test_nothing_comes_from_elsewhere(opened: Opened, pages: Server) -> None:
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages.url + ANSWER)
    assert {urlsplit(url).netloc for url in asked} == {f"127.0.0.1:{pages.port}"}
    assert page.locator("script").count() == 0


def of_a_moment(models: Path) -> dict[str, str]:
    """A service that is gone when it is told to go."""
    return {"MODEL_DIR": str(models / "v1"), "DRAIN_SECONDS": "0"}


@pytest.fixture
def moody(models: Path, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Pages with a forecast of their own, which a test may stop; whatever runs at the end is stopped."""
    forecast = Server("service", tmp_path / "service", of_a_moment(models))
    pages = pages_beside(forecast.url, tmp_path, FORECAST_TRIES="1")
    yield pages, forecast
    pages.end()
    forecast.end()


@SIZES
def test_while_the_forecast_is_away_nothing_is_lost(
    opened: Opened, moody: tuple[Server, Server], models: Path, shot: Shot, size: tuple[int, int]
) -> None:
    pages, forecast = moody
    page = opened(size, scripts=size == WIDE)
    page.goto(pages.url)
    forecast.end()
    choose(page, "Dubai Mall", "January 2026")
    expect(page.get_by_role("heading", name="The forecast is away for a moment")).to_be_visible()
    expect(page.get_by_label("Branch")).to_have_value("Dubai Mall")
    expect(page.get_by_label("Month")).to_have_value("2026-01")
    if size == WIDE:
        assert barriers(page) == []
    shot(page, f"away-{size[0]}")
    again = Server("service", forecast.log, of_a_moment(models), forecast.port)
    try:
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_role("heading", name="Dubai Mall, January 2026")).to_be_visible()
    finally:
        again.end()
