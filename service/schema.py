"""What a client may ask: parsed into queries, or refused with the field that is wrong."""

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qsl

from service import months
from service.errors import ApiError
from service.model import Domain

FIELDS = ("branch", "date", "medicine")
REQUIRED = ("branch", "date")
SERIES_FIELDS = ("branch", "medicine")
SERIES_REQUIRED = ("branch",)
MAX_BATCH = 500
MAX_BODY = 256 * 1024
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Query:
    """One forecast asked for: names of the domain and a month ordinal inside its horizon."""

    branch: str
    month: int
    medicine: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """A past asked for: names of the domain, all medicines of the branch without one."""

    branch: str
    medicine: str | None


@lru_cache(maxsize=2048)
def from_text(text: bytes, domain: Domain) -> Query:
    """Read the query string of GET /predict; those asked most are remembered, errors are not."""
    return query(_pairs(text), domain)


def series_from_text(text: bytes, domain: Domain) -> Series:
    """Read the query string of GET /history; ApiError 400 or 404 names what is wrong."""
    content = _pairs(text)
    _checked(content, SERIES_FIELDS, SERIES_REQUIRED)
    return Series(_known("branch", content["branch"], domain.branches), _medicine(content, domain))


def _pairs(text: bytes) -> dict[str, Any]:
    return _each_once(parse_qsl(text.decode(errors="replace"), keep_blank_values=True))


def from_json(body: bytes, domain: Domain) -> Query | list[Query]:
    """Read the body of POST /predict: one object, or a list of up to 500 of them."""
    content = decoded(body)
    if not isinstance(content, list):
        return query(content, domain)
    if len(content) > MAX_BATCH:
        raise ApiError(413, "batch_too_large", f"{len(content)} queries, at most {MAX_BATCH} at once")
    return [_item(index, item, domain) for index, item in enumerate(content)]


def decoded(body: bytes) -> Any:
    """Parse JSON; ApiError 400 if it is none, or if an object has the same member twice."""
    try:
        return json.loads(body, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_json", "the body is no JSON") from None


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(members)
    if len(content) < len(members):
        name = next(name for name, count in Counter(name for name, _ in members).items() if count > 1)
        raise ApiError(400, "bad_field", f"{short(name)} is given more than once", field=short(name))
    return content


def _item(index: int, item: Any, domain: Domain) -> Query:
    try:
        return query(item, domain)
    except ApiError as error:
        raise ApiError(error.status, error.code, error.message, **error.details, index=index) from None


def query(content: Any, domain: Domain) -> Query:
    """Check one query against the domain; ApiError 400, 404 or 422 names what is wrong."""
    if not isinstance(content, dict):
        raise ApiError(400, "bad_json", "a query is an object with branch and date")
    _checked(content, FIELDS, REQUIRED)
    branch = _known("branch", content["branch"], domain.branches)
    medicine = _medicine(content, domain)
    return Query(branch, _month(content["date"], domain), medicine)


def _checked(content: dict[str, Any], fields: Sequence[str], required: Sequence[str]) -> None:
    for name in content:
        if name not in fields:
            raise ApiError(400, "unknown_field", f"there is no field {short(name)}", field=short(name))
    for name in required:
        if content.get(name) in (None, ""):
            raise ApiError(400, "missing_field", f"{name} is missing", field=name)
    for name, value in content.items():
        if value is not None and not isinstance(value, str):
            raise ApiError(400, "bad_field", f"{name} must be a string", field=name)


def _medicine(content: dict[str, Any], domain: Domain) -> str | None:
    medicine = content.get("medicine")
    return None if medicine is None else _known("medicine", medicine, domain.medicines)


def _known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return the name as the domain writes it: all of Unicode's normal forms of it are one name."""
    if name in names:
        return name
    form = normalize("NFKC", name)
    for known in names:
        if normalize("NFKC", known) == form:
            return known
    lowered = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name[:_SHOWN].casefold(), lowered, n=3, cutoff=0.5)
    nearest = [lowered[match] for match in close]
    raise ApiError(404, f"unknown_{kind}", f"there is no {kind} {short(name)}", field=kind, nearest=nearest)


def _month(text: str, domain: Domain) -> int:
    try:
        month = months.parse(text)
    except ValueError as error:
        raise ApiError(422, "bad_date", str(error), field="date") from None
    if not domain.first <= month <= domain.last:
        first, last = months.name(domain.first), months.name(domain.last)
        raise ApiError(
            422, "outside_horizon", f"{months.name(month)} cannot be forecast: {first} to {last} can",
            field="date", first=first, last=last,
        )  # fmt: skip
    return month


def short(text: str) -> str:
    """Return what a client sent as it may stand in a message: quoted, escaped and cut."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
