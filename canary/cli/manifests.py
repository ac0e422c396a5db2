"""CanaryReleases in YAML text, with the lines their fields stand on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GROUP = "canary.serin.dev/"
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class _Loader(yaml.SafeLoader):
    """YAML as kubectl takes it: a date stays text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - a table of the base class, made once
        start: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for start, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class UnreadableError(Exception):
    """The text is no YAML; `line` is where reading stopped, 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Manifest:
    """One CanaryRelease and the YAML node it was read from."""

    body: Mapping[str, Any]
    node: yaml.Node

    @property
    def name(self) -> str:
        metadata = self.body.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    def line(self, path: str) -> int:
        """Find the line of a field such as spec.steps[1].weight, or of the nearest field around it."""
        node: yaml.Node = self.node
        line = node.start_mark.line
        for part in parts(path):
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        return int(line) + 1


def parts(path: str) -> list[str | int]:
    """Split spec.steps[1].weight into spec, steps, 1, weight."""
    return [int(match[2]) if match[2] else match[1] for match in _PART.finditer(path)]


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        pairs = ((key, value) for key, value in node.value if key.value == part)
        return next(((key.start_mark.line, value) for key, value in pairs), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    return None


def releases_in(text: str) -> list[Manifest]:
    """Read every CanaryRelease of a multi-document text; other kinds are passed over.

    Raises UnreadableError.
    """
    try:
        return list(_documents(_Loader(text)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is no YAML: {error.problem or error.context}{_template_hint(text)}"
        raise UnreadableError(message, mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise UnreadableError(f"is no YAML: {' '.join(str(error).split())}") from error
    except (RecursionError, ValueError, TypeError) as error:
        raise UnreadableError("is nothing that JSON can say: it refers to itself or has odd keys") from error


def _template_hint(text: str) -> str:
    return ": render the chart first, helm template ... | canary lint -" if "{{" in text else ""


def _documents(loader: _Loader) -> Iterator[Manifest]:
    while loader.check_node():
        if node := loader.get_node():
            yield from _unpacked(loader.construct_document(node), node)


def _unpacked(body: Any, node: yaml.Node) -> Iterator[Manifest]:
    """A document, or the items of a List as kubectl get prints it."""
    if not isinstance(body, dict):
        return
    if body.get("kind") == "CanaryRelease" and str(body.get("apiVersion", "")).startswith(_GROUP):
        yield Manifest(json.loads(json.dumps(body, default=str)), node)
    if body.get("kind") == "List" and isinstance(body.get("items"), list):
        items = _child(node, "items")
        for item, child in zip(body["items"], items[1].value if items else (), strict=True):
            yield from _unpacked(item, child)
