"""What the fields for SQLAlchemy and for Django have in common: values as they stand in a column, and how they are sealed and
opened.

A value that came out of the database is a `Stored`, whether it is sealed or still in the clear; a value that a program assigned
is any other, and is sealed before it is written. That is the whole difference between the two, and neither is ever guessed from
its looks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from os import urandom
from typing import Any, Final, NamedTuple, Protocol, final

from kept.base.changes import PLACEHOLDER
from kept.base.errors import Refused
from kept.base.seals import subject_of

from .blind import BlindIndex, made_equal
from .format import FAMILY, HEAD, OVERHEAD, PREFIX, from_text, looks_sealed, parse, to_text
from .vault import Vault

__all__ = ["JSON", "TEXT", "Form", "InUse", "Memory", "SealedValues", "Stored", "Whose", "as_stored", "load_keys", "warm_values"]

NAME: Final = FAMILY.decode("ascii")


class Whose(NamedTuple):
    """Whom a value is sealed for: the person's name in the vault, and the key of its row where it is bound to it too."""

    subject: str
    row: str = ""


class Memory(NamedTuple):
    """What a stored value was found to say. `head` names the key it is under, and is empty for a value that needs none."""

    value: Any
    head: bytes
    form: str


@final
class Stored(str):
    """A value as it stands in its column: sealed, or still in the clear.

    It prints and compares as that text. `origin` is whom it was sealed for, where that is known; `memory` is what it was found to
    say, which neither pickles nor is copied, and is not shown.
    """

    __slots__ = ("memory", "origin")

    memory: Memory | None
    origin: Whose | None

    def __new__(cls, text: str, origin: Whose | None = None, memory: Memory | None = None) -> Stored:
        """Take the text of the column."""
        made = super().__new__(cls, text)
        made.origin = origin
        made.memory = memory
        return made

    @property
    def sealed(self) -> bool:
        """Whether it is sealed, in this version of the format or another; a damaged sealed value is still one."""
        return self.startswith(NAME) and self[4:5].isdigit() and self[5:6] == ":"

    @property
    def worth_sealing(self) -> bool:
        """Whether it stands in the clear and says something; what Kept wrote in a person's stead does not."""
        return bool(self) and not self.sealed and not self.startswith(PLACEHOLDER)

    @property
    def waits(self) -> bool:
        """Whether it only stands in for a value whose person is not known yet."""
        return self.sealed and self.memory is not None and not self.memory.head

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy the column's text, and nothing that was opened."""
        return (Stored, (str(self), self.origin))


def as_stored(value: object, place: str) -> str:
    """Return a value that may be written as it is. Raises Refused for one in the clear: a program's own values are sealed first."""
    if isinstance(value, Stored) or (isinstance(value, str) and (not value or looks_sealed(value))):
        return str(value)
    raise Refused(
        f"a value in the clear was to be written to {place}, which is sealed",
        todo="Assign it to the attribute of an instance that names its person; a bulk statement has to be given sealed values.",
    )


class Form(Protocol):
    """How a Python value is written as the text that is sealed."""

    def dump(self, value: Any) -> str:
        """Return the text. Raises TypeError for a value that cannot be written so."""

    def load(self, text: str) -> Any:
        """Return the value."""


class _Text:
    def dump(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"a sealed text takes str, not {type(value).__name__}")
        return str(value)

    def load(self, text: str) -> Any:
        return text


class _Json:
    def dump(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def load(self, text: str) -> Any:
        return json.loads(text)


TEXT: Final[Form] = _Text()
JSON: Final[Form] = _Json()


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """The vault that models use, the name of their store in Kept's map, and whether rows may still be in the clear.

    While `clear_rows`, equality also compares the column itself for rows that have no blind index yet; the searched value then
    goes to the database as it is.
    """

    vault: Vault
    store: str
    clear_rows: bool = False


class SealedValues:
    """The values of one column: sealed and opened, and what stands for them in the blind index."""

    def __init__(self, use: InUse, *, place: str, kind: str, match: str = "", form: Form = TEXT) -> None:
        """Take where the column is, the kind of person, and how values are made equal where there is an index."""
        self.use = use
        self.vault = use.vault
        self.place = place
        self.kind = kind
        self.match = match
        self.form = form
        self._field = use.vault.field(place)
        self._index: BlindIndex | None = use.vault.index(place, match) if match else None

    def whose(self, person: object, row: object = "") -> Whose | None:
        """Return whom a row's value is sealed for; None while its person, or its own key, is not known."""
        return None if person is None or row is None else Whose(subject_of(self.kind, person), str(row))

    def seal(self, whose: Whose, value: Any) -> Stored:
        """Return the value sealed; an empty text stays as it is, as it does when Kept seals the column. Raises as `Field.

        Seal` does.
        """
        text = self.form.dump(value)
        if not text:
            return Stored(text)
        raw = self._field.seal(whose.subject, text.encode("utf-8", "surrogatepass"), whose.row)
        return Stored(to_text(raw), whose, Memory(value, raw[:HEAD], text))

    def open(self, stored: Stored, whose: Whose | None) -> Any:
        """Return what a stored value says; one in the clear says itself. What was opened is remembered as long as its key is there.

        `whose` is asked where the value does not say itself whom it was sealed for. Raises as `Field.open` does, and Refused
        where its row names no person.
        """
        memory = stored.memory
        if memory is None or not self._holds(memory):
            memory = stored.memory = self._opened(stored, stored.origin or whose)
        return memory.value

    def _holds(self, memory: Memory) -> bool:
        """Say whether an opened value may still be given: its key was not destroyed meanwhile, here or elsewhere."""
        if not memory.head:
            return True
        self.vault.look()
        return self.vault.cache.known(memory.head) is not None

    def _opened(self, stored: Stored, whose: Whose | None) -> Memory:
        if not stored.sealed:
            value = self._read(stored)
            return Memory(value, b"", self.form.dump(value))
        if whose is None:
            raise self.nobody()
        raw = from_text(str(stored))
        value = self.form.load(self._field.open(whose.subject, raw, whose.row).decode("utf-8", "surrogatepass"))
        return Memory(value, raw[:HEAD], self.form.dump(value))

    def _read(self, clear: str) -> Any:
        try:
            return self.form.load(str(clear))
        except ValueError:
            return str(clear)

    def changed_inside(self, stored: Stored) -> bool:
        """Whether the object that a stored value was opened to was changed since: a key set in a dictionary."""
        memory = stored.memory
        return self.form is not TEXT and memory is not None and self.form.dump(memory.value) != memory.form

    def for_new(self, value: Any, whose: Whose | None) -> Stored:
        """Return a value as it is written into a new row. Where its person is not known yet, something stands in for it.

        Raises as `Field.seal` and `Field.open` do: a stored value of another row is opened first.
        """
        if isinstance(value, Stored) and whose is None and (value.sealed or value.worth_sealing):
            return self._waiting(self.open(value, None))
        if isinstance(value, Stored):
            return self._moved(value, whose) if whose is not None else value
        if whose is None and self.form.dump(value):
            return self._waiting(value)
        return self.seal(whose or Whose(""), value)

    def for_old(self, value: Any, whose: Whose | None) -> Stored:
        """Return a value as it is written into a row that is there: sealed anew where the row's person changed.

        Raises Refused where the row names no person any more, and as `for_new` does.
        """
        if whose is not None:
            return self._moved(value, whose) if isinstance(value, Stored) else self.seal(whose, value)
        if isinstance(value, Stored) and value.origin is None:
            return value
        if value == "":
            return Stored("")
        raise self.nobody()

    def _moved(self, stored: Stored, whose: Whose) -> Stored:
        """Seal a value anew where it was another's, and for the first time where it stands in the clear.

        Where it is not known whom it was sealed for, it is tried; one whose key is gone stays as it is, closed to everybody. Raises
        SealBroken for one that belongs to somebody else.
        """
        if stored.waits:
            return self.seal(whose, self.open(stored, None))
        if stored.worth_sealing:
            return self.seal(whose, self._read(stored))
        if stored.origin == whose or not looks_sealed(stored):
            return stored
        if stored.origin is not None:
            return self.seal(whose, self.open(stored, None))
        if not self.vault.people.gone([whose.subject]):
            self.open(stored, whose)
        return stored

    def _waiting(self, value: Any) -> Stored:
        """Return what stands in for a value until its person is known: random, in the form of a sealed value, opened by nobody."""
        stand_in = PREFIX + urandom(OVERHEAD - len(PREFIX))
        return Stored(to_text(stand_in), None, Memory(value, b"", self.form.dump(value)))

    def blind(self, value: Any) -> str | None:
        """Return what stands for a value in the blind index; None for no value, an empty text, and a column without index."""
        return self._index.of(value) if self._index is not None and value else None

    def written(self, value: str) -> list[str]:
        """Return the ways in which a value may be written in a row that is still in the clear."""
        return list(dict.fromkeys((value, made_equal(self.match, value))))

    def nobody(self) -> Refused:
        """Return the error for a value whose row names no person."""
        return Refused(
            f"a row names no person under whose key its value of {self.place} is, or could be, sealed",
            todo="Give the row its person first.",
        )


def warm_values(cells: Iterable[tuple[SealedValues, Stored, Whose | None]]) -> None:
    """Fetch the keys that these values will be opened with, in one round a vault."""
    wanted: dict[int, tuple[Vault, dict[bytes, str]]] = {}
    for values, stored, whose in cells:
        owner = stored.origin or whose
        if owner is not None and looks_sealed(stored):
            _, keys = wanted.setdefault(id(values.vault), (values.vault, {}))
            keys[parse(from_text(str(stored))).key_id] = owner.subject
    for vault, keys in wanted.values():
        vault.look()
        vault.warm(keys)


def load_keys(people: Iterable[tuple[SealedValues, Whose]]) -> None:
    """Fetch, or make, the keys that values of these people will be sealed under, in one round a vault. Raises as `Vault.

    Load` does.
    """
    wanted: dict[int, list[str]] = defaultdict(list)
    vaults: dict[int, Vault] = {}
    for values, whose in people:
        vaults[id(values.vault)] = values.vault
        wanted[id(values.vault)].append(whose.subject)
    for key, subjects in wanted.items():
        vaults[key].look()
        vaults[key].load(subjects)
