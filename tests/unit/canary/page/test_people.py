"""The two files of users and passwords, and the command that makes a line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from canary.page.passwords import main
from canary.page.people import People
from canary.page.settings import SettingsError

from .stage import HASH, PASSWORD, USERS

if TYPE_CHECKING:
    from pathlib import Path


def people(folder: Path, users: Any = USERS, passwords: str = f"ann:{HASH}\nvic:{HASH}\n") -> People:
    (folder / "users").write_text(users if isinstance(users, str) else json.dumps(users))
    (folder / "passwords").write_text(passwords)
    return People(folder / "users", folder / "passwords")


def test_everybody_has_a_name_a_role_and_an_operator_a_user_of_the_cluster(tmp_path: Path) -> None:
    found = people(tmp_path)
    found.check()
    ann, vic = (found.verified(name, PASSWORD) for name in ("ann", "vic"))
    assert ann is not None
    assert vic is not None
    assert (ann.orders, ann.acts_as) == (True, "ann@example.test")
    assert (vic.orders, vic.acts_as) == (False, "")


def test_comments_and_empty_lines_are_no_passwords(tmp_path: Path) -> None:
    people(tmp_path, passwords=f"# who may come in\n\nann:{HASH}\nvic:{HASH}\n").check()


def operator(**changes: str) -> list[dict[str, str]]:
    return [USERS[0] | changes]


@pytest.mark.parametrize(
    ("users", "said"),
    [
        ("[", "is no list of users"),
        ("{}", None),
        ('["ann"]', "is no list of users"),
        ([{"name": "ann"}], "is no list of users"),
        (operator(name="Ann"), "name 'Ann'"),
        (operator(name="a:b"), "name 'a:b'"),
        (operator(role="admin"), "role of ann: must be one of viewer, operator"),
        (operator(actsAs=""), "actsAs of ann"),
        (operator(actsAs="system:masters"), "actsAs of ann"),
        (operator(actsAs="a b"), "actsAs of ann"),
        (operator(actsAs="a\r\nImpersonate-Group: system:masters"), "actsAs of ann"),
        (operator(actsAs="änn"), "actsAs of ann"),
        (operator(name="bob"), "no password of bob"),
    ],
)
def test_a_file_of_users_that_cannot_be_used_is_one_line(
    tmp_path: Path, users: Any, said: str | None
) -> None:
    found = people(tmp_path, users)
    if said is None:
        found.check()
        return
    with pytest.raises(SettingsError, match=said) as caught:
        found.check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("line", ["ann", "ann:", "ann:secret", "ann:pbkdf2:sha256:1$a$b", f"ann:{HASH}x"])
def test_a_line_that_is_no_password_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError, match="passwords: line 2: is no NAME:HASH"):
        people(tmp_path, passwords=f"vic:{HASH}\n{line}\n").check()


def test_the_command_reads_the_password_from_stdin_and_prints_its_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "canary.page.passwords", "ann"]
    done = subprocess.run(command, input=f"{PASSWORD}\n", capture_output=True, text=True, check=True)
    assert PASSWORD not in done.stdout
    found = people(tmp_path, USERS[:1], done.stdout)
    found.check()
    assert found.verified("ann", PASSWORD) is not None
    assert found.verified("ann", f"{PASSWORD}\n") is None


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [("Ann", PASSWORD, "a name has"), ("ann", "short", "12 to 256"), ("ann", "p" * 257, "12 to 256")],
)
def test_a_password_that_is_no_good_is_wrong_usage(name: str, password: str, said: str) -> None:
    done = CliRunner().invoke(main, [name], input=f"{password}\n")
    assert done.exit_code == 2
    assert said in done.output
    assert password not in done.output
