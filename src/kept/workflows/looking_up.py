"""Who has an address, in the stores, and whether an answer is what is held of them. Values pass through and are never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from kept.base.addresses import same_address
from kept.base.conditions import Condition, Mentions
from kept.base.names import Column
from kept.base.personal import Personal
from kept.base.ports import Selection
from kept.base.seals import subject_of
from kept.db.access.cases import Case
from kept.planning.belonging import Belonging
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy
from kept.policy.sealing import sealed_columns
from kept.policy.taxonomy import Category
from kept.vault.blind import made_equal

from .finding import Stores

__all__ = ["MOST", "People", "askable", "people_at", "point_matches", "shows_by"]

EMAIL: Final = Category(key="user.contact.email")
PHONE: Final = Category(key="user.contact.phone_number")
MOST: Final = 20
"""How many people of one table are looked at; whoever chooses among more has another way to find out."""
MOST_VALUES: Final = 100
DATES: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom an address could be, as the vault names people, and how many columns were looked through."""

    subjects: tuple[str, ...]
    columns: int

    @property
    def only(self) -> str:
        """The one person it is; an empty text where it is nobody, or could be several."""
        return self.subjects[0] if len(self.subjects) == 1 else ""


def people_at(stores: Stores, address: str) -> People:
    """Return who has an address, letter case aside and nothing else (`kept.base.addresses`).

    Tables whose people have no other table's row behind them are looked through first; only where nobody is there, those whose
    rows are tied to such people (a newsletter, customer relations). Raises SourceError where a store does not answer, and
    CannotAnswer where a column cannot be searched: who could not be looked for everywhere is not taken to be nobody.
    """
    looked = 0
    for tables in _ranks(stores.policy):
        found: dict[str, None] = {}
        for mapped in tables:
            for column in _columns(mapped, EMAIL):
                found |= dict.fromkeys(_people(stores, mapped, column, address))
                looked += 1
        if found:
            return People(subjects=tuple(found), columns=looked)
    return People(subjects=(), columns=looked)


def askable(stores: Stores, columns: Sequence[Column], subject: str, number: int) -> tuple[Column, ...]:
    """Return the first columns in which a person has something; of nobody, simply the first. Raises SourceError."""
    if not subject:
        return tuple(columns[:number])
    held = (column for column in columns if any(_spoken(value) for value in _held(stores, column, subject)))
    return tuple(islice(held, number))


def point_matches(stores: Stores, column: Column, subject: str, answer: str) -> bool:
    """Return whether an answer is what a column holds about a person; forms in which the same is written are the same."""
    said = _forms(stores.policy, column, answer)
    return any(said & _forms(stores.policy, column, value) for value in _held(stores, column, subject))


def _ranks(policy: Policy) -> Iterator[list[MappedTable]]:
    homes = [mapped for mapped in policy.tables() if mapped.map.subject is not None]
    tables = {mapped.table for mapped in homes}
    tied = [mapped for mapped in homes if any(link.to.table in tables - {mapped.table} for link in mapped.map.links)]
    yield [mapped for mapped in homes if mapped not in tied]
    yield tied


def _columns(mapped: MappedTable, category: Category) -> Iterator[Column]:
    for column, entry in mapped.columns():
        if entry.category.within(category):
            yield column


def _people(stores: Stores, mapped: MappedTable, column: Column, address: str) -> Iterator[str]:
    """Yield the people with an address in a column. Stores compare more loosely, so each value is looked at again.

    A plain column in which it does not stand as it was written is looked through once more, whatever its letters' case.
    """
    own = mapped.map.subject
    if own is None:
        return
    ways = [stores.holding(column, [Personal(address)])]
    if column not in sealed_columns(stores.policy):
        ways.append(Mentions(column=column.name, words=(Personal(address),)))
    for where in ways:
        wanted = tuple(dict.fromkeys((own.key, column.name)))
        rows = stores.read(Selection(table=mapped.table, columns=wanted, where=where))
        same = (row for row in rows if same_address(str(row[column.name].reveal()), address))
        found = [subject_of(own.kind, row[own.key].reveal()) for row in islice(same, MOST)]
        yield from found
        if found:
            return


def _held(stores: Stores, column: Column, subject: str) -> Iterator[Any]:
    """Yield what a column holds in the rows of a person; nothing where no link of the map leads to them."""
    mapped, where = stores.policy.table(column.table), _rows_of(stores, column, subject)
    if mapped is None or where is None:
        return
    for row in islice(stores.read(Selection(table=column.table, columns=(column.name,), where=where)), MOST_VALUES):
        yield row[column.name].reveal()


def _rows_of(stores: Stores, column: Column, subject: str) -> Condition | None:
    kind, _, key = subject.partition(":")
    mapped = stores.policy.table(column.table)
    if mapped is None or not key:
        return None
    sealed = sealed_columns(stores.policy).keys()
    return Belonging(policy=stores.policy, kind=kind, key=key, sealed=sealed, carry=stores.carry).rows(mapped)


def _forms(policy: Policy, column: Column, value: Any) -> frozenset[str]:
    """Return the forms by which a value of a column is compared; none for an empty one, which is like nothing."""
    if not _spoken(value):
        return frozenset()
    mapped = policy.table(column.table)
    entry = mapped.map.fields.get(column.name) if mapped else None
    if isinstance(value, datetime | date):
        return frozenset({value.strftime("%Y-%m-%d")})
    text = str(value).strip()
    if entry is not None and entry.category.within(EMAIL):
        return frozenset({made_equal("email", text)})
    if entry is not None and entry.category.within(PHONE):
        return frozenset({made_equal("phone", text)})
    return frozenset({_folded(text), *_dates(text)})


def _folded(text: str) -> str:
    """Return letters and digits alone: spaces, dots and dashes are written by some and left out by others."""
    folded = made_equal("text", text)
    return re.sub(r"[\W_]+", "", folded) or folded


def _dates(text: str) -> Iterator[str]:
    """Yield the days that a text can be read as; 03/04/1990 is two."""
    for form in DATES:
        try:
            yield datetime.strptime(text[:10] if form == DATES[0] else text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue


def _spoken(value: Any) -> bool:
    return value is not None and bool(str(value).strip())


def shows_by(case: Case) -> tuple[str, str]:
    """Return the way by which a request's person shows that it is theirs, and the address for it, empty for none.

    For an agent or a guardian it is the person's own address, and never the one that answers go to, unless that is the person's.
    """
    way = next((one for one in ("agent", "guardian") if case.said.get(one)), "link")
    if way == "link":
        return way, case.address
    person = case.said.get("person")
    own = str(person.get("email", "")) if isinstance(person, Mapping) else ""
    return way, own or (case.address if case.channel == "agent" else "")
