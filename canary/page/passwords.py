"""`python -m canary.page.passwords NAME` reads a password from stdin and prints its line.

Never from the command line: that is visible to every process of the machine, and stays in its history.
"""

from __future__ import annotations

import getpass
import sys

import click
from werkzeug.security import generate_password_hash

from canary.page.people import METHOD, NAME

SHORTEST, LONGEST = 12, 256


@click.command()
@click.argument("name")
def main(name: str) -> None:
    """Print the line for the password of NAME, which is read from stdin: NAME:HASH."""
    if not NAME.fullmatch(name):
        raise click.UsageError(f"{name!r}: a name has a-z, 0-9, '.', '_' and '-' only.")
    password = getpass.getpass(f"Password of {name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = password.rstrip("\r\n")
    if not SHORTEST <= len(password) <= LONGEST:
        raise click.UsageError(f"the password must have {SHORTEST} to {LONGEST} characters.")
    click.echo(f"{name}:{generate_password_hash(password, METHOD)}")


if __name__ == "__main__":
    main()
