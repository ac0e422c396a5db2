"""A Prometheus that answers with prepared samples, over HTTP."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

_MATCHER = re.compile(r'(\w+)(=~|=)"((?:[^"\\]|\\.)*)"')
_SELECTOR = re.compile(r"([a-z_]*)\{(.*)\}(\[\d+s\])?")


@dataclass
class Store:
    """Series as (labels, samples); understands selectors, ranges and `count by (le)`, no more.

    `usages` answer the one question that computes.
    `strangers` are handed out with every range, whatever is asked for.
    `date` is what its clock says.
    It is `now` there, and younger samples are not in yet; None: all samples are in, whatever is asked.
    """

    series: list[tuple[Mapping[str, str], list[tuple[float, Any]]]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    body: bytes | None = None
    url: str = ""
    now: float | None = None
    date: float | None = None
    usages: list[Any] = field(default_factory=list)
    strangers: list[tuple[Mapping[str, str], list[tuple[float, Any]]]] = field(default_factory=list)

    def add(self, name: str, samples: list[tuple[float, Any]], **labels: str) -> None:
        self.series.append(({"__name__": name, **labels}, samples))

    def answer(self, question: str) -> bytes:
        self.questions.append(question)
        if self.body is not None:
            return self.body
        return json.dumps({"status": "success", "data": {"result": self._result(question)}}).encode()

    def serve(self) -> ThreadingHTTPServer:
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                body = store.answer(form["query"][0])
                self.send_response_only(200)
                if store.date is not None:
                    self.send_header("Date", formatdate(store.date, usegmt=True))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Tests are quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    def _result(self, question: str) -> list[dict[str, Any]]:
        if question.startswith("label_replace("):
            return self.usages
        found = _SELECTOR.search(question)
        assert found is not None, question
        name, matchers, span = found.groups()
        wanted = _MATCHER.findall(matchers) + ([("__name__", "=", name)] if name else [])
        seconds = float(span[1:-2]) if span else inf
        matched = [
            (labels, points)
            for labels, samples in self.series
            if _matches(labels, wanted) and (points := self._within(samples, seconds))
        ]
        if span:
            matched += self.strangers
            return [
                {"metric": labels, "values": [[t, str(v)] for t, v in points]} for labels, points in matched
            ]
        if question.startswith("count by"):
            limits = {labels["le"] for labels, _ in matched}
            return [{"metric": {"le": le}, "value": [0, "1"]} for le in sorted(limits)]
        return [
            {"metric": labels, "value": [points[-1][0], str(points[-1][1])]} for labels, points in matched
        ]

    def _within(self, samples: list[tuple[float, Any]], seconds: float) -> list[tuple[float, Any]]:
        """The samples of the last so many seconds, as far as they are in."""
        if self.now is None:
            return samples
        return [(time, value) for time, value in samples if self.now - seconds < time <= self.now]


def _matches(labels: Mapping[str, str], wanted: list[tuple[str, str, str]]) -> bool:
    return all(_holds(labels.get(key, ""), how, value.replace("\\\\", "\\")) for key, how, value in wanted)


def _holds(label: str, how: str, value: str) -> bool:
    return label == value if how == "=" else re.fullmatch(value, label) is not None
