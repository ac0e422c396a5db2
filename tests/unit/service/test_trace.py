import pytest

from service.trace import Identity, identity

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def test_the_callers_own_id_comes_first() -> None:
    found = identity("order-7", PARENT)
    assert found == Identity("order-7", TRACE, SPAN)


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\nb"], ids=["none", "space", "long", "two lines"])
def test_without_a_usable_one_the_trace_names_the_request(given: str) -> None:
    assert identity(given, PARENT) == Identity(TRACE, TRACE, SPAN)


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "nonsense",
        PARENT.upper(),
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"{PARENT}-more",
        f"{PARENT}\n",
        f"00-{TRACE}-{SPAN}",
    ],
    ids=["none", "nonsense", "capitals", "no trace", "no span", "version ff", "more", "a line end", "short"],
)
def test_what_is_no_trace_context_is_left_out_and_a_new_id_made(parent: str) -> None:
    found = identity("", parent)
    assert (found.trace_id, found.parent_id) == ("", "")
    assert len(found.request_id) == 32
    assert found.request_id != identity("", parent).request_id
    assert found.fields() == {"request_id": found.request_id}


def test_a_later_version_may_say_more() -> None:
    assert identity("", f"01-{TRACE}-{SPAN}-01-more").trace_id == TRACE
