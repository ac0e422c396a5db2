"""docs/reference/dashboard.md has every variable that the dashboard reads, and every command it offers."""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dashboard import settings
from dashboard.accounts import __main__ as accounts
from dashboard.database import __main__ as database

PAGE = (Path(__file__).parents[2] / "docs/reference/dashboard.md").read_text()


class Asked(Mapping[str, str]):
    """An environment that remembers what was looked up."""

    def __init__(self, given: dict[str, str]) -> None:
        self.given = given
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def variables() -> dict[str, str]:
    """Name -> default, as the page has them."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^`|]+?)`? \|", PAGE, re.MULTILINE))


def test_every_variable_stands_there_and_no_other(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0" * 32)
    environment = Asked({"SECRET_KEY_FILE": str(key)})
    settings.read(environment)
    assert set(variables()) == environment.names | {"SECRET_KEY"}


def test_the_defaults_are_those_of_the_code() -> None:
    needed = {"SECRET_KEY": "0" * 32}
    written = {name: default for name, default in variables().items() if default != "none"}
    assert settings.read(needed | written) == settings.read(needed)
    assert len(written) == len(variables()) - 3


@pytest.mark.parametrize("module", [accounts, database], ids=["accounts", "database"])
def test_every_command_stands_there_with_its_options(module: "type[accounts]") -> None:
    _, _, section = PAGE.partition(f"## python -m {module.__spec__.parent}\n")
    documented = dict(re.findall(r"^\| `(\w+)([^`]*)` \|", section.partition("\n## ")[0], re.MULTILINE))
    (verbs,) = (one for one in module._parser()._actions if isinstance(one, argparse._SubParsersAction))
    assert set(documented) == set(verbs.choices)
    for verb, parser in verbs.choices.items():
        options = {name for action in parser._actions for name in action.option_strings if name[:2] == "--"}
        assert set(re.findall(r"--[a-z-]+", documented[verb])) == options - {"--help"}
