"""What a bundle is made of, as values: whoever makes one fills these in, and no part of Kept that asks a store is known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from .words import Words, words_in

__all__ = [
    "About",
    "Column",
    "Controller",
    "Facts",
    "FileItem",
    "Left",
    "Letter",
    "Purpose",
    "Recipient",
    "Retention",
    "Section",
    "Written",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who answers for the data (GDPR Art. 4(7)), and where to write to."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the bundle answers."""

    request: str
    """The request's reference."""
    right: str
    """`access` or `portability`, as a rule."""
    made_at: datetime
    """An aware moment."""
    controller: Controller
    notes: tuple[str, ...] = ()
    """Anything else the person must know: a store that holds nothing, rows kept by law, how to complain."""
    words: Words = field(default_factory=words_in)
    """The page's own words, in the person's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What data is for, and on which legal basis (GDPR Art. 6(1), 13(1)(c), 15(1)(a))."""

    title: str
    bases: tuple[str, ...]
    """In words, one or more: "your consent", "a contract with you"."""
    code: str = ""
    """Its short name in the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets the data (GDPR Art. 15(1)(c)): by name, not by kind (CJEU, C-154/21)."""

    name: str
    why: str = ""
    country: str = ""
    safeguard: str = ""
    """What protects a transfer out of the country (GDPR Art. 15(2))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long it is kept (GDPR Art. 15(1)(d))."""

    period: str
    starts: str = ""
    """The event that starts the period: "when the order was placed"."""
    law: str = ""
    """The rule of law that forbids to delete it earlier, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the law wants said of an item beside the data itself (GDPR Art. 15(1))."""

    purposes: tuple[Purpose, ...] = ()
    source: str = ""
    """Where it comes from (Art. 15(1)(g))."""
    recipients: tuple[Recipient, ...] | None = None
    """Empty where it is known that nobody outside gets it, which the page then says; None where nothing is said."""
    retention: Retention | None = None
    region: str = ""
    path: str = ""
    """By which columns it was found, from the person on: `accounts.id ← orders.account_id`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table, described."""

    name: str
    what: str = ""
    type: str = ""
    """The store's own name for its type."""
    category: str = ""
    """The Fideslang data category: `user.contact.email`."""
    purposes: tuple[str, ...] = ()
    """Titles of its purposes, where they are not the table's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A column that is not shown, or not in full, and why (GDPR Art. 15(4), or a law that forbids it)."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table, or what of it is the person's. Where there are no rows, the bundle says that it was looked at and held nothing."""

    table: str
    """`store.table`; files are named by it."""
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Mapping[str, Any]]
    """Read once. A row has the columns above and no others; one it lacks counts as NULL. Values are in the clear."""
    what: str = ""
    facts: Facts = field(default_factory=Facts)
    withheld: tuple[Left, ...] = ()
    redacted: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileItem:
    """A file of the person's, as it is."""

    name: str
    """The name it has in the company's system; the bundle makes it safe. It may have folders."""
    content: Iterable[bytes]
    """Read once."""
    what: str = ""
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The answer, as it goes to the person: its text, and the same as a page where there is one."""

    text: str
    html: str = ""
    """A whole document that Kept itself made; it is taken as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written."""

    manifest_json: bytes = field(repr=False)
    """`manifest.json` as it stands in the bundle."""
    size: int
    """Bytes of the ZIP file, as the person downloads it."""
    sha256: str
    """Of the ZIP file, in hex."""
    rows: int
    files: int

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the manifest says; parsed when it is asked for, as it may be long."""
        said: dict[str, Any] = orjson.loads(self.manifest_json)
        return said


Rows = Iterator[Mapping[str, Any]]
