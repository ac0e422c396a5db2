"""The status as it is stored in the CanaryRelease, both ways; nobody else knows its spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from canary.core.conditions import conditions
from canary.core.margin import Tally
from canary.core.model import Evidence, Finished, JournalEntry, Phase, Status, Verdict, View
from canary.core.times import epoch, rfc3339
from canary.core.units import clipped, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "camel",
    "entry_from_json",
    "entry_to_json",
    "epoch",
    "finished_to_json",
    "rfc3339",
    "status_from_json",
    "status_to_json",
]

_Record = TypeVar("_Record", Status, JournalEntry, Finished)

_NAMES = frozenset({"actor", "held_by", "approved_by", "skipped_by", "rollback_by", "rule"})
_NAME_BYTES = 96
_LISTS = frozenset({"evidence", "checkpoint", "journal", "history"})
_TIMES = frozenset(
    {
        "time",
        "started",
        "ended",
        "weight_confirmed",
        "progress_at",
        "settled_since",
        "exposed_at",
        "paused_since",
        "blind_since",
        "idle_since",
        "split_off_since",
        "unready_since",
        "rollback_until",
    }
)
_CONTROL = frozenset(
    {
        "stable_route",
        "canary_route",
        "weight_confirmed",
        "approved_by",
        "skipped_by",
        "full",
        "held_by",
        "started",
        "progress_at",
        "settled_since",
        "exposed_at",
        "exposed_share",
        "by_service",
        "paused_since",
        "blind_since",
        "idle_since",
        "split_off_since",
        "unready_since",
        "base_restarts",
        "rollback_until",
        "rollback_cause",
        "rollback_by",
        "obeyed",
        "answer",
    }
)


def status_to_json(
    status: Status, release_name: str, previous_conditions: Iterable[Mapping[str, Any]], now: float
) -> dict[str, Any]:
    """Write a status for the API server: below 16 KiB, times in RFC 3339, unset times left out."""
    flat = _written(status)
    control = {key: flat.pop(key) for key in map(camel, sorted(_CONTROL)) if key in flat}
    serving = status.canary_revision if status.weight == 100 else status.stable_route
    selector = f"canary.serin.dev/release={release_name},canary.serin.dev/revision={serving}"
    return flat | {
        "control": control | ({"checkpoint": status.checkpoint} if status.checkpoint else {}),
        "evidence": [_evidence_to_json(row) for row in status.evidence],
        "journal": [_written(entry) for entry in status.journal],
        "history": [_written(finished) for finished in status.history],
        "selector": selector if serving else "",
        "conditions": conditions(status, previous_conditions, now),
    }


def status_from_json(obj: Mapping[str, Any]) -> Status:
    """Read a stored status. Never raises: what is missing or unreadable takes its default."""
    read = _values(Status, {**_mapping(obj.get("control")), **obj})
    return Status(
        **read,
        evidence=tuple(_evidence_from_json(row) for row in _mappings(obj.get("evidence"))),
        checkpoint=_mapping(_mapping(obj.get("control")).get("checkpoint")) or None,
        journal=tuple(entry_from_json(entry) for entry in _mappings(obj.get("journal"))),
        history=tuple(Finished(**_values(Finished, each)) for each in _mappings(obj.get("history"))),
    )


def entry_to_json(entry: JournalEntry) -> dict[str, Any]:
    """Write one journal line, as the status and the journal ConfigMaps keep it."""
    return _written(entry)


def entry_from_json(obj: Mapping[str, Any]) -> JournalEntry:
    """Read one journal line; what is missing takes the empty value of its kind."""
    return JournalEntry(**_values(JournalEntry, obj))


def finished_to_json(finished: Finished) -> dict[str, Any]:
    """Write one finished release."""
    return _written(finished)


def camel(name: str) -> str:
    """Spell a field as people read it in JSON: weight_from -> weightFrom."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _evidence_to_json(row: Evidence) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "view": str(row.view),
        "verdict": row.verdict.name,
        "canary": {"requests": int(row.tally.canary), "bad": int(row.tally.canary_bad)},
        "stable": {"requests": int(row.tally.stable), "bad": int(row.tally.stable_bad)},
        "against": row.against,
        "proof": row.proof,
        "detail": sentence(row.detail),
        "needed": row.needed,
        **({} if row.eta is None else {"eta": row.eta}),
        **({"warning": True} if row.warning else {}),
    }


def _evidence_from_json(obj: Mapping[str, Any]) -> Evidence:
    verdict, view = _text(obj.get("verdict")), _text(obj.get("view"))
    return Evidence(
        rule=_text(obj.get("rule")),
        view=View(view) if view in set(View) else View.EDGE,
        verdict=Verdict[verdict] if verdict in Verdict.__members__ else Verdict.HOLD,
        tally=Tally(
            *(
                _whole(_mapping(obj.get(side)).get(part))
                for side in ("canary", "stable")
                for part in ("requests", "bad")
            )
        ),
        detail=_text(obj.get("detail")),
        needed=_whole(obj.get("needed")),
        against=_number(obj.get("against")) or 0.0,
        proof=_number(obj.get("proof")) or 0.0,
        eta=_number(obj.get("eta")),
        warning=_flag(obj.get("warning")),
    )


def _written(record: Status | JournalEntry | Finished) -> dict[str, Any]:
    """Spell the plain fields of a record; an unset time or share says nothing and is left out."""
    plain = {field.name: getattr(record, field.name) for field in fields(record) if field.name not in _LISTS}
    unset = {name for name, value in plain.items() if value is None or (name in _TIMES and not value)}
    return {camel(name): _spelled(name, value) for name, value in plain.items() if name not in unset}


def _spelled(name: str, value: Any) -> Any:
    if name in _TIMES:
        return rfc3339(value)
    if not isinstance(value, str):
        return value
    return clipped(value, _NAME_BYTES) if name in _NAMES else sentence(value)


def _values(record: type[_Record], obj: Mapping[str, Any]) -> dict[str, Any]:
    """Read the plain fields of a record, each by its kind."""
    plain = [field for field in fields(record) if field.name not in _LISTS]
    return {field.name: _read(field.name, str(field.type), obj.get(camel(field.name))) for field in plain}


def _read(name: str, kind: str, value: Any) -> Any:
    return epoch(value) if name in _TIMES else _READERS[kind](value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if usable else None


def _flag(value: Any) -> bool:
    return value is True


def _phase(value: Any) -> Phase:
    return Phase(value) if _text(value) in set(Phase) else Phase.HEALTHY


_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _whole,
    "float | None": _number,
    "bool": _flag,
    "Phase": _phase,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
