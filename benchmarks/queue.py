"""The queue of requests: how long its head takes with a thousand, a hundred thousand and a million that wait.

Timed are `lease_request`, `begin_step` and `end_step` of the request that is due next, `take_sweep` of a handful of erasures, and
the first page of the console's queue, plain and by right. Most requests wait for their person and are looked at again in a month;
one in ten waits to be swept, for a day or two already. A few others are due. The sizes take turns; the floor is the smallest one,
and flat is within 20 %.

Run: python -m benchmarks.queue [--full] [--stores sqlite,postgresql]   (--full: a million)
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from tests import services

from kept.base.roles import Who
from kept.db import configure
from kept.db.access.request_queue import Sought, open_requests
from kept.db.actions.request_steps import Held, begin_step, end_step, lease_request
from kept.db.actions.sweeps import take_sweep
from kept.db.models import Request
from kept.db.request_key import new_key

STAFF: Final = Who(ref="abcdefghijkl", role="support", vouched=True)
FLAT: Final = 1.2
SWEPT: Final = 5
WARM: Final = 5
CHANGED: Final = ("id", "ref", "stage", "waits_on", "state", "right", "subject_digest", "wake_at", "work_by")
NUMBERS: Final = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {many}) SELECT n FROM s)",
    "postgresql": "(SELECT n FROM generate_series(1, {many}) AS n)",
}


def wait(many: int, at: datetime) -> None:
    """Make so many requests that wait, each of another person, from one that Django writes."""
    later, before = at + timedelta(days=30), at - timedelta(days=2)
    first = Request(right="access", channel="centre", stage="verify", key=new_key().wrapped(), received_at=at, changed_at=at)
    first.promised_by = first.strict_by = first.legal_by = first.work_by = at + timedelta(days=30)
    first.wake_at = later
    first.save()
    plain = [field.column for field in Request._meta.concrete_fields if field.column not in CHANGED]
    named = ", ".join(f'"{name}"' for name in (*CHANGED[1:], *plain))
    made = """'w' || n, CASE WHEN n % 10 = 0 THEN 'erase' ELSE 'verify' END, 'person', 'working',
        CASE WHEN n % 3 = 0 THEN 'erasure' ELSE 'access' END, 'digest of ' || n,
        CASE WHEN n % 10 = 0 THEN {erase} ELSE {wake} END, {work}"""
    spread = {
        "sqlite": "strftime('%Y-%m-%d %H:%M:%f', {moment}, (n % 86400) || ' seconds')",
        "postgresql": "{moment}::timestamptz + (n % 86400) * interval '1 second'",
    }[connection.vendor]
    each = {"wake": later, "work": later, "erase": before}
    moments = {name: spread.format(moment=f"'{when:%Y-%m-%d %H:%M:%S}'") for name, when in each.items()}
    numbers = NUMBERS[connection.vendor].format(many=many)
    copied = ", ".join(f'r."{name}"' for name in plain)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO kept_request ({named}) SELECT {made.format(**moments)}, {copied} FROM kept_request r, {numbers} AS n"
            f" WHERE r.id = {first.pk}"
        )
        cursor.execute("ANALYZE")


def due(many: int, stage: str, at: datetime) -> None:
    """Make a few requests that are due."""
    key, day = new_key().wrapped(), at + timedelta(days=20)
    moments = dict.fromkeys(("promised_by", "strict_by", "legal_by", "work_by"), day)
    each = {"right": "erasure", "channel": "centre", "stage": stage, "state": "received", "key": key, **moments}
    moment = at - timedelta(minutes=1)
    rows = [Request(**each, received_at=moment, changed_at=moment, wake_at=moment) for _ in range(many)]
    Request.objects.bulk_create(rows, batch_size=200)


def head(at: datetime) -> None:
    """Lease the next request and do its step."""
    leased = lease_request(at=at)
    if leased is None:
        raise SystemExit("nothing was due")
    held = Held(ref=leased[0], fence=leased[1], name="verify")
    begin_step(held, at=at, actor="bench")
    end_step(held, told={}, at=at, actor="bench", wake_at=at + timedelta(days=300))


def swept(at: datetime) -> None:
    """Take a few erasures."""
    taken = take_sweep(at=at, most=SWEPT)
    if taken is None or len(taken.requests) != SWEPT:
        raise SystemExit("the erasures that are due were not taken")


def timed(work: Callable[[], object], times: int) -> float:
    """Return the milliseconds that the median takes, after some that are not counted."""
    spent = []
    for number in range(times + WARM):
        begun = time.perf_counter()
        work()
        if number >= WARM:
            spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1e3


def figures(times: int) -> Mapping[str, float]:
    """Return milliseconds by what was done, in the state that is in use."""
    at = datetime.now(UTC)
    due(times + WARM, "verify", at)
    due((times + WARM) * SWEPT, "erase", at)
    return {
        "lease, begin, end": timed(lambda: head(at), times),
        "nothing but erasures is due": timed(lambda: lease_request(at=at), times),
        "take a sweep": timed(lambda: swept(at), times),
        "first page": timed(lambda: open_requests(by=STAFF, limit=50), times),
        "first page of a right": timed(lambda: open_requests(by=STAFF, sought=Sought(right="erasure"), limit=50), times),
    }


@contextmanager
def state(kind: str) -> Iterator[Callable[[], None]]:
    """Make a state of its own, empty, and lend what puts it to use."""
    with ExitStack() as stack:
        home, url = Path(stack.enter_context(tempfile.TemporaryDirectory())), ""
        if kind == "postgresql":
            server = stack.enter_context(services.postgres_server())
            url = stack.enter_context(services.postgres_database(server)).render_as_string(hide_password=False)

        def use() -> None:
            os.environ.pop("KEPT_DATABASE_URL", None)
            if url:
                os.environ["KEPT_DATABASE_URL"] = url
            configure(home)

        use()
        yield use
        connection.close()


def measured(kind: str, sizes: Sequence[int], rounds: int, times: int) -> list[list[Mapping[str, float]]]:
    """Return, by round, the figures of each size; the sizes take turns."""
    with ExitStack() as stack:
        states = []
        for size in sizes:
            states.append(stack.enter_context(state(kind)))
            wait(size, datetime.now(UTC))
        found = []
        for turn in range(rounds):
            one: dict[int, Mapping[str, float]] = {}
            for at in range(len(sizes)):
                which = (at + turn) % len(sizes)
                states[which]()
                one[which] = figures(times)
            found.append([one[which] for which in range(len(sizes))])
        return found


def show(sizes: Sequence[int], found: Sequence[Sequence[Mapping[str, float]]]) -> None:
    """Print a table, and whether it is flat."""
    print("| milliseconds | " + " | ".join(f"{size:,}" for size in sizes) + " | largest / smallest, median (min–max) |")
    print("| --- |" + " --- |" * (len(sizes) + 1))
    for name in found[0][0]:
        each = [statistics.median(one[which][name] for one in found) for which in range(len(sizes))]
        ratios = [one[-1][name] / one[0][name] for one in found]
        median = statistics.median(ratios)
        spread = f"{median:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) {'flat' if median <= FLAT else 'NOT FLAT'}"
        print(f"| {name} | " + " | ".join(f"{one:.2f}" for one in each) + f" | {spread} |")


def main() -> None:
    """Measure each size in each kind of database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="up to a million requests")
    parser.add_argument("--sizes", default="1000,20000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=20, help="how often each is done in a round")
    parser.add_argument("--stores", default="sqlite,postgresql")
    asked = parser.parse_args()
    sizes = [1_000, 100_000, 1_000_000] if asked.full else [int(size) for size in asked.sizes.split(",")]
    for kind in asked.stores.split(","):
        found = measured(kind, sizes, asked.rounds, asked.times)
        print(f"\n{kind}, {asked.rounds} rounds of {asked.times}\n")
        show(sizes, found)


if __name__ == "__main__":
    main()
