"""The Kubernetes API as plain JSON: one connection, one place where its errors are translated.

The official client finds the credentials, keeps them fresh and owns the connection pool.
Objects stay dictionaries: its typed models would cost tens of MiB and hide unknown fields.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from canary.adapters.calls import NO_ANSWER, Call, nobody
from canary.adapters.kinds import LEASE
from canary.adapters.refusals import translate
from canary.ports import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kubernetes.client import ApiClient

    from canary.adapters.kinds import Kind

Object = dict[str, Any]
Objects = list[Object]

MANAGER = "canary-controller"
AGENT = "canary"
JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
ANSWER_TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
# One renewal that is never answered must not cost the lead: another one has to fit before it runs out.
LEASE_TIMEOUT = urllib3.Timeout(connect=2.0, read=3.0)
PAGE = 500
_VERBS = {APPLY: "apply", MERGE: "patch", "POST": "create", "PUT": "update", "DELETE": "delete"}
# Watches are renewed often: one whose connection silently died is noticed within the time-out.
WATCH_SECONDS = 30
WATCH_TIMEOUT = urllib3.Timeout(connect=3.0, read=40.0)


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the API, independent of server and identity."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Object | None = None
    content: str = JSON


class Kube:
    """One API server, reached with one identity. Safe to share between threads.

    `told` hears of every call. The API server knows us by `names`: the manager of the fields that we
    write, and what its audit log calls us. With a `user` we impersonate them.
    """

    def __init__(
        self,
        api: ApiClient,
        namespace: str,
        told: Callable[[Call], None] = nobody,
        names: tuple[str, str] = (MANAGER, AGENT),
        user: str = "",
    ) -> None:
        self._api, self._told, self._names = api, told, names
        self._ours = {"fieldManager": names[0]}
        self._headers = {"User-Agent": names[1]} | ({"Impersonate-User": user} if user else {})
        self.namespace = namespace

    def acting_as(self, user: str) -> Kube:
        """The same server for `user`: calls have their rights and no others, if we may impersonate them."""
        return Kube(self._api, self.namespace, self._told, self._names, user)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object; NotFoundError when it does not exist."""
        return self._call(kind, Request("GET", kind.path(namespace, name)))

    live = get

    def list(self, kind: Kind, namespace: str = "", labels: str = "") -> Objects:
        """All objects of a kind, in one namespace or everywhere, matching a label selector."""
        return self.snapshot(kind, namespace, labels)[0]

    def snapshot(self, kind: Kind, namespace: str = "", labels: str = "") -> tuple[Objects, str]:
        """The objects, and the resourceVersion from which a watch continues."""
        items: Objects = []
        version = ""
        for page, version in self.pages(kind, namespace, labels):  # noqa: B007 - that of the last page
            items += page
        return items, version

    def pages(
        self, kind: Kind, namespace: str = "", labels: str = "", size: int = PAGE
    ) -> Iterator[tuple[Objects, str]]:
        """The objects, so many at a time, each page with its resourceVersion: nobody has to hold them all."""
        query = {"limit": str(size)} | ({"labelSelector": labels} if labels else {})
        while True:
            page = self._call(kind, Request("GET", kind.path(namespace), query))
            items = [item | {"kind": kind.name, "apiVersion": kind.api_version} for item in page["items"]]
            yield items, page["metadata"].get("resourceVersion", "")
            query["continue"] = page["metadata"].get("continue")
            if not query["continue"]:
                return

    def watch(self, kind: Kind, namespace: str, labels: str, version: str) -> Iterator[tuple[str, Object]]:
        """Changes after `version` as (type, object), bookmarks included, until the stream ends.

        Raises ExpiredError when the server no longer knows `version`.
        """
        query = {"watch": "1", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        query |= {"resourceVersion": version} | ({"labelSelector": labels} if labels else {})
        answer = self._send(kind, Request("GET", kind.path(namespace), query), WATCH_TIMEOUT)
        try:
            for line in _lines(answer):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    status = event["object"]
                    raise translate(kind.plural, "watch", status.get("code", 500), json.dumps(status))
                yield event["type"], event["object"]
        except (urllib3.exceptions.HTTPError, ValueError, KeyError) as error:
            raise UnreachableError(f"{kind.plural}: watch: the stream broke: it is opened again") from error
        finally:
            answer.close()

    def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        """Create one object; `metadata.generateName` is honoured."""
        body = {"apiVersion": kind.api_version, "kind": kind.name} | body
        return self._call(kind, Request("POST", kind.path(namespace), self._ours, body))

    def replace(self, kind: Kind, body: Object) -> Object:
        """Replace one object at its resourceVersion; ConflictError when it moved."""
        meta = body["metadata"]
        path = kind.path(meta["namespace"], meta["name"])
        return self._call(kind, Request("PUT", path, self._ours, body))

    def apply(self, kind: Kind, body: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        """Server-side apply of the fields in `body`, taking them over from other managers.

        A `metadata.resourceVersion` in `body` is a precondition: ConflictError when the object moved.
        """
        meta = body["metadata"]
        path = kind.path(meta.get("namespace", ""), meta["name"], subresource)
        query = self._ours | {"force": "true"} | ({"dryRun": "All"} if dry_run else {})
        body = {"apiVersion": kind.api_version, "kind": kind.name} | body
        return self._call(kind, Request("PATCH", path, query, body, APPLY))

    def merge(self, kind: Kind, body: Object, *, subresource: str = "") -> Object:
        """Change only the fields in `body`, leaving alone what else we own of the object.

        A `metadata.resourceVersion` in `body` is a precondition, as for `apply`.
        """
        meta = body["metadata"]
        path = kind.path(meta["namespace"], meta["name"], subresource)
        return self._call(kind, Request("PATCH", path, self._ours, body, MERGE))

    def delete(self, kind: Kind, namespace: str, name: str, uid: str = "", version: str = "") -> None:
        """Delete one object and, in the background, what it owns.

        `uid` guards against a namesake, `version` against what others did to it since it was read: both
        are a ConflictError.
        """
        seen = {key: value for key, value in (("uid", uid), ("resourceVersion", version)) if value}
        body: Object = {"propagationPolicy": "Background"} | ({"preconditions": seen} if seen else {})
        self._call(kind, Request("DELETE", kind.path(namespace, name), body=body))

    def close(self) -> None:
        self._api.rest_client.close()

    def _call(self, kind: Kind, request: Request) -> Object:
        answer = self._send(kind, request, LEASE_TIMEOUT if kind == LEASE else ANSWER_TIMEOUT)
        try:
            result: Object = json.loads(answer.data)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise UnreachableError(
                f"{_subject(kind, request.path)}: {request.method}: the answer broke off: try again"
            ) from error
        return result

    def _send(self, kind: Kind, request: Request, timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        """The answer, its body still unread; everything but success is raised."""
        host = self._api.configuration.host
        begun, code, date = time.monotonic(), NO_ANSWER, ""
        headers = {"Accept": JSON, "Content-Type": request.content} | self._headers
        self._api.update_params_for_auth(headers, [], ["BearerToken"], request.path, request.method, None)
        pool: urllib3.PoolManager = self._api.rest_client.pool_manager
        try:
            answer = pool.request(
                request.method,
                f"{host}{request.path}?{urlencode(request.query)}",
                body=None if request.body is None else json.dumps(request.body),
                headers=headers,
                timeout=timeout,
                preload_content=False,
            )
            code, date = str(answer.status), answer.headers.get("Date", "")
            if answer.status < 300:
                return answer
            text = answer.data.decode("utf-8", "replace")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            why = _cause(error)
            raise UnreachableError(f"API server {host}: {request.method}: {why}: is it running?") from error
        finally:
            self._told(Call(_verb(kind, request), kind.plural, code, time.monotonic() - begun, date))
        raise translate(_subject(kind, request.path), request.method, answer.status, text)


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.stream(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line)


def _subject(kind: Kind, path: str) -> str:
    """What a path is about: `Kind namespace/name`, as far as it names them."""
    parts = path.split("/")
    at = parts.index(kind.plural)
    namespace = parts[at - 1] if parts[at - 2] == "namespaces" else ""
    place = "/".join(part for part in (namespace, *parts[at + 1 : at + 2]) if part)
    return f"{kind.name} {place}".rstrip()


def _verb(kind: Kind, request: Request) -> str:
    """Kubernetes' own word for a call, as its audit log and its roles have it; apply is told from patch."""
    if request.method == "GET":
        if request.query.get("watch"):
            return "watch"
        return "list" if request.path.endswith(f"/{kind.plural}") else "get"
    return _VERBS.get(request.content) or _VERBS[request.method]


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())[:200]
