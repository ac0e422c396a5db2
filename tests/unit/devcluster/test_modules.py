"""What `make demo` compiles is pinned, and compiled once."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from devcluster import sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devcluster.sources import Module

REQUIREMENT = re.compile(
    r"^(?:require )?\s*([\w./~-]+\.[\w./~-]+) (v[\w.+-]+)(?: // indirect)?$", re.MULTILINE
)
REPLACEMENT = re.compile(r"^replace ([\w./~-]+) => (?:[\w./~-]+ (v[\w.+-]+)|\./.*)$", re.MULTILINE)
TOGETHER = (*sources.CLUSTER, *sources.PLATFORM)


def versions(module: Module) -> dict[str, str]:
    """Version of each module that goes into the programs; replaced by a folder of ours, it has none."""
    text = (module.folder / "go.mod").read_text()
    required = dict(REQUIREMENT.findall(text))
    replaced = dict(REPLACEMENT.findall(text))
    return {name: replaced.get(name, version) for name, version in required.items()}


def differing(found: Iterable[dict[str, str]]) -> dict[str, set[str]]:
    """Modules that come in more than one version, with all of them."""
    seen: dict[str, set[str]] = defaultdict(set)
    for name, version in chain.from_iterable(each.items() for each in found):
        if version:
            seen[name].add(version)
    return {name: all_of_it for name, all_of_it in seen.items() if len(all_of_it) > 1}


@pytest.mark.parametrize("module", sources.ALL, ids=lambda module: module.name)
def test_every_module_is_locked(module: sources.Module) -> None:
    assert (module.folder / "go.mod").is_file()
    assert (module.folder / "go.sum").is_file()


def test_what_is_shared_has_one_version_so_that_it_is_compiled_once() -> None:
    assert all(len(versions(module)) > 50 for module in TOGETHER)
    assert differing(versions(module) for module in TOGETHER) == {}


def test_a_second_version_is_found() -> None:
    (kubernetes, *_) = TOGETHER
    raised = versions(kubernetes) | {"golang.org/x/net": "v99.0.0"}
    assert set(differing([versions(kubernetes), raised])) == {"golang.org/x/net"}
