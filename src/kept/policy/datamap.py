"""Where personal data lives: one file a store, table by table, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from typing_extensions import Doc

from kept.base.conditions import ClockUnit
from kept.base.names import Column, Table, split_name
from kept.base.periods import Period

from .taxonomy import Category

__all__ = [
    "Erasure",
    "FieldMap",
    "LegalMinimum",
    "Link",
    "MappedTable",
    "RetentionRule",
    "Sealed",
    "SourceKind",
    "Special",
    "StoreMap",
    "Subject",
    "TableMap",
    "table_of",
]

Erasure: TypeAlias = Literal["delete", "anonymise", "null", "keep"]
SourceKind: TypeAlias = Literal["direct", "automatic", "integration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Says that each row of the table *is* a person."""

    kind: Annotated[str, Doc("What kind of person: account, contact, patient.")]
    key: Annotated[str, Doc("The column that holds the person's key.")]
    pseudo: Annotated[
        str, Doc("The key of the row that stands for everybody who left: rows that stay and must point to a person point to it.")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a row is tied to a person: through a column that holds the key of a row elsewhere."""

    column: Annotated[str, Doc("The column of this table.")]
    to: Annotated[Column, Doc("The column it points to, as store.table.column.")]
    kind: Annotated[
        Literal["owned", "shared", "accessed"],
        Doc("owned: the row goes with the one it points to; shared: it goes with its last owner; accessed: shown, never erased."),
    ] = "owned"
    tells: Annotated[
        tuple[str, ...], Doc("Columns that tell of this owner; anonymised when they leave and the row stays with the others.")
    ] = ()
    hides: Annotated[tuple[str, ...], Doc("Columns that somebody whom this link leads to the row may not see in it.")] = ()
    when: Annotated[
        Mapping[str, tuple[str, ...]], Doc("Column and values for which the link holds; in every row where nothing is said.")
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalMinimum:
    """A law that forbids deleting earlier."""

    keep: Annotated[Period, Doc("How long the law wants the rows kept, from the same clock.")]
    law: Annotated[str, Doc("Which law says so, with its article.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long rows are kept, from which event on, and what happens then."""

    keep: Annotated[Period, Doc("How long the rows are kept after the clock starts.")]
    after: Annotated[str, Doc("The column that starts the clock; in this table, or in the table that `via` points to.")]
    via: Annotated[
        str, Doc("The column of the link that leads to the clock's row; with more links on the way all of them: line_id.order_id.")
    ] = ""
    unit: Annotated[ClockUnit, Doc("What the clock column holds: timestamp, or seconds or milliseconds since 1970.")] = "timestamp"
    open_while: Annotated[
        Mapping[str, tuple[str, ...]],
        Doc("Column and values for which a row's clock has rightly not started yet: {status: [active]}."),
    ] = field(default_factory=dict)
    at_least: Annotated[LegalMinimum | None, Doc("A legal minimum; the longer of the two periods holds.")] = None
    then: Annotated[Literal["delete", "anonymise", "null"], Doc("What is done with rows past their time.")] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Why a field may hold a special category (GDPR Art. 9): the feature that needs it, and the record of the explicit grant."""

    feature: Annotated[str, Doc("The feature that needs it.")]
    grant: Annotated[str, Doc("The column of this table that is true, or has a time, where the person agreed explicitly.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """That the vault seals a column: each value under the key of the person that its row is about."""

    person: Annotated[
        str, Doc("The column that holds the person's key, where the table's own key or its one owned link is not meant.")
    ] = ""
    row: Annotated[str, Doc("The column with the row's key, to bind values to their row as well as to their person.")] = ""
    index: Annotated[str, Doc("The column of the blind index, by which sealed values are found.")] = ""
    match: Annotated[Literal["email", "phone", "text", "exact"], Doc("How values are made equal before they are indexed.")] = (
        "exact"
    )
    place: Annotated[
        str, Doc("The name values are bound to, where the column had another when they were sealed: store.table.column.")
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """One column that holds personal data."""

    category: Annotated[Category, Doc("What it is, as a Fideslang data category: user.contact.email.")]
    purposes: Annotated[tuple[str, ...], Doc("What it is for; the table's purposes where nothing is said.")] = ()
    erasure: Annotated[Erasure | None, Doc("What erasing the person does to it; the table's rule where nothing is said.")] = None
    coarse: Annotated[str, Doc("The detector whose coarse form is promised for it: ip, user-agent, date-of-birth, geo.")] = ""
    special: Annotated[Special | None, Doc("Set where it may hold a special category.")] = None
    sealed: Annotated[Sealed | None, Doc("Set where the vault seals it; {} where nothing more needs to be said.")] = None
    mentions: Annotated[
        Literal["", "report", "redact"],
        Doc("What erasing a person does to their address in somebody else's text here: report it to staff, or redact it."),
    ] = ""
    file: Annotated[str, Doc("Set where it holds a file's content: the column with the file's name.")] = ""
    note: Annotated[str, Doc("Anything a reader should know.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    """One table that holds personal data."""

    what: Annotated[str, Doc("What the table holds, in a sentence.")]
    fields: Annotated[Mapping[str, FieldMap], Doc("Its columns with personal data.")]
    subject: Annotated[Subject | None, Doc("Set where each row is a person.")] = None
    links: Annotated[tuple[Link, ...], Doc("How its rows are tied to people.")] = ()
    source: Annotated[SourceKind | None, Doc("How the data comes in: directly, automatically, or by an integration.")] = None
    integration: Annotated[str, Doc("The integration it comes from, as named in kept.toml.")] = ""
    purposes: Annotated[tuple[str, ...], Doc("What the data is for: short names from purposes.yaml.")] = ()
    retention: Annotated[RetentionRule | None, Doc("How long rows are kept.")] = None
    erasure: Annotated[Erasure, Doc("What erasing a person does to the row.")] = "delete"
    region: Annotated[str, Doc("The column that says where a row's person lives, or must have their data, if there is one.")] = ""
    not_personal: Annotated[tuple[str, ...], Doc("Columns that look personal and are not, said on purpose.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMap:
    """`map/<store>.yaml`: where a store's personal data lives."""

    store: Annotated[str, Doc("The store's name, as in kept.toml.")]
    region: Annotated[str, Doc("Where the store keeps its data: eu, us, in, or a cloud's own region name.")]
    tables: Annotated[Mapping[str, TableMap], Doc("Tables with personal data, by table or schema.table.")]
    not_personal: Annotated[tuple[str, ...], Doc("Tables without personal data, said on purpose; * stands for any text.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """A table of the map with its full name and its store's region."""

    table: Table
    map: TableMap
    region: str

    def purposes_of(self, name: str) -> tuple[str, ...]:
        """Return the purposes of a field: its own, else the table's."""
        return self.map.fields[name].purposes or self.map.purposes

    def erasure_of(self, name: str) -> Erasure:
        """Return what erasure does to a field: its own rule, else the table's."""
        return self.map.fields[name].erasure or self.map.erasure

    def columns(self) -> Iterator[tuple[Column, FieldMap]]:
        """Yield every mapped column with its entry."""
        for name, entry in self.map.fields.items():
            yield self.table.column(name), entry


def table_of(store: str, local: str) -> Table:
    """Return the table named `table` or `schema.table` in a store. Raises ValueError."""
    match split_name(local):
        case (name,):
            return Table(store=store, name=name)
        case (schema, name):
            return Table(store=store, schema=schema, name=name)
        case _:
            raise ValueError(f"{local!r} is not a table; expected table or schema.table")
