"""The Releases page in a browser: read, signed in to and ordered from, wide, on a phone, without scripts."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from canary.core.model import Phase, Verb
from tests.unit.canary.cli.build import HEALTHY, PROGRESSING, ROLLED_BACK, STABLE
from tests.unit.canary.cli.test_replay import BAD, GOOD, WENT_BACK, WENT_ON
from tests.unit.canary.page.stage import PASSWORD, PLACE, Stage

from .accessible import barriers
from .conftest import PHONE, WIDE, Opened, Shot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PATHS = ("/", PLACE, "/releases/staging/prices", f"{PLACE}/orders/abort", "/releases/production/absent")


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Releases that wait for somebody, went back, rest, and one that nobody has looked at."""
    found = Stage(tmp_path_factory.mktemp("page"))
    found.holds(replace(PROGRESSING, phase=Phase.PAUSED, held_by="bob", reason="paused by bob"))
    found.holds(replace(HEALTHY, previous_revision=STABLE), name="orders")
    found.holds(replace(ROLLED_BACK, journal=tuple(WENT_BACK)), name="prices", namespace="staging")
    for name, kept, lines in (("forecast", GOOD, WENT_ON), ("prices", BAD, WENT_BACK)):
        stored = next(each for each in found.desk.stored.all() if each.name == name)
        found.desk.book.keep(stored, kept.records)
        found.desk.book.append(stored, lines)
    return found


@pytest.fixture
def url(stage: Stage) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, stage.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in?onward={PLACE}")
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "size"),
    [*((path, WIDE) for path in PATHS), (PLACE, PHONE)],
    ids=["list", "paused", "rolled back", "question", "failure", "paused on a phone"],
)
def test_axe_finds_no_barrier(opened: Opened, url: str, shot: Shot, path: str, size: tuple[int, int]) -> None:
    page = opened(size)
    sign_in(page, url)
    page.goto(f"{url}{path}?refresh=off")
    shot(page, f"releases{path.replace('/', '-').rstrip('-')}-{size[0]}")
    assert barriers(page) == []


def test_on_a_phone_nothing_leaves_the_window(opened: Opened, url: str) -> None:
    page = opened(PHONE)
    sign_in(page, url)
    for path in PATHS:
        page.goto(f"{url}{path}?refresh=off")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path


def test_axe_finds_no_barrier_where_one_signs_in(opened: Opened, url: str) -> None:
    page = opened(WIDE)
    page.goto(f"{url}/sign-in")
    assert barriers(page) == []
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That name and password do not belong together.")
    assert barriers(page) == []


def test_the_curve_and_what_decided_are_shown_without_scripts(opened: Opened, url: str) -> None:
    page = opened(WIDE, scripts=False)
    page.goto(url)
    page.get_by_role("link", name="prices").click()
    picture = page.locator("svg.picture")
    expect(picture).to_have_attribute("role", "img")
    expect(picture.locator("title")).to_contain_text("goes back")
    assert picture.locator("polyline").count() >= 3
    expect(page.get_by_role("region", name="Journal, newest first")).to_contain_text("RollingBack")


def test_an_operator_aborts_with_the_keyboard_alone(opened: Opened, url: str, stage: Stage) -> None:
    page = opened(WIDE, scripts=False)
    page.goto(url)
    _press(page, "Sign in")
    page.keyboard.press("Tab")
    _focus(page, "#name")
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    _enter(page)
    _press(page, "forecast")
    _press(page, "Abort ...")
    expect(page.get_by_role("heading", name="Abort forecast in production?")).to_be_visible()
    _press(page, "Abort")
    expect(page.get_by_role("status")).to_contain_text("is given. The controller has not answered yet.")
    (order,) = stage.orders()
    assert (order.verb, order.actor, order.expected_step) == (Verb.ABORT, "ann@example.test", 0)


def _press(page: Page, words: str) -> None:
    """Go on with the tabulator until these words have the focus, then press Enter."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(":focus").all_inner_texts() == [words]:
            _enter(page)
            return
    raise AssertionError(f"{words}: not reached with the keyboard on {page.url}")


def _focus(page: Page, selector: str) -> None:
    for _ in range(40):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector}: not reached with the keyboard on {page.url}")


def _enter(page: Page) -> None:
    """Press Enter and wait for the page it leads to: the next key is meant for that one."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_page_that_is_not_paused_shows_what_became_of_an_order_by_itself(
    opened: Opened, url: str, stage: Stage
) -> None:
    page = opened(WIDE, scripts=False)
    sign_in(page, url)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("status")).to_contain_text("has not answered yet")
    (order,) = stage.orders()
    stage.answers(order.name, "goes on at 10 %")
    expect(page.get_by_role("status")).to_have_text("Done: goes on at 10 %.")
