"""What is true of the invented company while its rows are made: who is who, what was broken on purpose, and how much of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from .invent import Person, person
from .times import Calendar, between

__all__ = ["Account", "FEWEST", "LITIGANT", "Plants", "World"]

LITIGANT = 42
"""The account whose tickets and invoices a lawsuit holds; see privacy/holds.yaml."""
FEWEST = 100
"""The smallest number of people there is room for every plant in."""

SHARES: Mapping[str, int] = {
    "account-past-retention": 250,
    "account-in-wrong-region": 400,
    "special-category-without-grant": 100,
    "session-with-full-address": 100,
    "session-with-raw-agent": 125,
    "session-past-retention": 100,
    "key-past-retention": 200,
    "ticket-past-retention": 200,
    "invoice-past-retention": 100,
    "subscriber-past-retention": 300,
    "subscriber-without-clock": 400,
    "contact-past-retention": 200,
}
"""One account in so many carries each of these (two at the least)."""


class Plants:
    """Which accounts break which promise. No account carries two; with `clean`, none carries any."""

    def __init__(self, chance: Random, people: int, *, clean: bool) -> None:
        """Draw the accounts. Raises ValueError when there are too few people."""
        if people < FEWEST:
            raise ValueError(f"{people} people are too few; the least is {FEWEST}")
        sizes = {kind: max(2, people // share) for kind, share in SHARES.items()}
        drawn = iter(chance.sample(range(LITIGANT + 1, people + 1), sum(sizes.values())))
        self._kinds = {} if clean else {next(drawn): kind for kind, size in sizes.items() for _ in range(size)}

    def of(self, account: int) -> str:
        """Return what this account breaks; empty for nothing."""
        return self._kinds.get(account, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone with an account, `until` the moment of closing or the present."""

    id: int
    who: Person
    created: int
    closed: int | None
    until: int
    plant: str

    @property
    def overdue(self) -> bool:
        """Whether the account should have been deleted."""
        return self.plant == "account-past-retention"

    @property
    def active(self) -> bool:
        """Whether it has not been closed."""
        return self.closed is None


@dataclass(slots=True, kw_only=True)
class World:
    """Rows waiting to be written, and counts of everything that was made."""

    seed: int
    calendar: Calendar
    people: int
    clean: bool
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=lambda: defaultdict(list))
    made: Counter[str] = field(default_factory=Counter)
    planted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    held: Counter[str] = field(default_factory=Counter)
    _chances: dict[str, Random] = field(default_factory=dict)

    def chance(self, stream: str) -> Random:
        """Return the source of chance of one stream; streams do not disturb each other."""
        return self._chances.setdefault(stream, Random(f"aurigen:{self.seed}:{stream}"))

    def add(self, table: str, *cells: object) -> int:
        """Keep a row, its id put in front, and return the id."""
        self.made[table] += 1
        self.rows[table].append((self.made[table], *cells))
        return self.made[table]

    def plant(self, promise: str, where: str, number: int = 1) -> None:
        """Count something that breaks a promise."""
        if number:
            self.planted[promise][where] += number

    def take(self) -> Mapping[str, list[tuple[object, ...]]]:
        """Return the rows kept so far and begin anew."""
        rows, self.rows = self.rows, defaultdict(list)
        return rows


def accounts(world: World) -> Iterator[Account]:
    """Yield every account, in order of id: about one in eight is closed, none of them for longer than is promised."""
    chance, calendar = world.chance("accounts"), world.calendar
    plants = Plants(world.chance("plants"), world.people, clean=world.clean)
    founded, today = calendar.ago(96), calendar.ago(days=1)
    closed_thirty = False
    for number in range(1, world.people + 1):
        plant = plants.of(number)
        created = (
            between(chance, founded, calendar.ago(81))
            if plant or number == LITIGANT
            else between(chance, founded, calendar.ago(days=3))
        )
        closed: int | None = None
        if plant == "account-past-retention":
            closed = between(chance, calendar.ago(48), calendar.ago(24, days=5)) if closed_thirty else calendar.ago(30)
            closed_thirty = True
        elif not plant and number != LITIGANT and chance.random() < 0.12:
            closed = between(chance, max(created + 3600, calendar.ago(24, days=-5)), today)
        yield Account(
            id=number,
            who=person(chance, number),
            created=created,
            closed=closed,
            until=calendar.now if closed is None else closed,
            plant=plant,
        )
