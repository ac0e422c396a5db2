"""What the documents name exists: links and their anchors, targets of the Makefile, commands, modules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from canary.cli.main import VERBS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "helm/*/README.md", "canary/**/README.md", "examples/**/*.md")
    for page in ROOT.glob(pattern)
)
# Anything in parentheses after brackets that is no address of its own.
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?://|mailto:)([^)\s]+)\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its code: brackets in there are no links."""
    without = re.sub(r"^(```.*?^```|(?: {4,}|\t).*?$)", "", text(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", without)


def links(page: Path) -> list[str]:
    return LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    def dead(link: str) -> bool:
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        return not target.exists() or bool(
            anchor and target.suffix == ".md" and anchor not in anchors(target)
        )

    return [link for link in links(page) if dead(link)]


def code(page: Path) -> str:
    """Indented and fenced blocks, and what stands between backquotes."""
    blocks = re.findall(r"^(?: {4,}|\t)(.*)$", text(page), flags=re.MULTILINE)
    fenced = re.findall(r"^```.*?\n(.*?)^```", text(page), flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *fenced, *re.findall(r"`([^`\n]+)`", text(page))])


def targets() -> set[str]:
    lines = re.findall(r"^([a-z][a-z -]*):(?!=)", text(ROOT / "Makefile"), flags=re.MULTILINE)
    return {target for line in lines for target in line.split()}


def unknown_targets(page: Path) -> set[str]:
    named = re.findall(r"(?:^|\$ |&& )make ([a-z][a-z-]*(?: [a-z][a-z-]*)*)", code(page), flags=re.MULTILINE)
    return {target for words in named for target in words.split()} - targets()


def unknown_verbs(page: Path) -> set[str]:
    named = re.findall(r"(?:^|\$ |&& |kubectl )canary ([a-z]+)\b", code(page), flags=re.MULTILINE)
    return set(named) - {verb.name for verb in VERBS}


def unknown_modules(page: Path) -> list[str]:
    """Modules that are run by name, such as `python -m loadtest.gate`."""
    named = set(re.findall(r"python -m ([a-z_.]+)", code(page))) - {"pytest", "pip", "http.server", "venv"}
    return [
        each
        for each in named
        if not any((ROOT / f"{each.replace('.', '/')}{end}").exists() for end in (".py", "/__main__.py"))
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_target_command_and_module_that_is_named_exists(page: Path) -> None:
    assert unknown_targets(page) == set()
    assert unknown_verbs(page) == set()
    assert unknown_modules(page) == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.is_relative_to(DOCS)], ids=name)
def test_the_index_leads_to_every_page_or_to_its_folder(page: Path) -> None:
    indices = [DOCS / "README.md", *DOCS.glob("*/README.md")]
    linked = [(index.parent / link.partition("#")[0]).resolve() for index in indices for link in links(index)]
    assert page in indices or page in linked or page.parent in linked


@pytest.mark.parametrize(
    ("line", "find"),
    [
        ("see [this](nowhere.md)", dead_links),
        ("see [this](README.md#nowhere)", dead_links),
        ("    make nothing", unknown_targets),
        ("run `make check nothing`", unknown_targets),
        ("    canary promise forecast", unknown_verbs),
        ("run `python -m canary.nothing`", unknown_modules),
    ],
)
def test_a_page_that_names_what_there_is_not_is_found(tmp_path: Path, line: str, find: object) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "README.md").write_text("# Here\n")
    page.write_text(f"# Page\n\n{line}\n")
    assert callable(find)
    assert find(page)
