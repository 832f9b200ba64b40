"""Usage events and web logs: the tables that grow. Made in blocks of rows, column by column, which is what makes it quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from random import Random

from .invent import agent, network, raw_agent, raw_network
from .times import spread
from .world import World

__all__ = ["Visitors", "usage_events", "web_logs"]

BLOCK = 20_000
FEATURES = ("chat.completion", "chat.stream", "embed", "files.upload", "files.read", "workspace.open", "keys.list")
PATHS = ("/", "/docs", "/docs/api", "/pricing", "/app", "/app/settings", "/v1/chat", "/v1/embed", "/status", "/login")
STATUS = (200, 200, 200, 200, 200, 200, 201, 304, 400, 401, 404, 429, 500)
Block = list[tuple[object, ...]]


@dataclass(slots=True, kw_only=True)
class Visitors:
    """Accounts that were there for the whole of the last eighteen months, whose traffic is made here."""

    ids: list[int]
    networks: list[str]
    agents: list[str]

    @classmethod
    def drawn(cls, chance: Random, ids: Sequence[int]) -> Visitors:
        """Take at most 50,000 of the ids, and invent where they come from."""
        some = list(ids) if len(ids) <= 50_000 else chance.sample(list(ids), 50_000)
        return cls(ids=some, networks=[network(chance) for _ in range(5_000)], agents=[agent(chance) for _ in range(200)])


def usage_events(world: World, visitors: Visitors, number: int) -> Iterator[Block]:
    """Yield blocks of usage events over the last twelve months, by rising time; planted ones reach back eighteen."""
    chance, calendar = world.chance("usage_events"), world.calendar
    overdue = 0 if world.clean else number * 3 // 100
    world.plant("retention", "telemetry.usage_events", overdue)
    stretches = ((calendar.ago(18), calendar.ago(12, days=5), overdue), (calendar.ago(12, days=-5), calendar.now, number - overdue))
    for place, (since, until, rows) in enumerate(stretches):
        for moments in _blocks(since, until, rows):
            networks, agents = _machines(world, chance, visitors, len(moments), "telemetry.usage_events", raw=place == 1)
            yield _numbered(
                world,
                "usage_events",
                zip(
                    chance.choices(visitors.ids, k=len(moments)),
                    moments,
                    chance.choices(FEATURES, k=len(moments)),
                    chance.choices(STATUS, k=len(moments)),
                    chance.choices(range(4, 2_400), k=len(moments)),
                    networks,
                    agents,
                    repeat("eu", len(moments)),
                    strict=True,
                ),
            )


def web_logs(world: World, visitors: Visitors, number: int) -> Iterator[Block]:
    """Yield blocks of web log lines over the last twelve months; planted ones are older, or have lost their time."""
    chance, calendar = world.chance("web_logs"), world.calendar
    overdue, lost = (0, 0) if world.clean else (number * 2 // 100, max(3, number // 500))
    world.plant("retention", "telemetry.web_logs", overdue)
    world.plant("clock-present", "telemetry.web_logs.at", lost)
    stretches = (
        (calendar.ago(16), calendar.ago(12, days=5), overdue),
        (calendar.ago(12, days=-5), calendar.now, number - overdue - lost),
        (0, 0, lost),
    )
    someone = [*visitors.ids, *repeat(None, len(visitors.ids))]
    for place, (since, until, rows) in enumerate(stretches):
        for moments in _blocks(since, until, rows):
            networks, agents = _machines(world, chance, visitors, len(moments), "telemetry.web_logs", raw=place == 1)
            yield _numbered(
                world,
                "web_logs",
                zip(
                    moments if until else repeat(None, len(moments)),
                    chance.choices(someone, k=len(moments)),
                    networks,
                    agents,
                    chance.choices(("GET", "GET", "GET", "POST"), k=len(moments)),
                    chance.choices(PATHS, k=len(moments)),
                    chance.choices(STATUS, k=len(moments)),
                    strict=True,
                ),
            )


def _blocks(since: int, until: int, rows: int) -> Iterator[list[str]]:
    """Yield the moments of `rows` rows, a block at a time."""
    for done in range(0, rows, BLOCK):
        size = min(BLOCK, rows - done)
        start, end = (since + (until - since) * part // rows for part in (done, done + size))
        yield spread(start, end, size)


def _machines(world: World, chance: Random, visitors: Visitors, size: int, table: str, *, raw: bool) -> tuple[list[str], list[str]]:
    """Return networks and agents for a block; where planted, one in 200 is a full address and one in 250 a raw agent."""
    networks, agents = chance.choices(visitors.networks, k=size), chance.choices(visitors.agents, k=size)
    if raw and not world.clean:
        full, long = (range(0, size, 200), range(1, size, 250))
        for place in full:
            networks[place] = raw_network(chance)
        for place in long:
            agents[place] = raw_agent(chance)
        world.plant("coarse-network", f"{table}.network", len(full))
        world.plant("coarse-network", f"{table}.agent", len(long))
    return networks, agents


def _numbered(world: World, table: str, rows: Iterator[tuple[object, ...]]) -> Block:
    """Return the rows with their ids in front, and count them."""
    first = world.made[table] + 1
    block = [(number, *row) for number, row in enumerate(rows, first)]
    world.made[table] += len(block)
    return block
