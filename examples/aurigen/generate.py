"""Makes Aurigen's databases, of any size, from a seed.

    python -m examples.aurigen.generate --seed 7 --people 2000 \
        --app sqlite:///app.sqlite3 --telemetry sqlite:///telemetry.sqlite3 --billing sqlite:///billing.sqlite3

The company breaks its promises on purpose. How often, and where, is written to planted.json; `--clean` plants nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from .billing import add_contacts, add_invoices
from .content import add_files, add_prompts, add_tickets
from .people import add_account, add_api_keys, add_newsletter, add_sessions
from .schema import STORES, store_tables
from .telemetry import Visitors, usage_events, web_logs
from .times import Calendar
from .world import FEWEST, Account, World, accounts
from .writing import Writer, file_of, open_engine

__all__ = ["Order", "generate", "main"]

CHUNK = 2_000
EVENTS_EACH, LOGS_EACH = 20, 5
MAKERS: tuple[Callable[[World, Account], None], ...] = (
    add_account,
    add_sessions,
    add_api_keys,
    add_newsletter,
    add_prompts,
    add_files,
    add_tickets,
    add_invoices,
    add_contacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made. `rows` is the total over every table, telemetry filling it up; None for 25 lines of it a person."""

    seed: int
    people: int
    urls: Mapping[str, str]
    as_of: date
    rows: int | None = None
    clean: bool = False
    partitions: bool = False
    replace: bool = False


def generate(order: Order) -> dict[str, object]:
    """Make the databases and return the summary: rows by table, what was planted by promise, and what the lawsuit holds.

    Raises ValueError for sizes that cannot be, FileExistsError where tables are in the way; then nothing was changed.
    """
    world = World(seed=order.seed, calendar=Calendar(as_of=order.as_of), people=order.people, clean=order.clean)
    with ExitStack() as stack:
        writers: dict[str, Writer] = {}
        for store in STORES:
            engine = open_engine(order.urls[store])
            stack.callback(engine.dispose)
            connection = stack.enter_context(engine.begin())
            tables = store_tables(store, planted=not order.clean, partitioned=order.partitions)
            writers[store] = Writer(connection, tables)
            writers[store].create(replace=order.replace, months=_months(order, world) if order.partitions else ())
        steady = _write_people(world, writers)
        _write_telemetry(world, writers["telemetry"], steady, order.rows)
        for writer in writers.values():
            writer.finish()
    _set_modes(order, world)
    return _summary(order, world)


def _months(order: Order, world: World) -> list[date]:
    """Return the bounds of the partitions: a clean table has none older than it promises."""
    calendar = world.calendar
    return list(calendar.month_starts(calendar.ago(12 if order.clean else 18), calendar.ago(days=-62)))


def _write_people(world: World, writers: Mapping[str, Writer]) -> list[int]:
    """Write everything that hangs on accounts, some accounts at a time, and return those who were there all along."""
    steady: list[int] = []
    earliest = world.calendar.ago(18)
    for account in accounts(world):
        for make in MAKERS:
            make(world, account)
        if account.active and account.created < earliest:
            steady.append(account.id)
        if account.id % CHUNK == 0 or account.id == world.people:
            rows = world.take()
            for store in ("app", "billing"):
                writers[store].fill(rows)
    return steady


def _write_telemetry(world: World, writer: Writer, steady: Sequence[int], total: int | None) -> None:
    chance = world.chance("visitors")
    visitors = Visitors.drawn(chance, steady)
    events, logs = world.people * EVENTS_EACH, world.people * LOGS_EACH
    if total is not None:
        room = total - sum(world.made.values())
        if room < 0:
            raise ValueError(f"{total:,} rows are too few for {world.people:,} people; the least is {total - room:,}")
        logs = room // 5
        events = room - logs
    for block in usage_events(world, visitors, events):
        writer.write("usage_events", block)
    for block in web_logs(world, visitors, logs):
        writer.write("web_logs", block)


def _set_modes(order: Order, world: World) -> None:
    """Let only the owner read SQLite files; the planted telemetry file gives two rights away, to its group and to everyone else."""
    for store in STORES:
        if path := file_of(order.urls[store]):
            open_to_all = store == "telemetry" and not order.clean
            path.chmod(0o644 if open_to_all else 0o600)
            world.plant("least-privilege", store, 2 * open_to_all)


def _summary(order: Order, world: World) -> dict[str, object]:
    stores = {table: store for store in STORES for table in store_tables(store, planted=False).tables}
    return {
        "seed": order.seed,
        "people": order.people,
        "as_of": order.as_of.isoformat(),
        "clean": order.clean,
        "rows": dict(sorted((f"{stores[table]}.{table}", number) for table, number in world.made.items())),
        "planted": {promise: dict(sorted(places.items())) for promise, places in sorted(world.planted.items()) if places},
        "held": dict(sorted(world.held.items())),
    }


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.aurigen.generate", description="Make Aurigen's databases from a seed."
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same rows (default 7)")
    parser.add_argument("--people", type=int, default=2_000, help=f"accounts, at least {FEWEST} (default 2000)")
    parser.add_argument("--rows", type=int, help="rows over all tables; telemetry fills up what the people leave")
    for store in STORES:
        parser.add_argument(f"--{store}", required=True, metavar="URL", help=f"where the {store} tables go")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="the company's present (default today)")
    parser.add_argument("--clean", action="store_true", help="plant nothing: every promise is kept")
    parser.add_argument("--partitions", action="store_true", help="partition usage_events by month (PostgreSQL, MariaDB)")
    parser.add_argument("--replace", action="store_true", help="drop tables of the same names first")
    parser.add_argument("--planted", type=Path, default=Path("planted.json"), metavar="FILE", help="where the summary goes")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    asked = _arguments(sys.argv[1:] if words is None else words)
    order = Order(
        seed=asked.seed,
        people=asked.people,
        rows=asked.rows,
        urls={store: getattr(asked, store) for store in STORES},
        as_of=asked.as_of or datetime.now(UTC).date(),
        clean=asked.clean,
        partitions=asked.partitions,
        replace=asked.replace,
    )
    try:
        summary = generate(order)
    except (ValueError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 2
    except SQLAlchemyError as error:
        print(f"the database refused: {error}", file=sys.stderr)
        return 2
    asked.planted.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
