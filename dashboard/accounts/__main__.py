"""`python -m dashboard.accounts`: who may sign in. Passwords come from the terminal or from stdin."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from dashboard import settings
from dashboard.accounts.people import People, PeopleError
from dashboard.accounts.tables import Person, Role
from dashboard.audit import ACTOR_LENGTH
from dashboard.database.base import now
from dashboard.database.engine import Database, described
from dashboard.refusal import ConfigError


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 when done, 1 when refused, 2 for a configuration that cannot be used."""
    chosen = _parser().parse_args(arguments)
    try:
        people = People(Database(settings.database_url(os.environ)), now, _operator())
        chosen.run(people, chosen)
    except ConfigError as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return 2
    except PeopleError as error:
        print(f"accounts: {error}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"dashboard: database: {described(error)}: was it migrated?", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard.accounts", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    adding = verbs.add_parser("add", help="add somebody; asks for the password, or reads one line of stdin")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--role", required=True, type=Role, choices=list(Role), metavar="|".join(Role))
    adding.add_argument("--branch", help="the one branch that a pharmacist asks for")
    adding.add_argument("--if-missing", action="store_true", help="do nothing if the name is there")
    adding.set_defaults(run=_add)
    verbs.add_parser("list", help="show everybody").set_defaults(run=_list)
    for verb, run, purpose in (
        ("disable", _disable, "let nobody in by that name, and end the sessions there are"),
        ("reset", _reset, "give a new password; lets a disabled person in again"),
    ):
        changing = verbs.add_parser(verb, help=purpose)
        changing.add_argument("name", metavar="NAME")
        changing.set_defaults(run=run)
    return parser


def _add(people: People, chosen: argparse.Namespace) -> None:
    if chosen.if_missing and people.find(chosen.name) is not None:
        print(f"{chosen.name}: is there already")
        return
    person = people.add(chosen.name, chosen.role, chosen.branch, _password())
    print(f"{person.name}: added as {_described(person)}")


def _list(people: People, _: argparse.Namespace) -> None:
    for person in people.everybody():
        print(f"{person.name}\t{_described(person)}")


def _disable(people: People, chosen: argparse.Namespace) -> None:
    people.disable(chosen.name)
    print(f"{chosen.name}: disabled, and signed out everywhere")


def _reset(people: People, chosen: argparse.Namespace) -> None:
    people.reset(chosen.name, _password())
    print(f"{chosen.name}: has a new password, and is signed out everywhere")


def _described(person: Person) -> str:
    words = [person.role.value]
    if person.branch is not None:
        words.append(f"of {person.branch}")
    if person.disabled_at is not None:
        words.append(f"(disabled {person.disabled_at:%Y-%m-%d})")
    return " ".join(words)


def _password() -> str:
    """Ask twice at a terminal; else read the first line, as of a mounted secret."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass.getpass("Password: ")
    if given != getpass.getpass("Again: "):
        raise PeopleError("the two passwords differ: nothing was done")
    return given


def _operator() -> str:
    """Who the audit trail names; containers have users without a name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"command line ({user})"[:ACTOR_LENGTH]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
