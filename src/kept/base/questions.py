"""What may be asked of a store, and what comes back.

A question is a value; it carries the type of its answer. Answers are counts, names, histograms and ages: values of people
never become answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from .conditions import Condition, Everything
from .erased import ErasedList
from .names import Column, Table
from .seals import SealState
from .verdicts import Unknown

__all__ = [
    "Answers",
    "CheckLedger",
    "ColumnInfo",
    "ColumnType",
    "CountReturned",
    "CountRows",
    "CountSeals",
    "ForeignKey",
    "Grant",
    "Grants",
    "KeyEncryptionKey",
    "KeysApart",
    "KeysState",
    "LedgerState",
    "Locate",
    "Location",
    "Look",
    "Looked",
    "Partition",
    "ProbeKeys",
    "Question",
    "ReadGrants",
    "ReadKeys",
    "ReadSchema",
    "Schema",
    "TableInfo",
]

A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)

ColumnType: TypeAlias = Literal[
    "text", "integer", "decimal", "boolean", "date", "timestamp", "time", "binary", "json", "uuid", "network", "other"
]


class Question(Generic[A_co]):
    """Something asked of one store. `A_co` is the type of its answer."""

    __slots__ = ()

    @property
    def store(self) -> str:
        """The store that is asked."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSchema(Question["Schema"]):
    """Which tables and columns are there now?"""

    of: str

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRows(Question[int]):
    """How many rows of a table meet a condition?"""

    table: Table
    where: Condition = field(default_factory=Everything)

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.table.store


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Question["Looked"]):
    """In how many of a column's values do the detectors find something?

    `sample` is the largest number of rows to look at, spread over the table; None looks at all of them.
    """

    column: Column
    kinds: tuple[str, ...]
    sample: int | None = 20_000

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.column.table.store


@dataclass(frozen=True, slots=True, kw_only=True)
class CountReturned(Question[int]):
    """How many rows carry, in this column, the key of a person who was erased?"""

    column: Column
    erased: ErasedList

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.column.table.store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGrants(Question["Grants"]):
    """Who may do what in the store?"""

    of: str

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Locate(Question["Location"]):
    """Where does the store run, as far as it shows?"""

    of: str

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLedger(Question["LedgerState"]):
    """Does Kept's own ledger hash to what was signed? Asked of the store named `kept`."""

    of: str = "kept"

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSeals(Question[Mapping[SealState, int]]):
    """What are the values of a sealed column, every one looked at: how many plain, sealed, ended, strange?"""

    column: Column

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.column.table.store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadKeys(Question["KeysState"]):
    """Which keys does the vault hold, how old are they, and is a rotation under way? Asked of the store named `vault`."""

    of: str = "vault"

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeKeys(Question["KeysApart"]):
    """Do the vault's keys live apart from what they protect, out of reach of the accounts that read it?"""

    of: str = "vault"

    @property
    def store(self) -> str:
        """The store that is asked."""
        return self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns of a table that point to columns of another, as the store itself declares and enforces."""

    columns: tuple[str, ...]
    to: Table
    to_columns: tuple[str, ...]
    on_delete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A part of a table that the store can drop at once; `lower` ≤ clock < `upper`, None where open or not a time."""

    name: str
    rows: int | None = None
    lower: datetime | None = None
    upper: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnInfo:
    """A column as the store describes it. `declared` is the store's own type name.

    `unique` says that no two rows hold the same value; `apart`, that an index keeps rows apart by it together with something else:
    other columns, an expression, a condition.
    """

    name: str
    type: ColumnType
    declared: str
    nullable: bool
    unique: bool = False
    apart: bool = False

    @property
    def differs(self) -> bool:
        """Whether two rows with the same text in it could be refused."""
        return self.unique or self.apart


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """A table (or view) as the store describes it. `rows` is the store's own estimate, None where it has none."""

    table: Table
    columns: tuple[ColumnInfo, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    partitioned_by: str | None = None
    partitions: tuple[Partition, ...] = ()
    rows: int | None = None
    is_view: bool = False

    def column(self, name: str) -> ColumnInfo | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Every table that the connection may see, system tables left out, sorted by name."""

    tables: tuple[TableInfo, ...]

    def table(self, table: Table) -> TableInfo | None:
        """Return that table, or None; an empty schema name means the store's default schema."""
        return next((found for found in self.tables if found.table == table), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What detectors found in a column: of `rows`, `looked` had a value looked at; `cut` cells were longer than was read.

    `hits` counts the values in which each kind was found (kinds without a hit are left out).
    """

    rows: int
    looked: int
    hits: Mapping[str, int]
    cut: int = 0

    def count(self, kind: str) -> int:
        """Return in how many values the kind was found."""
        return self.hits.get(kind, 0)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """One right of one role on one table (empty `table`: the whole store, as for a superuser).

    `right` is in lower case: select, insert, update, delete, truncate, references, trigger, superuser, create.
    `via` names the role the right was inherited from, empty where it was granted directly.
    """

    role: str
    right: str
    table: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Every right the store knows of, direct and inherited; `roles` lists every role, those with no right included.

    `own` is the role that Kept itself works as: taking its rights away would leave the rest of a plan undone.
    """

    roles: tuple[str, ...]
    grants: tuple[Grant, ...]
    own: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a store runs: the host as configured, and the cloud region the host's name gives away (empty if none)."""

    host: str
    region: str = ""
    on_this_machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """The ledger after being read from end to end: its size, its root, and what is wrong with it (nothing, if kept)."""

    size: int
    root: str
    faults: tuple[str, ...] = ()
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEncryptionKey:
    """One key-encryption key: its number, when it was made, what it is (active, retiring, escrow, destroyed) and keys under it.

    `until` is the day an escrow key ends, `destroyed_at` when the provider was told to destroy it.
    """

    number: int
    provider: str
    made_at: datetime
    state: str
    keys: int
    until: datetime | None = None
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysState:
    """The vault: its key-encryption keys, how many people have a key, the oldest of those, and how many were destroyed.

    `replaced` counts keys that a `rekey` has begun to replace; `dead` the keys destroyed since the last rotation, whose bytes may
    still stand in logs and backups of the keys database, under a key-encryption key that still exists.
    """

    encrypting: tuple[KeyEncryptionKey, ...]
    people: int
    oldest: datetime | None
    destroyed: int
    replaced: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysApart:
    """How the keys are kept apart: what was tried, and what is wrong (nothing, if they are)."""

    tried: tuple[str, ...]
    faults: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


class Answers:
    """What the stores answered, by question. A question nobody answered is unknown."""

    __slots__ = ("_answers",)

    def __init__(self, answers: Mapping[Question[Any], Any] | None = None) -> None:
        """Take a mapping from question to its answer or Unknown."""
        self._answers: dict[Question[Any], Any] = dict(answers or {})

    def of(self, question: Question[A]) -> A | Unknown:
        """Return the answer, or Unknown with the reason it could not be had."""
        answer: A | Unknown = self._answers.get(question, NOT_ASKED)
        return answer

    def has(self, question: Question[Any]) -> bool:
        """Return whether the question was answered, be it with Unknown."""
        return question in self._answers

    def put(self, question: Question[A], answer: A | Unknown) -> None:
        """Keep the answer to a question."""
        self._answers[question] = answer

    def merge(self, other: Answers) -> None:
        """Take over every answer of another set."""
        self._answers.update(other._answers)

    def __len__(self) -> int:
        """How many questions were answered."""
        return len(self._answers)


NOT_ASKED = Unknown(reason="nobody answered", todo="Connect the store in kept.toml.")
