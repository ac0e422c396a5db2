"""Who may sign in, and whom they stand for in the cluster.

Two files: the users, which are no secret, and a line `NAME:HASH` for the password of each. Both are read
whenever somebody is looked up, so that whoever is taken out of them is out at once.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask_login import UserMixin
from werkzeug.security import check_password_hash, generate_password_hash

from canary.page.settings import SettingsError, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

METHOD = "scrypt:32768:8:1"
NAME = re.compile(r"[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?")
# As a header may carry it; names that begin so are those of Kubernetes itself.
_KUBERNETES_USER = re.compile(r"(?!system:)[!-~]{1,256}")
_HASH = re.compile(r"scrypt:[0-9]{4,6}:[0-9]{1,2}:[0-9]\$[^$]{8,64}\$[0-9a-f]{128}")


class Role(StrEnum):
    """What somebody who is signed in may do here."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Person(UserMixin):
    """Somebody who can sign in; `acts_as` is their user in the cluster, empty for a viewer.

    `mark` changes with the password, and ends the sessions that began with the old one.
    """

    name: str
    role: Role
    acts_as: str
    mark: str

    @property
    def orders(self) -> bool:
        """Whether they may give orders."""
        return self.role is Role.OPERATOR

    def get_id(self) -> str:
        return f"{self.name}:{self.mark}"


@dataclass(frozen=True)
class People:
    """The two files; without them nobody can sign in."""

    users: Path | None = None
    passwords: Path | None = None

    @property
    def anybody(self) -> bool:
        """Whether there is somebody who could sign in."""
        return self.users is not None

    def check(self) -> None:
        """Raise SettingsError, naming the file and the line, unless everybody in the files can sign in."""
        lacking = sorted(set(self._users()) - set(self._hashes()))
        if lacking:
            raise SettingsError(
                f"{self.passwords}: no password of {lacking[0]}: add the line that "
                f"`python -m canary.page.passwords {lacking[0]}` prints"
            )

    def find(self, identity: str) -> Person | None:
        """Look up whose session it is; None when they are gone or have another password."""
        found = self._person(identity.partition(":")[0])
        return found if found is not None and found.get_id() == identity else None

    def verified(self, name: str, password: str) -> Person | None:
        """Look up a name and its password; an unknown name takes as long as a wrong password."""
        stored = self._hashes().get(name, self._nobody)
        with _ONE:
            right = check_password_hash(stored, password)
        return self._person(name) if right else None

    @cached_property
    def _nobody(self) -> str:
        return generate_password_hash(secrets.token_urlsafe(), METHOD)

    def _person(self, name: str) -> Person | None:
        user, stored = self._users().get(name), self._hashes().get(name)
        if user is None or stored is None:
            return None
        mark = sha256(stored.encode()).hexdigest()[:16]
        return Person(name, Role(user["role"]), user.get("actsAs", ""), mark)

    def _users(self) -> Mapping[str, Any]:
        if self.users is None:
            return {}
        try:
            found = json.loads(text_of(self.users))
            return {user["name"]: user for user in found if _sound(self.users, user)}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(
                f"{self.users}: read: is no list of users: give name, role and actsAs of each"
            ) from error

    def _hashes(self) -> Mapping[str, str]:
        return {} if self.passwords is None else dict(_lines(self.passwords))


# A hash takes 32 MiB: one at a time, or strangers could have them all at once.
_ONE = threading.Lock()


def _sound(file: Path, user: Mapping[str, Any]) -> bool:
    """Raise SettingsError for a user whom the chart would have refused as well."""
    name, role, acts_as = user["name"], user["role"], user.get("actsAs", "")
    if not NAME.fullmatch(name):
        raise SettingsError(f"{file}: name {name!r}: a-z, 0-9, '.', '_' and '-' only")
    if role not in set(Role):
        raise SettingsError(f"{file}: role of {name}: must be one of {', '.join(Role)}")
    if role == Role.OPERATOR and not _KUBERNETES_USER.fullmatch(acts_as):
        raise SettingsError(
            f"{file}: actsAs of {name}: must be a user of the cluster, without spaces, and none of its own "
            "(system:...)"
        )
    return True


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text_of(file).splitlines(), start=1):
        name, _, stored = line.strip().partition(":")
        if not name or name.startswith("#"):
            continue
        if not _HASH.fullmatch(stored):
            raise SettingsError(
                f"{file}: line {number}: is no NAME:HASH: `python -m canary.page.passwords` prints one"
            )
        yield name, stored
