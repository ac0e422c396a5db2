"""What a verb works with: the terminal, the way to the cluster, and the release that is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from canary.ports import NotFoundError, SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.cli.terminal import Terminal
    from canary.ports import Desk, Release


_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


class AmbiguousError(SerinError):
    """More than one release could be meant."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which cluster and namespace, as on kubectl's command line; empty means the kubeconfig's own choice."""

    namespace: str = ""
    context: str = ""
    kubeconfig: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Lives for one command: the terminal, and the way to the cluster for verbs that need it."""

    terminal: Terminal
    connect: Callable[[Where], Desk]


def find(desk: Desk, where: Where, name: str) -> Release:
    """Read the release called `name`, or the only one there is.

    Raises NotFoundError with the names that do exist, AmbiguousError when several could be meant.
    """
    namespace, bare = namespace_of(desk, where), valid(name.rpartition("/")[2])
    if not bare:
        return _only(desk.releases(namespace), namespace)
    try:
        return desk.release(namespace, bare)
    except NotFoundError:
        known = ", ".join(release.name for release in desk.releases(namespace))
        hint = f"there is {known}" if known else "the namespace holds no release; see canary list -A"
        raise NotFoundError(f"release {namespace}/{bare}: not found: {hint}") from None


def namespace_of(desk: Desk, where: Where) -> str:
    """Choose the namespace that was named, else the context's own."""
    return valid(where.namespace) or desk.namespace


def valid(name: str) -> str:
    """Pass on the name of an object; it becomes part of a URL. Raises click.UsageError."""
    if name and not _OBJECT_NAME.fullmatch(name):
        raise click.UsageError(f"{name!r} cannot be the name of an object: a-z, 0-9, '-' and '.' only.")
    return name


def _only(found: list[Release], namespace: str) -> Release:
    if not found:
        raise NotFoundError(
            f"namespace {namespace}: holds no release: pass -n NAMESPACE, or see canary list -A"
        )
    if len(found) > 1:
        names = ", ".join(release.name for release in found)
        raise AmbiguousError(f"namespace {namespace}: holds {len(found)} releases: name one of {names}")
    return found[0]


def reference(release: Release) -> str:
    """Name a release as kubectl -o name does."""
    return f"canaryrelease.canary.serin.dev/{release.name}"
