"""Data stays where the policy says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from typing_extensions import Doc

from kept.base.changes import Obligation
from kept.base.conditions import Not, OneOf
from kept.base.questions import Answers, CountRows, Locate, Location, Question
from kept.base.verdicts import Broken, Kept, Unknown, Verdict
from kept.policy.datamap import MappedTable
from kept.policy.settings import Transfer

from .promise import Scope, chosen_stores, count, in_days, listed

__all__ = ["Region", "Terms", "area"]

CLOUD_AREAS = (
    (re.compile(r"eu-west-2|europe-west2|uk(south|west)"), "uk"),
    (re.compile(r"eu-central-2|europe-west6|switzerland(north|west)"), "ch"),
    (re.compile(r"eu-|europe-|westeurope|northeurope|(france|germany|sweden|poland|italy|spain)(central|north|westcentral)"), "eu"),
    (re.compile(r"us-gov-|us-|(east|west|central|northcentral|southcentral|westcentral)us\d?\Z"), "us"),
    (re.compile(r"ap-south-[12]|asia-south[12]|(central|south|west)india"), "in"),
    (re.compile(r"sa-east-1|southamerica-east1|brazilsouth"), "br"),
)
"""Area of the law by a cloud provider's public region name, the more particular first (AWS, Google Cloud, Azure)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Data is held only in the allowed regions, or elsewhere under a safeguard that is in force.

    Each store declares its region in the map; where the host's name gives a cloud region away, the two must agree. Where a table
    has a column that says where a row's person belongs, rows of people from elsewhere break the promise unless a transfer from
    there is in force in `kept.toml`.

    Remedy: an obligation to move the data or to put a safeguard in place.
    """

    code: ClassVar[str] = "region"
    title: ClassVar[str] = "Data stays where the policy says"
    law: ClassVar[str] = "GDPR Art. 44-46"

    allowed: Annotated[tuple[str, ...], Doc("Regions in which data may be held without more: eu, uk, us, in.")]
    stores: Annotated[tuple[str, ...], Doc("The stores that are meant; all where none is named.")] = ()

    def bind(self, scope: Scope) -> Iterator[Region]:
        """Yield one promise a store."""
        for store in chosen_stores(scope.policy, self.stores):
            yield Region(
                of=store,
                declared=scope.policy.stores[store].region,
                tables=tuple(mapped for mapped in scope.policy.tables(store) if mapped.map.region),
                allowed=self.allowed,
                transfers=scope.policy.settings.transfers,
                owner=scope.owner,
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """That one store, and each person's row in it, is where it may be."""

    of: str
    declared: str
    tables: tuple[MappedTable, ...]
    allowed: tuple[str, ...]
    transfers: tuple[Transfer, ...]
    owner: str

    @property
    def about(self) -> str:
        """The store."""
        return self.of

    def questions(self, now: datetime, answers: Answers) -> Sequence[Question[Any]]:
        """Ask where the store runs, and for the rows of people from elsewhere."""
        return [Locate(of=self.of), *(self._foreign(mapped, now.date()) for mapped in self.tables)]

    def judge(self, now: datetime, answers: Answers) -> Verdict:
        """Broken by a store in a wrong region, or a person's row in the wrong store."""
        location = answers.of(Locate(of=self.of))
        unseen = [location] if isinstance(location, Unknown) else []
        faults = [] if isinstance(location, Unknown) else list(self._place(location, now.date()))
        for mapped in self.tables:
            match answers.of(self._foreign(mapped, now.date())):
                case Unknown() as unknown:
                    unseen.append(unknown)
                case 0:
                    pass
                case rows:
                    faults.append(f"{count(rows, 'row')} of {mapped.table} of people from elsewhere, held in {self.declared}")
        if faults:
            return Broken(reason=listed(faults, most=3), remedies=tuple(self._settle(fault, now) for fault in faults))
        return unseen[0] if unseen or isinstance(location, Unknown) else Kept(evidence=self._evidence(location))

    def _settle(self, fault: str, now: datetime) -> Obligation:
        return Obligation(title=f"Settle that {fault}", owner=self.owner, due=in_days(now, 30), evidence="a safeguard, or the move")

    def _evidence(self, location: Location) -> str:
        if location.on_this_machine:
            return f"{self.of} is on this machine, declared in {self.declared}"
        seen = f"its host's name says {location.region}" if location.region else "its host's name does not say otherwise"
        return f"{self.of} is declared in {self.declared}; {seen}"

    def _place(self, location: Location, today: date) -> Iterator[str]:
        if location.region and area(location.region) != area(self.declared):
            yield f"{self.of} is declared in {self.declared} and runs in {location.region}"
        here = area(location.region or self.declared)
        if here not in map(area, self.allowed) and not self._covered(here, today):
            yield f"{self.of} is held in {here}, outside {listed(self.allowed)}, without a transfer in force"

    def _covered(self, destination: str, today: date) -> bool:
        live = {area(transfer.origin) for transfer in self._live(today) if area(transfer.destination) == destination}
        return all(area(origin) in live for origin in self.allowed)

    def _live(self, today: date) -> Iterator[Transfer]:
        return (transfer for transfer in self.transfers if transfer.until is None or today <= transfer.until)

    def _foreign(self, mapped: MappedTable, today: date) -> CountRows:
        here = area(self.declared)
        origins = {transfer.origin for transfer in self._live(today) if area(transfer.destination) == here}
        home = OneOf(column=mapped.map.region, keys=tuple(sorted({self.declared, here} | origins)))
        return CountRows(table=mapped.table, where=Not(what=home))


def area(region: str) -> str:
    """Return the area of law a region lies in: `eu-central-1` is in `eu`, `eu-west-2` is London; an unknown name is itself.

    >>> area("eu-west-2"), area("westeurope"), area("us-east-1"), area("mars")
    ('uk', 'eu', 'us', 'mars')
    """
    return next((name for pattern, name in CLOUD_AREAS if pattern.match(region)), region)
