"""The number of the page that an address asks for."""

from flask import abort, request

from dashboard import paging


def page_number() -> int:
    """Read `page`, 1 without it; 404 when there can be no such page."""
    number = paging.number_of(request.args.get("page", "1"))
    if number is None:
        abort(404, "There is no page of that number.")
    return number
