"""What answers are filled from: the policy, as far as it concerns what is held of the person, and what was done for the request."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kept.base.names import Table
from kept.base.periods import Period
from kept.policy.datamap import MappedTable
from kept.policy.policy import Policy
from kept.policy.purposes import Basis

__all__ = ["Copy", "Done", "Facts", "Letterhead", "Processed", "Purposed", "Received", "Rest", "Stored", "Told", "facts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Rows that an erasure had to leave for now: `why` is law, hold, rule or needed; `until` None where that day is not known."""

    what: str
    why: str
    rule: str
    rows: int
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A processor that was asked to do its part: its name, and its order's state (sent, accepted, done, refused, overdue…)."""

    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of the data that waits to be fetched, until which day, and where: empty for the privacy centre.

    `here` is for the letter that lies in the copy itself.
    """

    until: date
    link: str = field(default="", repr=False)
    here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """One table's share of what was done: what it holds, in words, and its rows, None where they are not one person's alone."""

    what: str
    rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done for a request. Whatever does not concern its right stays as it is here.

    `purposes` are titles of those it was restricted to; `words` what somebody of the company wrote; `keys_until` the day until
    which destroyed keys can be brought back, None where they cannot.
    """

    rows: int = 0
    tables: tuple[Processed, ...] = ()
    keys: int = 0
    keys_until: date | None = None
    kept: tuple[Rest, ...] = ()
    told: tuple[Told, ...] = ()
    certified: bool = False
    copy: Copy | None = None
    columns: int = 0
    purposes: tuple[str, ...] = ()
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purposed:
    """A purpose as people are told of it, with its legal bases where they live."""

    title: str
    bases: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How long one table's data is kept; `period` None where nothing says so, and `above` what it goes together with."""

    what: str
    period: Period | None
    starts: str = ""
    law: str = ""
    above: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A company that receives data: which, where, and what protects it there, empty where the data does not leave its region."""

    name: str
    what: str
    region: str
    categories: tuple[str, ...]
    away: bool
    safeguard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every letter about a request says: its reference, the day it came, whose letter it is, and whom to write to."""

    ref: str
    received: date
    company: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Letterhead):
    """Everything that an answer can say. `found` says whether anything is held of the person."""

    found: bool
    purposes: tuple[Purposed, ...]
    categories: tuple[str, ...]
    recipients: tuple[Received, ...]
    retention: tuple[Stored, ...]
    sources: tuple[tuple[str, str], ...]
    regions: tuple[str, ...]
    stores: int
    backups: Period | None
    decisions: str
    sold: str
    done: Done


def facts_of(
    policy: Policy, *, ref: str, received: date, on: date, done: Done, tables: Collection[str] | None = None, place: str = ""
) -> Facts:
    """Return what the policy says on that day about these tables (`store.table`), or about all of the map where None is given.

    `place` is the code of the law whose legal bases count where a purpose has others there (`in`, `us-ca`).
    """
    company, extra = policy.settings.company, policy.settings.answers
    mapped = [one for one in policy.tables() if tables is None or str(one.table) in tables]
    used = dict.fromkeys(purpose for one in mapped for name in one.map.fields for purpose in one.purposes_of(name))
    regions = tuple(dict.fromkeys(one.region for one in mapped))
    return Facts(
        ref=ref,
        received=received,
        company=company.name,
        contact=company.contact,
        found=bool(mapped),
        purposes=tuple(_purpose(policy, name, place) for name in used),
        categories=tuple(dict.fromkeys(_broad(entry.category.key) for one in mapped for entry in one.map.fields.values())),
        recipients=tuple(_recipients(policy, mapped, set(used), regions, on)),
        retention=tuple(_stored(policy, one) for one in mapped),
        sources=tuple(dict.fromkeys((one.map.source or "", one.map.integration) for one in mapped)),
        regions=regions,
        stores=len(policy.stores),
        backups=extra.backups,
        decisions=extra.decisions.strip(),
        sold=extra.sold.strip(),
        done=done,
    )


def _broad(category: str) -> str:
    """Return the category that people are told: `user.contact` for `user.contact.email`."""
    return ".".join(category.split(".")[:2])


def _purpose(policy: Policy, name: str, place: str) -> Purposed:
    purpose = policy.purposes[name]
    return Purposed(title=purpose.title, bases=purpose.bases_in.get(place, purpose.bases))


def _recipients(
    policy: Policy, mapped: Collection[MappedTable], used: Collection[str], regions: Collection[str], on: date
) -> Iterator[Received]:
    held = [entry.category for one in mapped for entry in one.map.fields.values()]
    for one in policy.processors.values():
        given = [category for category in one.categories if any(own.within(category) for own in held)]
        if not one.in_use(on) or not given or not set(one.purposes) & set(used):
            continue
        away = any(one.region != region for region in regions)
        yield Received(
            name=one.name,
            what=one.what,
            region=one.region,
            categories=tuple(dict.fromkeys(_broad(category.key) for category in given)),
            away=away,
            safeguard=(one.safeguard or _safeguard(policy, regions, one.region, on)) if away else "",
        )


def _safeguard(policy: Policy, regions: Collection[str], there: str, on: date) -> str:
    """Return under which safeguard data goes from all of its regions to another, empty where it is not said for one of them."""
    by_origin: Mapping[str, str] = {
        one.origin: one.mechanism
        for one in policy.settings.transfers
        if one.destination == there and (one.until is None or on < one.until)
    }
    needed = [region for region in regions if region != there]
    return ", ".join(dict.fromkeys(by_origin[region] for region in needed)) if all(one in by_origin for one in needed) else ""


def _stored(policy: Policy, mapped: MappedTable, seen: tuple[Table, ...] = ()) -> Stored:
    """Return how long a table's data is kept; a table that says nothing goes with what it belongs to."""
    rule = mapped.map.retention
    if rule is not None:
        law = f"{rule.at_least.law} ({rule.at_least.keep})" if rule.at_least else ""
        return Stored(what=mapped.map.what, period=rule.keep, starts=rule.after.replace("_", " "), law=law)
    for link in mapped.map.links:
        above = policy.table(link.to.table)
        if link.kind != "accessed" and above is not None and above.table not in (*seen, mapped.table):
            found = _stored(policy, above, (*seen, mapped.table))
            if found.period is not None:
                return Stored(what=mapped.map.what, period=found.period, starts=found.starts, law=found.law, above=above.map.what)
    return Stored(what=mapped.map.what, period=None)
