"""Whoever is called finds an entry for what called them, and no entry is about what is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from canary.cli.main import VERBS
from canary.core.model import Cause
from canary.core.stalls import Stall
from tests.manifests.test_alerts import rules

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "operations"
RUNBOOK = FOLDER / "runbook.md"
PAGES = sorted(FOLDER.glob("*.md"))
OF_PEOPLE = {"flow.md"}
"""Pages that tell nothing of releases."""
METRICS = ROOT / "docs" / "reference" / "metrics.md"
ROUTERS = sorted((ROOT / "canary" / "adapters" / "routers").glob("*.py"))


def entries(chapter: str) -> dict[str, str]:
    """Heading to text of every entry of a chapter."""
    text = RUNBOOK.read_text(encoding="utf-8").partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_alert_has_an_entry() -> None:
    assert sorted(entries("Alerts")) == sorted(rules())


@pytest.mark.parametrize("alert", rules())
def test_an_entry_says_what_it_means_and_where_to_look_or_what_to_do(alert: str) -> None:
    entry = entries("Alerts")[alert]
    assert "- **Means**: " in entry
    assert "- **Do**: " in entry or "- **Look**: " in entry


def test_every_kind_of_stall_has_an_entry() -> None:
    assert sorted(entries("Stalls")) == sorted(map(str, Stall))


def test_every_reason_to_go_back_has_an_entry() -> None:
    assert sorted(entries("Ways back")) == sorted(map(str, Cause))


def sentences(path: Path) -> list[str]:
    """What the functions of a router return in words, with {} for what they fill in."""
    returned = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Return)]
    texts = [_text(value) for value in returned if isinstance(value, ast.Constant | ast.JoinedStr)]
    return [text for text in texts if ": " in text]


def _text(value: ast.expr) -> str:
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


def test_every_trouble_of_a_route_is_in_the_table_and_nothing_else() -> None:
    told = re.findall(r"^\| `(.+?)` \|", entries("Stalls")["Route"], flags=re.MULTILINE)
    said = [sentence for path in ROUTERS for sentence in sentences(path)]
    assert [sentence for sentence in said if not any(words in sentence for words in told)] == []
    assert [words for words in told if not any(words in sentence for sentence in said)] == []
    assert len(said) >= 8


def anchors(path: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_no_two_entries_share_an_anchor() -> None:
    assert len(set(anchors(RUNBOOK))) == len(anchors(RUNBOOK))


@pytest.mark.parametrize("alert", rules())
def test_the_link_of_an_alert_leads_to_its_entry(alert: str) -> None:
    path, _, anchor = rules()[alert]["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_verb_and_metric_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    verbs = set(re.findall(r"(?:`|^    )canary ([a-z]+)", text, flags=re.MULTILINE))
    assert bool(verbs) == (page.name not in OF_PEOPLE)
    assert verbs - {verb.name for verb in VERBS} == set()
    metrics = set(re.findall(r"\b(?:canary|forecast)_[a-z_]+\b", text))
    assert [name for name in metrics if f"`{name}`" not in METRICS.read_text(encoding="utf-8")] == []
