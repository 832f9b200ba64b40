"""Tables held in memory, and what conditions and changes mean for them.

Written from the words of `kept.base.conditions` and `kept.base.changes` alone, as plainly as can be, so that what the promises
and the plan ask for can be seen to do what they say.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from kept.base.changes import (
    PLACEHOLDER,
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    Null,
    Redact,
    SealColumn,
    UnsealColumn,
    selection_of,
)
from kept.base.conditions import (
    AllOf,
    AnyOf,
    ClockUnit,
    Condition,
    Equals,
    Everything,
    Finds,
    Folded,
    Mentions,
    Missing,
    NoClock,
    Not,
    Older,
    OneOf,
    SealIs,
    StartsWith,
    Through,
    Uncoarse,
)
from kept.base.names import Table
from kept.base.seals import SealState
from kept.detectors.panel import Panel
from kept.detectors.registry import detector

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Mapping[Table, list[Row]]

SECONDS: Mapping[ClockUnit, float] = {"seconds": 1, "milliseconds": 1000}


class NoSuchColumn(Exception):
    """A condition names a table or column that is not there."""


def meets(condition: Condition, row: Row, rows: Rows) -> bool:
    """Return whether a row meets a condition; `rows` holds the tables that `Through` may look into."""
    match condition:
        case Everything():
            return True
        case Not(what=what):
            return not meets(what, row, rows)
        case AllOf(parts=parts):
            return all(meets(part, row, rows) for part in parts)
        case AnyOf(parts=parts):
            return any(meets(part, row, rows) for part in parts)
        case Through(column=column, to=to, key=key, where=where):
            if to not in rows:
                raise NoSuchColumn(str(to))
            here = value_of(row, column)
            return any(same(value_of(there, key), here) and meets(where, there, rows) for there in rows[to])
        case Older(column=column, cutoff=cutoff, unit=unit):
            moment = moment_of(value_of(row, column), unit)
            return moment is not None and moment < cutoff
        case NoClock(column=column, unit=unit):
            return moment_of(value_of(row, column), unit) is None
        case _:
            return says(condition, value_of(row, condition.column))


def says(condition: Missing | Equals | OneOf | Folded | StartsWith | Uncoarse | Finds | Mentions | SealIs, value: Any) -> bool:
    match condition:
        case Missing():
            return value is None
        case Equals(value=wanted):
            return same(value, wanted)
        case OneOf(keys=keys):
            return any(same(value, key) for key in keys)
        case Folded(keys=keys):
            return isinstance(value, str) and value.lower() in keys
        case Mentions(words=words):
            return isinstance(value, str) and any(word.reveal().casefold() in value.casefold() for word in words)
        case StartsWith(prefix=prefix):
            return isinstance(value, str) and value.startswith(prefix)
        case Uncoarse(kind=kind):
            return value is not None and coarsened(value, kind) != str(value)
        case SealIs(states=states):
            return bool(value) and (SealState.SEALED if str(value).startswith("kept1:") else SealState.PLAIN) in states
        case Finds(kinds=kinds):
            return value is not None and bool(Panel.of(kinds).found_in(str(value)))


def value_of(row: Row, column: str) -> Any:
    if column not in row:
        raise NoSuchColumn(column)
    return row[column]


def same(value: Any, wanted: Any) -> bool:
    """Equal as a store compares them: nothing equals nothing, and the key "7" is the number 7."""
    if value is None or wanted is None:
        return False
    if isinstance(value, bool) or isinstance(wanted, bool):
        return bool(value) == bool(wanted)
    return str(value) == str(wanted)


def moment_of(value: Any, unit: ClockUnit) -> datetime | None:
    if unit == "timestamp":
        return value if isinstance(value, datetime) else None
    return datetime.fromtimestamp(value / SECONDS[unit], UTC) if isinstance(value, int) else None


def coarsened(value: Any, kind: str) -> str:
    coarsen = detector(kind).coarsen
    assert coarsen is not None, f"{kind} has no coarse form"
    return coarsen(str(value))


def perform(change: Change, rows: Rows) -> int:
    """Do a change to the rows that its selection leaves over; return how many it touched."""
    assert isinstance(change, DeleteRows | Null | Anonymise | Coarsen | Redact | SealColumn | UnsealColumn)
    table = rows[change.table]
    chosen = [row for row in table if meets(selection_of(change), row, rows)]
    if isinstance(change, DeleteRows):
        table[:] = [row for row in table if not any(row is gone for gone in chosen)]
        return len(chosen)
    numbers = itertools.count(1)
    for row in chosen:
        match change:
            case Null(columns=columns):
                row.update(dict.fromkeys(columns))
            case Anonymise(columns=columns, unique=unique):
                masked = {name: PLACEHOLDER + (f"{next(numbers):016x}" if unique else "") for name in columns}
                row.update({name: text for name, text in masked.items() if row[name] not in (None, "")})
            case Coarsen(column=column, kind=kind):
                row[column] = coarsened(row[column], kind)
            case SealColumn(column=column):
                row[column] = f"kept1:{row[column]}"
            case UnsealColumn(column=column):
                row[column] = str(row[column]).removeprefix("kept1:")
            case Redact(column=column, kinds=kinds):
                row[column] = Panel.of(kinds).redact(str(row[column]))
    return len(chosen)
