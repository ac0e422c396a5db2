"""The forecast page as a browser without scripts gets it, word by word."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from .conftest import CATALOGUE, MODEL, Provider

ASK = "/?branch=Dubai+Mall&month=2025-12"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """All start tags with their attributes, and the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_go_answers_with_the_units_of_each_medicine(opened: Callable[..., Any]) -> None:
    answer = opened().test_client().get(ASK)
    text = " ".join(Elements(answer.text).text.split())
    assert answer.status_code == 200
    assert "Cetirizine 10 mg 9 5\u201314 8 Paracetamol 500 mg 4 2\u20137 3" in text
    assert f"Model v7, {MODEL['digest']}" in text
    assert "Units expected13" in text
    assert "Sold in Dec 202411" in text


def test_the_selectors_offer_what_the_forecast_knows_and_keep_what_was_chosen(
    opened: Callable[..., Any],
) -> None:
    tags = Elements(opened().test_client().get(ASK).text).tags
    options = [attributes for tag, attributes in tags if tag == "option"]
    assert [each["value"] for each in options if "value" in each] == ["", "", "2025-12", "2026-01", "2026-02"]
    assert len(options) == len(CATALOGUE["branches"]) + 3 + 2
    assert [each.get("value") for each in options if "selected" in each] == [None, "2025-12"]


def test_one_model_answers_all_months_of_the_picture(opened: Callable[..., Any], provider: Provider) -> None:
    opened().test_client().get("/?branch=Dubai+Mall&month=2026-01")
    (asked,) = provider.questions()
    assert [each["date"] for each in asked.body] == ["2026-01", "2025-12", "2026-02"]


def test_a_medicine_is_shown_when_it_is_chosen(opened: Callable[..., Any]) -> None:
    page = opened().test_client().get(f"{ASK}&medicine=Paracetamol+500+mg").text
    assert "4 units expected in December 2025; with 80 % probability 2 to 7." in page
    assert '<input type="hidden" name="medicine" value="Paracetamol 500 mg">' in page


def test_the_empty_page_asks_for_no_forecast(opened: Callable[..., Any], provider: Provider) -> None:
    answer = opened().test_client().get("/")
    assert answer.status_code == 200
    assert "press Go" in answer.text
    assert {one.path for one in provider.asked} == {"/catalogue"}


BAD = [
    pytest.param("branch=&month=2025-12", 400, "Choose a branch.", id="no-branch"),
    pytest.param("branch=Dubai+Mall&month=", 400, "Choose a month.", id="no-month"),
    pytest.param("branch=+++&month=2025-12", 400, "Choose a branch.", id="blank-branch"),
    pytest.param("branch=Dubai+Mall&month=2025-13", 422, "“2025-13” is no month", id="thirteenth"),
    pytest.param("branch=Dubai+Mall&month=2025-12-24", 422, "is no month", id="a-day"),
    pytest.param("branch=Dubai+Mall&month=next", 422, "“next” is no month", id="a-word"),
]


@pytest.mark.parametrize(("query", "status", "sentence"), BAD)
def test_what_cannot_be_asked_is_told_without_asking(
    opened: Callable[..., Any], provider: Provider, query: str, status: int, sentence: str
) -> None:
    answer = opened().test_client().get(f"/?{query}")
    assert answer.status_code == status
    assert sentence in answer.text
    assert provider.questions() == []


def test_an_unknown_branch_gets_the_nearest_names_as_links(
    opened: Callable[..., Any], provider: Provider
) -> None:
    refusal = {"code": "unknown_branch", "message": "no", "nearest": ["Dubai Mall"], "index": 0}
    provider.answers((404, refusal))
    answer = opened().test_client().get("/?branch=Dubay+Mall&month=2025-12")
    assert answer.status_code == 404
    assert "There is no branch “Dubay Mall”." in answer.text
    assert 'href="/?branch=Dubai+Mall&amp;month=2025-12"' in answer.text


def test_a_month_too_far_gets_the_first_and_last_as_links(
    opened: Callable[..., Any], provider: Provider
) -> None:
    refusal = {"code": "outside_horizon", "message": "no", "first": "2025-12", "last": "2026-02", "index": 0}
    provider.answers((422, refusal))
    answer = opened().test_client().get("/?branch=Karama&month=2031-05")
    assert answer.status_code == 422
    assert "May 2031 cannot be forecast: December 2025 to February 2026 can." in answer.text
    assert 'href="/?branch=Karama&amp;month=2026-02"' in answer.text


def test_any_other_refusal_is_told_in_the_services_words(
    opened: Callable[..., Any], provider: Provider
) -> None:
    provider.answers((413, {"code": "batch_too_large", "message": "too many queries"}))
    answer = opened().test_client().get(ASK)
    assert answer.status_code == 413
    assert "The forecast cannot answer that: too many queries." in answer.text


def test_a_model_that_knows_fewer_months_answers_the_one_asked_for(
    opened: Callable[..., Any], provider: Provider
) -> None:
    refusal = {"code": "outside_horizon", "message": "no", "first": "2025-12", "last": "2026-01", "index": 2}
    (answers,) = provider.scripts["/predict"]
    provider.answers((422, refusal), answers)
    answer = opened().test_client().get(ASK)
    assert answer.status_code == 200
    assert [len(one.body) for one in provider.questions()] == [3, 1]


@pytest.mark.parametrize(
    "past",
    [(404, {"code": "no_history", "message": "stored without"}), (503, b"no pod"), (200, {"series": 1})],
    ids=["unknown", "away", "strange"],
)
def test_a_forecast_without_its_past_is_still_shown(
    opened: Callable[..., Any], provider: Provider, past: tuple[int, Any]
) -> None:
    provider.answers(past, at="/history")
    answer = opened(FORECAST_TRIES="1").test_client().get(ASK)
    text = " ".join(Elements(answer.text).text.split())
    assert answer.status_code == 200
    assert "Cetirizine 10 mg 9 5\u201314 \u2013 Paracetamol" in text
    assert "Sold" not in text


def test_a_forecast_of_nothing_says_so(opened: Callable[..., Any], provider: Provider) -> None:
    provider.answers((200, lambda asked: [
        {"branch": each["branch"], "month": each["date"], "forecasts": [], "model": MODEL}
        for each in asked.body
    ]))  # fmt: skip
    answer = opened().test_client().get(ASK)
    assert answer.status_code == 404
    assert "Nothing is known of any medicine in Dubai Mall." in answer.text


def test_while_the_forecast_is_away_the_choice_stays_in_form_and_address(
    opened: Callable[..., Any], provider: Provider
) -> None:
    client = opened(FORECAST_TRIES="1").test_client()
    client.get("/")
    provider.is_away()
    answer = client.get(ASK)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The forecast is away" in answer.text
    assert 'href="/?branch=Dubai+Mall&amp;month=2025-12"' in answer.text
    options = [attributes for tag, attributes in Elements(answer.text).tags if tag == "option"]
    assert [each.get("value") for each in options if "selected" in each] == [None, "2025-12"]
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_forecast_that_was_never_there_leaves_a_page_to_try_again_from(
    opened: Callable[..., Any], provider: Provider
) -> None:
    provider.is_away()
    answer = opened(FORECAST_TRIES="1").test_client().get("/")
    assert answer.status_code == 503
    assert '<a class="button" href="/">Try again</a>' in answer.text


@pytest.mark.parametrize("place", ["branch", "month", "medicine"])
def test_what_a_stranger_writes_into_the_address_stays_text(
    opened: Callable[..., Any], provider: Provider, place: str
) -> None:
    provider.answers(*provider.scripts["/predict"])
    query = {"branch": "Dubai Mall", "month": "2025-12", "medicine": "", place: HOSTILE}
    tags = Elements(opened().test_client().get("/", query_string=query).text).tags
    assert "script" not in {tag for tag, _ in tags}
    assert "img" not in {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


def test_what_the_forecast_says_stays_text(opened: Callable[..., Any], provider: Provider) -> None:
    row = {"medicine": HOSTILE, "units": 1, "low": 0, "high": 2}
    provider.answers((200, lambda asked: [
        {"branch": each["branch"], "month": each["date"], "forecasts": [row],
         "model": {"version": HOSTILE, "digest": HOSTILE}}
        for each in asked.body
    ]))  # fmt: skip
    provider.answers((200, CATALOGUE | {"branches": ["Dubai Mall", HOSTILE]}), at="/catalogue")
    tags = Elements(opened().test_client().get(ASK).text).tags
    assert {"script", "img"} & {tag for tag, _ in tags} == set()


def test_a_page_holds_nothing_that_its_policy_forbids(opened: Callable[..., Any]) -> None:
    tags = Elements(opened().test_client().get(ASK).text).tags
    assert not [attributes for _, attributes in tags if "style" in attributes]
    assert "script" not in {tag for tag, _ in tags}
    sources = [attributes.get("src") or attributes.get("href") or "" for _, attributes in tags]
    assert not [source for source in sources if "://" in source or source.startswith("//")]
