"""The pharmacy flow as two people live it: in a browser each, by keyboard, on a phone, in bad times."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .accessible import barriers
from .chromium import keep_picture
from .conftest import PHONE, WIDE, Opened
from .servers import ROOT, Server, pages_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

PASSWORD = "correct horse battery"
PEOPLE = (
    ("amira", "--role", "pharmacist", "--branch", "Dubai Mall"),
    ("omar", "--role", "warehouse"),
    ("wassim", "--role", "warehouse"),
)
MEDICINE = "Cetirizine 10 mg"
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


@pytest.fixture(scope="module")
def pharmacy(service: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Pages with people, as an operator adds them."""
    folder = tmp_path_factory.mktemp("pharmacy")
    running = pages_beside(service.url, folder)
    try:
        staff(folder)
        yield running
    finally:
        running.end()


def staff(folder: Path) -> None:
    told = os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'dashboard.db'}"}
    for person in PEOPLE:
        command = [sys.executable, "-m", "dashboard.accounts", "add", *person]
        subprocess.run(
            command, input=PASSWORD, text=True, env=told, cwd=ROOT, check=True, capture_output=True
        )


@pytest.fixture
def entered(opened: Opened, pharmacy: Server) -> Callable[..., Page]:
    """Open a window of a person who has signed in."""

    def enter(name: str, size: tuple[int, int] = WIDE, *, scripts: bool = False) -> Page:
        page = opened(size, scripts=scripts)
        sign_in(page, pharmacy, name)
        return page

    return enter


def sign_in(page: Page, pages: Server, name: str) -> None:
    page.goto(pages.url)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def ask(page: Page, quantity: str, note: str = "") -> int:
    """Ask for stock in the month that the form proposes; return the request's number."""
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("link", name="Ask for stock").click()
    page.get_by_label("Medicine").select_option(label=MEDICINE)
    page.get_by_label("Quantity in units").fill(quantity)
    page.get_by_label("Note (may stay empty)").fill(note)
    page.get_by_role("button", name="Send to the warehouse").click()
    expect(page.get_by_text("Sent to the warehouse.")).to_be_visible()
    return int(re.findall(r"/requests/(\d+)", page.url)[0])


def hint(service: Server, month: str) -> str:
    """What has to stand beside a request: as the service says, or that it does not reach the month."""
    status, body = service.get(f"/predict?branch=Dubai+Mall&date={month}")
    if status != 200:
        return "no forecast"
    (row,) = (one for one in json.loads(body)["forecasts"] if one["medicine"] == MEDICINE)
    return f"{row['units']} ({row['low']}\u2013{row['high']})"


def test_a_request_goes_to_the_warehouse_and_its_fate_comes_back(
    entered: Callable[..., Page], service: Server
) -> None:
    amira, omar = entered("amira"), entered("omar")
    amira.goto(amira.url.rstrip("/") + "/requests/new")
    month = amira.get_by_label("Month", exact=True).input_value()
    keep_picture(amira, "flow-ask")
    number = ask(amira, "12", "for the <b>flu</b> season")
    omar.get_by_role("link", name="Queue").click()
    row = omar.get_by_role("row").filter(has=omar.get_by_role("link", name=str(number), exact=True))
    expect(row).to_contain_text("for the <b>flu</b> season")
    expect(row).to_contain_text(hint(service, month))
    keep_picture(omar, "flow-queue")
    row.get_by_role("button", name=f"Dispatch request {number}").click()
    expect(omar.get_by_role("status")).to_contain_text(f"See request {number}")
    amira.get_by_role("link", name="Requests", exact=True).click()
    mine = amira.get_by_role("row").filter(has=amira.get_by_role("link", name=str(number), exact=True))
    expect(mine).to_contain_text("Dispatched")
    expect(mine).to_contain_text("omar")
    keep_picture(amira, "flow-requests")


def test_the_keyboard_is_enough_to_decline(entered: Callable[..., Page]) -> None:
    amira, omar = entered("amira"), entered("omar")
    number = ask(amira, "3")
    omar.get_by_role("link", name="Queue").focus()
    omar.keyboard.press("Enter")
    expect(omar.get_by_role("heading", name="Requests that wait")).to_be_visible()
    reach(omar, f"Decline request {number}")
    omar.keyboard.press("Enter")
    expect(omar.get_by_role("heading", name=f"Request {number}")).to_be_visible()
    omar.get_by_label("Reason, for the pharmacist to read").focus()
    omar.keyboard.type("none left until Monday")
    omar.keyboard.press("Tab")
    omar.keyboard.press("Enter")
    expect(omar.get_by_role("heading", name="Requests that wait")).to_be_visible()
    amira.reload()
    expect(amira.get_by_text("none left until Monday")).to_be_visible()


def reach(page: Page, label: str) -> None:
    """Press Tab until the focus is on what has this label."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.getAttribute('aria-label')") == label:
            return
    raise AssertionError(f"the keyboard does not reach {label!r}")


def test_who_comes_second_reads_who_was_first(entered: Callable[..., Page]) -> None:
    amira, omar, wassim = (entered(name) for name in ("amira", "omar", "wassim"))
    number = ask(amira, "5")
    for page in (omar, wassim):
        page.get_by_role("link", name="Queue").click()
    omar.get_by_role("button", name=f"Dispatch request {number}").click()
    wassim.get_by_role("button", name=f"Dispatch request {number}").click()
    expect(wassim.get_by_role("heading", name="Somebody was first")).to_be_visible()
    expect(wassim.get_by_text(f"Request {number} was dispatched by omar")).to_be_visible()


def test_going_back_and_sending_again_asks_once(entered: Callable[..., Page]) -> None:
    amira = entered("amira")
    number = ask(amira, "7")
    amira.go_back()
    expect(amira.get_by_label("Quantity in units")).to_have_value("7")
    amira.get_by_role("button", name="Send to the warehouse").click()
    expect(amira.get_by_text("This form was sent before")).to_be_visible()
    expect(amira.get_by_role("heading", name=f"Request {number}")).to_be_visible()


@SIZES
def test_no_page_has_barriers_or_scrolls_sideways(
    entered: Callable[..., Page], size: tuple[int, int]
) -> None:
    amira, omar = entered("amira", size, scripts=True), entered("omar", size, scripts=True)
    number = ask(amira, "9", "a note")
    looked = [
        (amira, "/requests"), (amira, "/requests/new"), (amira, "/queue"), (amira, f"/requests/{number}"),
        (omar, "/queue"), (omar, f"/requests/{number}"), (omar, "/audit"), (omar, "/requests/999999"),
    ]  # fmt: skip
    for page, path in looked:
        page.goto(root(page) + path)
        assert barriers(page) == [], path
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
        keep_picture(page, f"flow{path.replace('/', '-')}-{size[0]}")
    amira.goto(root(amira) + "/requests/new")
    amira.get_by_label("Quantity in units").evaluate("each => each.form.noValidate = true")
    amira.get_by_role("button", name="Send to the warehouse").click()
    expect(amira.get_by_role("alert")).to_contain_text("2 entries need another look")
    assert barriers(amira) == []


def root(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


@SIZES
def test_the_door_has_no_barriers(opened: Opened, pharmacy: Server, size: tuple[int, int]) -> None:
    page = opened(size)
    page.goto(pharmacy.url + "/sign-in?over=yes")
    assert barriers(page) == []
    page.get_by_label("Name").fill("omar")
    page.get_by_label("Password").fill("wrong horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("No person of that name has that password.")
    assert barriers(page) == []


def test_without_the_forecast_the_flow_goes_on(opened: Opened, tmp_path: Path) -> None:
    pages = pages_beside("http://127.0.0.1:9", tmp_path, FORECAST_TRIES="1")
    try:
        staff(tmp_path)
        amira, omar = opened(), opened()
        for page, name in ((amira, "amira"), (omar, "omar")):
            page.goto(pages.url + "/sign-in")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
        amira.goto(pages.url + "/requests/new")
        expect(amira.get_by_role("status")).to_contain_text("The forecast is away for a moment")
        assert barriers(amira) == []
        amira.get_by_label("Medicine").fill(MEDICINE)
        amira.get_by_label("Quantity in units").fill("2")
        amira.get_by_role("button", name="Send to the warehouse").click()
        expect(amira.get_by_text("Sent to the warehouse.")).to_be_visible()
        omar.goto(pages.url + "/queue")
        expect(omar.get_by_text("forecast away")).to_be_visible()
        assert barriers(omar) == []
        keep_picture(omar, "flow-queue-away")
        omar.get_by_role("button", name="Dispatch request 1").click()
        amira.reload()
        expect(amira.get_by_text("Dispatched", exact=True).first).to_be_visible()
    finally:
        pages.end()
