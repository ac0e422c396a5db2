"""The reference pages: kinds and charts' values from their own schemas, metrics from their registries.

`python -m tests.manifests.reference` writes them into docs/reference; a test holds the files against them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from .charts import CHARTS, CONTROLLER, DASHBOARD, FORECAST, ROOT, Manifest, definitions, schema_of
from .environment import environment_page
from .figures import metrics_page
from .page import process_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = ROOT / "docs" / "reference"
KINDS = ("CanaryRelease", "ReleaseCommand")
OF_EVERY_OBJECT = ("apiVersion", "kind", "metadata")
WORDS = {"%$": "share", "(ms|s|m|h)$": "duration"}

INTRODUCTION = """\
A duration is a text such as `250ms`, `60s`, `10m` or `1h`, a share a text such as `1%` or `99.5%`.
This page is generated: `make reference` writes it again.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a schema: path as people write it, type and default in words, and its description."""

    path: str
    kind: str
    default: str
    meaning: str


def fields(schema: Manifest, path: str = "", common: Manifest | None = None) -> Iterator[Field]:
    """Every named field below a schema, depth first; `common` are the definitions that $ref points to."""
    common = common or schema.get("$defs", {})
    for name, given in schema.get("properties", {}).items():
        here, node = f"{path}.{name}".lstrip("."), _resolved(given, common)
        yield Field(
            here,
            _kind(node, common),
            _default(schema, name, node),
            " ".join(node.get("description", "").split()),
        )
        yield from fields(node, here, common)
        if node.get("type") == "array":
            yield from fields(_resolved(node["items"], common), f"{here}[]", common)


def fields_of_kind(kind: str) -> list[Field]:
    """The fields of a kind, without those that every object has."""
    found = fields(schema_of(definitions()[kind]))
    return [field for field in found if field.path.partition(".")[0] not in OF_EVERY_OBJECT]


def values_of(chart: Path) -> list[Field]:
    """The values of a chart, with the defaults of its values.yaml."""
    given = yaml.safe_load((chart / "values.yaml").read_text())
    schema = json.loads((chart / "values.schema.json").read_text())
    return [
        Field(field.path, field.kind, _at(given, field.path, field.default), field.meaning)
        for field in fields(schema)
    ]


def kind_page(kind: str) -> str:
    """The page of a kind: what can be asked for, what is reported, and what is refused."""
    crd = definitions()[kind]
    schema, found = schema_of(crd), fields_of_kind(kind)
    (version,) = crd["spec"]["versions"]
    about = f"`apiVersion: {crd['spec']['group']}/{version['name']}`. {schema['description']}"
    lines = [f"# {kind}\n", f"{about}\n", INTRODUCTION]
    for part in ("spec", "status"):
        lines += [
            f"## {part}\n",
            *_table("field", [each for each in found if each.path.startswith(part)]),
            "",
        ]
    lines += ["## Refused besides\n", *(f"- {message}" for message in _refusals(schema)), ""]
    return "\n".join(lines)


def values_page(chart: Path) -> str:
    """The page of a chart's values."""
    place = chart.relative_to(CHARTS.parent)
    about = f"The values of the chart in `{place}`. One that is not listed here is refused.\n"
    return "\n".join(
        [f"# Values of {chart.name}\n", about, INTRODUCTION, *_table("value", values_of(chart)), ""]
    )


def _table(what: str, found: list[Field]) -> Iterator[str]:
    yield f"| {what} | type | default | meaning |"
    yield "|---|---|---|---|"
    for field in found:
        cells = (_plain(text) for text in (field.kind, field.default, field.meaning))
        yield f"| `{field.path}` | {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown takes for neither the end of a cell nor a tag."""
    return text.replace("|", "\\|").replace("<", "\\<")


def _refusals(node: Any) -> Iterator[str]:
    """The messages of all rules below a schema."""
    if isinstance(node, list):
        for item in node:
            yield from _refusals(item)
    if isinstance(node, dict):
        yield from (rule["message"] for rule in node.get("x-kubernetes-validations", ()))
        for value in node.values():
            yield from _refusals(value)


def _resolved(node: Manifest, common: Manifest) -> Manifest:
    """A schema with what it refers to; its own words win."""
    target = node.get("$ref", "").removeprefix("#/$defs/")
    return {**common[target], **node} if target else node


def _kind(node: Manifest, common: Manifest) -> str:
    if node.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if "enum" in node or "const" in node:
        return ", ".join(_code(each) for each in node.get("enum", [node.get("const")]))
    if "type" not in node:
        choices = [_resolved(each, common) for each in node.get("oneOf") or node["anyOf"]]
        return " or ".join(_kind(each, common) for each in choices)
    if node["type"] == "array":
        return f"list of {_kind(_resolved(node['items'], common), common)}"
    plain = " or ".join(node["type"]) if isinstance(node["type"], list) else node["type"]
    pattern = node.get("pattern", "")
    named = (word for ending, word in WORDS.items() if pattern.endswith(ending))
    return f"{next(named, plain)}{_limits(node)}"


def _limits(node: Manifest) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']}" + ("" if most is None else f", up to {most}")
    if least is None or most is None:
        return "" if least is None else f" from {least}"
    return f" from {least} to {most}"


def _default(schema: Manifest, name: str, node: Manifest) -> str:
    if "default" in node and not _full(node["default"]):
        return _code(node["default"])
    return "needed" if name in schema.get("required", ()) else ""


def _at(values: Any, path: str, otherwise: str) -> str:
    """What values.yaml says at a path; only leaves are worth showing."""
    for key in path.split("."):
        if not isinstance(values, dict) or key not in values:
            return "" if otherwise == "needed" and "[]" not in path else otherwise
        values = values[key]
    return "" if _full(values) else _code(values)


def _full(value: Any) -> bool:
    """Whether its parts have rows of their own."""
    return isinstance(value, dict) and bool(value)


def _code(value: Any) -> str:
    return (
        f"`{json.dumps(value, ensure_ascii=False)}`"
        if not isinstance(value, str) or not value
        else f"`{value}`"
    )


PAGES = {f"{kind.lower()}.md": partial(kind_page, kind) for kind in KINDS} | {
    f"values-{chart.name}.md": partial(values_page, chart) for chart in (FORECAST, DASHBOARD, CONTROLLER)
}
PAGES["metrics.md"] = metrics_page
PAGES["page.md"] = process_page
PAGES["environment.md"] = environment_page


def main() -> None:
    """Write every page again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
