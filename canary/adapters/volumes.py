"""One ConfigMap of a journal as data: its lines as text, its records packed. Nothing here reads or writes.

Records are gzip members, one after the other, so that any tool unpacks them all. The last member is packed
again whenever something is added, until it is large enough: lines that are like the ones before them cost a
quarter of what they would alone.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from canary.core.codec import entry_from_json, entry_to_json
from canary.core.records import Header, fresh, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.core.model import JournalEntry
    from canary.core.records import Kept, Looked

Object = dict[str, Any]

ENTRIES, RECORDS = "entries", "records"
_MEMBER_BYTES = 64 * 1024
# Far more than fits in honestly: what unpacks to more than this was made to fill somebody's memory.
_MOST_BYTES = 256 * 1024 * 1024


class BrokenError(ValueError):
    """The records of a ConfigMap cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What one ConfigMap holds, and what the next line must know about those before it.

    `version` is empty until the object exists. `whole` are the members that are large enough, `lines`
    those of the last one, `last` the same packed. `header` is the last one in here, `sequence` the
    number of the last line of the journal, wherever that is.
    """

    number: int
    version: str = ""
    entries: str = ""
    whole: bytes = b""
    lines: tuple[str, ...] = ()
    last: bytes = field(default=b"", repr=False)
    header: Header | None = None
    sequence: int = -1

    @property
    def size(self) -> int:
        """Bytes that count towards the limit of a ConfigMap."""
        return len(self.entries.encode()) + len(self.whole) + len(self.last)

    def noted(self, entries: Iterable[JournalEntry]) -> Volume:
        """Add the lines of the journal that come after the last one."""
        later = [entry for entry in entries if entry.sequence > self.sequence]
        text = "".join(f"{json.dumps(entry_to_json(entry))}\n" for entry in later)
        newest = max((entry.sequence for entry in later), default=self.sequence)
        return replace(self, entries=self.entries + text, sequence=newest)

    def kept(self, records: Iterable[Header | Looked]) -> Volume:
        """Add the records that are not in here yet."""
        added, header = fresh(records, self.header, self.lines)
        if not added:
            return self
        whole, lines = self.whole, self.lines
        if sum(map(len, lines)) > _MEMBER_BYTES:
            whole, lines = whole + self.last, ()
        lines = (*lines, *added)
        return replace(self, whole=whole, lines=lines, last=_packed(lines), header=header)

    def next(self) -> Volume:
        """Begin the one after this, empty."""
        return Volume(self.number + 1, sequence=self.sequence)

    def stored(self, version: str) -> Volume:
        """Know under which version it was stored."""
        return replace(self, version=version)

    def data(self) -> Object:
        """Give the content as the ConfigMap has it."""
        packed = base64.b64encode(self.whole + self.last).decode()
        return {"data": {ENTRIES: self.entries}, "binaryData": {RECORDS: packed} if packed else {}}


def opened(found: Object, sequence: int) -> Volume:
    """Take up a ConfigMap to write on; BrokenError when its records cannot be gone on from."""
    members = _members(found)
    whole, lines = b"".join(raw for raw, _ in members[:-1]), members[-1][1] if members else ()
    headers = (line for _, part in members for line in part)
    return Volume(
        number=number(found),
        version=found["metadata"]["resourceVersion"],
        entries=_text(found),
        whole=whole,
        lines=lines,
        last=members[-1][0] if members else b"",
        header=_last_header(headers),
        sequence=sequence,
    )


def number(found: Object) -> int:
    """Which volume this is: NAME-journal-7 is 7."""
    return int(found["metadata"]["name"].rpartition("-")[2])


def entries(found: Object) -> list[JournalEntry]:
    """Read the lines of the journal in a ConfigMap."""
    return [entry_from_json(json.loads(line)) for line in _text(found).splitlines()]


def records(found: Object) -> Kept:
    """Read the records in a ConfigMap; never raises."""
    name = found["metadata"]["name"]
    try:
        members = _members(found)
    except BrokenError as error:
        return replace(read(()), problems=(f"{name}: {error}",))
    return read((line for _, lines in members for line in lines), name)


def _members(found: Object) -> list[tuple[bytes, tuple[str, ...]]]:
    """Unpack member by member: each as it is stored, and its lines."""
    members = []
    try:
        rest = base64.b64decode((found.get("binaryData") or {}).get(RECORDS, ""), validate=True)
        while rest:
            engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            text = engine.decompress(rest, _MOST_BYTES).decode()
            if not engine.eof:
                raise BrokenError("its records break off: what is in them is lost")
            raw = rest[: len(rest) - len(engine.unused_data)]
            members.append((raw, tuple(text.splitlines())))
            rest = engine.unused_data
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise BrokenError("its records cannot be unpacked: what is in them is lost") from error
    return members


def _packed(lines: Iterable[str]) -> bytes:
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)


def _last_header(lines: Iterable[str]) -> Header | None:
    found = None
    for line in lines:
        if line.startswith('{"kind":"release"'):
            found = next((each for each in read([line]).records if isinstance(each, Header)), found)
    return found


def _text(found: Object) -> str:
    return str((found.get("data") or {}).get(ENTRIES, ""))
