"""Asks the forecast through its entrance: in bounded time, with a bounded number of tries.

Every question is safe to ask again, so that a refused connection, a lost answer, a 502 from the entrance
or a 500 from a release that will not last costs another try: the next one may reach the other release.
What is left is told as one of two errors: away, or refused.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import urllib3

from dashboard import agreement
from dashboard.agreement import (
    Catalogue,
    Forecast,
    ForecastAwayError,
    ForecastRefusedError,
    Question,
    Sold,
)
from dashboard.metrics import Calls
from dashboard.settings import ForecastAccess

T = TypeVar("T")

_LOG = logging.getLogger("dashboard.client")
_RETRIED = (500, 502, 503, 504)
_BACKOFF_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `path` has its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, and in `where` what it answers, for messages."""

    where: str
    status: int
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Known:
    etag: str
    catalogue: Catalogue


class ForecastClient:
    """Safe from any thread; connections are kept open."""

    def __init__(self, access: ForecastAccess, calls: Calls) -> None:
        self._url = access.url
        self._host = {"Host": access.host} if access.host else {}
        self._calls = calls
        self._known: _Known | None = None
        self._pool = urllib3.PoolManager(
            maxsize=8,
            timeout=urllib3.Timeout(total=access.timeout_seconds),
            retries=urllib3.Retry(
                total=access.tries - 1,
                redirect=False,
                status_forcelist=_RETRIED,
                allowed_methods=("GET", "POST"),
                backoff_factor=_BACKOFF_SECONDS,
                raise_on_status=False,
                respect_retry_after_header=False,
            ),
        )

    def predict(self, questions: Sequence[Question], trace: dict[str, str]) -> tuple[Forecast, ...]:
        """Answer all questions in their order, at most 500, by one and the same model.

        `trace` are the headers of `trace.Identity`. ForecastAwayError when there is no usable answer,
        ForecastRefusedError when one of the questions cannot be answered.
        """
        body = json.dumps([question.as_json() for question in questions]).encode()
        call = Call("POST", "/predict", trace | {"Content-Type": "application/json"}, body)
        return self._told(lambda: _read(self._sent(call), lambda body: agreement.forecasts(body, questions)))

    def history(self, branch: str, trace: dict[str, str]) -> dict[str, Sold]:
        """Return what was sold of each medicine in the months before the first forecast; errors as above."""
        call = Call("GET", f"/history?{urlencode({'branch': branch})}", trace)
        return self._told(lambda: _read(self._sent(call), agreement.history))

    def catalogue(self, trace: dict[str, str]) -> Catalogue:
        """Return what can be asked for now; errors as above. What is known already is only compared."""
        return self._told(lambda: self._compared(trace))

    @property
    def known(self) -> Catalogue | None:
        """Return what could be asked for when the forecast last said so: for pages while it is away."""
        return self._known.catalogue if self._known else None

    def _compared(self, trace: dict[str, str]) -> Catalogue:
        known = self._known
        tag = {"If-None-Match": known.etag} if known else {}
        answer = self._sent(Call("GET", "/catalogue", trace | tag))
        if known and answer.status == 304:
            return known.catalogue
        try:
            found = _read(answer, agreement.catalogue)
        except ForecastRefusedError as error:
            # Nothing was asked that could be wrong: this release is older than what it is asked for.
            raise ForecastAwayError(f"{answer.where}: {error}") from error
        self._known = _Known(answer.etag, found)
        return found

    def _told(self, ask: Callable[[], T]) -> T:
        """Count and time a question by its outcome."""
        started, outcome = time.perf_counter(), "away"
        try:
            found = ask()
            outcome = "answered"
        except ForecastRefusedError:
            outcome = "refused"
            raise
        except ForecastAwayError as error:
            _LOG.warning("the forecast is away: %s", error)
            raise
        finally:
            self._calls.count(outcome, time.perf_counter() - started)
        return found

    def _sent(self, call: Call) -> Answer:
        where = f"{call.method} {self._url}{call.path}"
        headers = {"Accept": "application/json", **self._host, **call.headers}
        try:
            answer = self._pool.request(call.method, self._url + call.path, body=call.body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise ForecastAwayError(f"{where}: {error}") from error
        return Answer(where, answer.status, answer.data, answer.headers.get("ETag", ""))


def _read(answer: Answer, understand: Callable[[Any], T]) -> T:
    if answer.status != 200 and not 400 <= answer.status < 500:
        raise ForecastAwayError(f"{answer.where}: {answer.status}: {answer.body[:200]!r}")
    try:
        content = json.loads(answer.body)
        if answer.status == 200:
            return understand(content)
        refusal = agreement.refusal(answer.status, content)
    except (ValueError, RecursionError) as error:
        raise ForecastAwayError(
            f"{answer.where}: {answer.status}, and the answer is not as agreed: {error}"
        ) from error
    raise refusal
