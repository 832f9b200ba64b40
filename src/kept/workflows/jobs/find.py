"""Find a person by an identifier: in every table whose rows are people, by the columns that hold such identifiers.

Sealed columns are looked up by their blind index. Only the keys of the people found are read, never another value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kept.base.conditions import AnyOf, Condition
from kept.base.errors import CannotAnswer, KeptError, Refused
from kept.base.personal import Personal
from kept.base.ports import Progress, Selection
from kept.base.seals import subject_of
from kept.db.actions.searches import forget_search
from kept.db.page_secret import page_secret
from kept.policy.datamap import FieldMap, MappedTable
from kept.policy.taxonomy import Category
from kept.vault.blind import made_equal
from kept.workflows.check import load_policy
from kept.workflows.finding import Stores, opened_stores

__all__ = ["MOST", "run"]

SEALED_FOR: Final = "search"
"""What the term in the job's row is sealed for; the page that asks seals it for the same use."""
EMAIL, PHONE, NUMBER = (Category(key=f"user.{name}") for name in ("contact.email", "contact.phone_number", "unique_id"))
EQUAL: Final[Mapping[str, str]] = {"email": "email", "phone": "phone", "number": "exact"}
"""By kind of identifier, how values are made equal."""
MOST: Final = 50
"""How many people of one table are listed."""


def run(folder: Path, wanted: Mapping[str, Any], *, actor: str, progress: Progress) -> Mapping[str, Any]:
    """Return `found` (each a `subject` and its `table`), what was `looked` at, what is `closed` to a search, and what `failed`.

    `wanted` has `by` (email, phone, number), and `term`, sealed, which is taken out of the job whatever comes of it. Raises Refused
    where it was taken out before.
    """
    sealed = str(wanted.get("term", ""))
    if not sealed or wanted.get("by") not in EQUAL:
        raise Refused("What was searched for is forgotten by now", todo="Search again.")
    try:
        term = page_secret(folder).open(sealed, SEALED_FOR)
        return _found(folder, str(wanted["by"]), term, actor=actor, progress=progress)
    finally:
        forget_search(term=sealed)


def _found(folder: Path, by: str, term: str, *, actor: str, progress: Progress) -> Mapping[str, Any]:
    policy = load_policy(folder)
    tables = [mapped for mapped in policy.tables() if mapped.map.subject is not None]
    terms = tuple(Personal(form) for form in dict.fromkeys((term, made_equal(EQUAL[by], term))))
    with opened_stores(policy, folder, actor) as stores:
        search = _Search(stores=stores, by=by, terms=terms)
        for position, mapped in enumerate(tables):
            progress(str(mapped.table), position, len(tables))
            search.look(mapped)
    return search.result()


@dataclass(slots=True, kw_only=True)
class _Search:
    """One search, table by table."""

    stores: Stores
    by: str
    terms: tuple[Personal[str], ...]
    found: list[dict[str, str]] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cut: bool = False

    def look(self, mapped: MappedTable) -> None:
        """Look through one table and remember what came of it; one whose store fails is named, and the others are looked at."""
        own = mapped.map.subject
        where = tuple(self._conditions(mapped))
        if own is None or not where:
            return
        wanted = Selection(table=mapped.table, columns=(own.key,), where=AnyOf(parts=where))
        try:
            keys = [row[own.key].reveal() for row in islice(self.stores.read(wanted), MOST + 1)]
        except KeptError:
            self.failed.append(str(mapped.table))
            return
        self.cut = self.cut or len(keys) > MOST
        self.found += [{"subject": subject_of(own.kind, key), "table": str(mapped.table)} for key in keys[:MOST]]

    def _conditions(self, mapped: MappedTable) -> Iterator[Condition]:
        for column, entry in mapped.columns():
            if not _holds(entry, self.by):
                continue
            try:
                yield self.stores.holding(column, self.terms)
            except CannotAnswer:
                self.closed.append(str(column))
            else:
                self.looked.append(str(column))

    def result(self) -> Mapping[str, Any]:
        """Return what came of it: names of people in the stores, of tables and of columns."""
        names = {"looked": self.looked, "closed": self.closed, "failed": self.failed}
        return {"by": self.by, "found": self.found, "cut": self.cut, **names}


def _holds(entry: FieldMap, by: str) -> bool:
    """Return whether a column holds identifiers of a kind; pseudonyms, such as a blind index, are nobody's account number."""
    if by == "number":
        return entry.category == NUMBER
    return entry.category.within(EMAIL if by == "email" else PHONE)
