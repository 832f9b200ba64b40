"""What of a person goes into their export: which rows of which table, what of them may be shown, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from kept.base.conditions import Condition, Not
from kept.base.errors import SourceError
from kept.base.ports import Selection
from kept.bundles import Column, Facts, FileItem, Left, Purpose, Recipient, Retention, Section
from kept.planning.answers import Saying, saying
from kept.planning.reached import Reached, Way, info_of
from kept.policy.datamap import MappedTable
from kept.policy.keeping import all_of, any_of
from kept.policy.taxonomy import Category

from .finding import Stores

__all__ = ["files_of", "sections_of"]

ENGLISH: Final = saying("en")
SECRETS: Final = Category(key="user.authorization")
NEVER_IN_CALIFORNIA: Final = (
    Category(key="user.government_id"),
    Category(key="user.financial.bank_account"),
    Category(key="user.financial.credit_card"),
    Category(key="user.health_and_medical.insurance_beneficiary_id"),
    Category(key="user.biometric"),
)
"""What a business may not disclose in answer to a request to know (Cal. Code Regs. tit. 11 § 7024(d)): it is described instead."""
CALIFORNIA: Final = "us-ca-ccpa"
FORBIDDEN: Final = "Cal. Code Regs. tit. 11 § 7024(d)"
OF_ONES_OWN: Final = ("consent", "contract")
"""The bases of what can be ported (GDPR Art. 20(1)(a))."""


def sections_of(found: Reached, stores: Stores, *, laws: Sequence[str], portable: bool, say: Saying = ENGLISH) -> Iterator[Section]:
    """Yield the person's tables, one after another; each is read when its rows are asked for, and described in their language.

    `portable` leaves out what they did not give, or gave on another basis than consent or a contract (GDPR Art. 20(1)). Raises
    SourceError while rows are read, and for a table of the map that is not there: what it held may be under another name.
    """
    for mapped in found.policy.tables():
        ways = found.ways(mapped)
        if portable and not _portable(found, mapped):
            continue
        if ways and info_of(found.schemas, mapped.table) is None:
            raise SourceError(f"{mapped.table} is mapped and is not there", store=mapped.table.store, todo="Correct the map.")
        yield _section(found, stores, mapped, ways, laws, say)


def _portable(found: Reached, mapped: MappedTable) -> bool:
    bases = {basis for name in mapped.map.purposes for basis in found.policy.purposes[name].bases}
    return mapped.map.source in ("direct", "automatic") and bool(bases & set(OF_ONES_OWN))


def _section(found: Reached, stores: Stores, mapped: MappedTable, ways: Sequence[Way], laws: Sequence[str], say: Saying) -> Section:
    info = info_of(found.schemas, mapped.table)
    there = [column.name for column in info.columns] if info else []
    withheld = {name: why for name in mapped.map.fields if (why := _withheld(mapped, name, laws, say))}
    missing = {name: say("export.left.missing") for name in mapped.map.fields if name not in there}
    shown = [name for name in there if name in mapped.map.fields or name in mapped.map.not_personal]
    shown = [name for name in shown if name not in withheld and not _file(mapped, name)]
    hidden = {name: way for way in ways if way.link for name in way.link.hides}
    return Section(
        table=str(mapped.table),
        title=mapped.table.name.replace("_", " "),
        what=mapped.map.what,
        columns=tuple(_column(found, mapped, name) for name in shown),
        rows=_rows(stores, mapped, ways, tuple(shown)) if ways and info else (),
        facts=_facts(found, mapped, ways, say),
        withheld=tuple(Left(column=name, reason=why) for name, why in {**withheld, **missing}.items()),
        redacted=tuple(Left(column=name, reason=say("export.left.others")) for name in hidden),
    )


def _withheld(mapped: MappedTable, name: str, laws: Sequence[str], say: Saying) -> str:
    """Return why a column is not given out; an empty text where it is."""
    entry = mapped.map.fields[name]
    if entry.category.within(SECRETS):
        return say("export.left.secret")
    if any(other.sealed and other.sealed.index == name for other in mapped.map.fields.values()):
        return say("export.left.index")
    if CALIFORNIA in laws and any(entry.category.within(category) for category in NEVER_IN_CALIFORNIA):
        return say("export.left.forbidden", rule=FORBIDDEN)
    return ""


def _rows(stores: Stores, mapped: MappedTable, ways: Sequence[Way], names: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows; a column that a way hides is left out of the rows that this way leads to, whichever others do too."""
    for where, hides in _apart(ways):
        shown = tuple(name for name in names if name not in hides)
        for row in stores.read(Selection(table=mapped.table, columns=shown or names[:1], where=where)):
            yield {name: row[name].reveal() for name in shown}


def _apart(ways: Sequence[Way]) -> Iterator[tuple[Condition, frozenset[str]]]:
    """Yield the rows in lots that do not overlap, each with the columns that are hidden in it."""
    by_hidden: dict[frozenset[str], list[Condition]] = {}
    for way in ways:
        by_hidden.setdefault(frozenset(way.link.hides if way.link else ()), []).append(way.where)
    lots = [(any_of(*where), hides) for hides, where in by_hidden.items()]
    if len(lots) == 1:
        yield lots[0]
        return
    for chosen in product((True, False), repeat=len(lots)):
        if any(chosen):
            parts = [where if taken else Not(what=where) for (where, _), taken in zip(lots, chosen, strict=True)]
            hidden = frozenset().union(*(hides for (_, hides), taken in zip(lots, chosen, strict=True) if taken))
            yield all_of(*parts), hidden


def _column(found: Reached, mapped: MappedTable, name: str) -> Column:
    info = info_of(found.schemas, mapped.table)
    described = info.column(name) if info else None
    entry = mapped.map.fields.get(name)
    purposes = entry.purposes if entry else ()
    return Column(
        name=name,
        what=entry.note if entry else "",
        type=described.declared if described else "",
        category=entry.category.key if entry else "",
        purposes=tuple(found.policy.purposes[purpose].title for purpose in purposes),
    )


def _facts(found: Reached, mapped: MappedTable, ways: Sequence[Way], say: Saying) -> Facts:
    policy, rule = found.policy, mapped.map.retention
    used = dict.fromkeys(purpose for name in mapped.map.fields for purpose in mapped.purposes_of(name))
    categories = [entry.category for entry in mapped.map.fields.values()]
    recipients = [
        processor
        for processor in policy.processors.values()
        if set(processor.purposes) & set(used) and any(held.within(given) for held in categories for given in processor.categories)
    ]
    return Facts(
        purposes=tuple(
            Purpose(title=policy.purposes[name].title, bases=tuple(map(say.basis, policy.purposes[name].bases)), code=name)
            for name in used
        ),
        source=say.source(mapped.map.source or "", mapped.map.integration),
        recipients=tuple(
            Recipient(name=one.name, why=one.what, country=say.region(one.region), safeguard=one.safeguard) for one in recipients
        ),
        retention=Retention(period=say.period(rule.keep), starts=rule.after, law=rule.at_least.law if rule.at_least else "")
        if rule
        else None,
        region=say.region(mapped.region),
        path="; ".join(dict.fromkeys(way.path for way in ways)),
    )


def _file(mapped: MappedTable, name: str) -> bool:
    entry = mapped.map.fields.get(name)
    return entry is not None and bool(entry.file)


def files_of(found: Reached, stores: Stores, say: Saying = ENGLISH) -> Iterator[FileItem]:
    """Yield the files that the map says a column holds, as they are. Raises SourceError while they are read."""
    for mapped in found.policy.tables():
        ways = found.ways(mapped, accessed=False)
        for column, entry in mapped.columns():
            if not entry.file or not ways:
                continue
            selection = Selection(table=mapped.table, columns=(column.name, entry.file), where=any_of(*(way.where for way in ways)))
            for row in stores.read(selection):
                content = row[column.name].reveal()
                if content is not None:
                    raw = content.encode() if isinstance(content, str) else bytes(content)
                    name = str(row[entry.file].reveal() or "file")
                    yield FileItem(name=name, content=(raw,), what=mapped.map.what, facts=_facts(found, mapped, ways, say))
