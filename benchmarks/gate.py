"""The gate: decisions a second on one core, beside the least a decision could be (row d of the performance table).

Floor: one call with a set look-up and two bit tests. Both decide about the same people in the same order, and take turns.

Run: python -m benchmarks.gate [--full]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from kept.gate import Consent, Rules, Standing, Use, decide
from kept.policy.policy import Policy
from kept.policy.purposes import Basis, Purpose
from kept.policy.settings import Company, Settings

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TARGET = 1_000_000
BASES: Sequence[tuple[Basis, ...]] = (
    ("contract",),
    ("legitimate-interests",),
    ("legitimate-interests", "legal-obligation"),
    ("consent",),
    ("contract", "legal-obligation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Uses, and where the person of each stands."""

    title: str
    asked: Sequence[tuple[Use, Standing]]


def rules_of(purposes: int) -> Rules:
    """Compile a policy of so many purposes."""
    policy = Policy(
        title="Bench",
        version="1",
        effective=date(2026, 1, 1),
        clauses=(),
        bound=(),
        purposes={f"p{at}": Purpose(title="…", bases=BASES[at % len(BASES)]) for at in range(purposes)},
        stores={},
        settings=Settings(company=Company(name="B", contact="b@example.org"), stores={}),
        digest="0" * 64,
    )
    return Rules.of(policy)


def people(size: int, purposes: int) -> list[People]:
    """Return people of whom there is nothing to say, people with consents, and people who asked for everything there is."""
    chance = random.Random(7)
    uses = [Use(purpose=f"p{chance.randrange(purposes)}", at=NOW) for _ in range(size)]
    agreed = {f"p{at}": Consent(given=NOW - timedelta(days=9)) for at in range(3, purposes, 5)}
    plain = [Standing() for _ in uses]
    some = [Standing(consents=agreed if chance.random() < 0.5 else {}) for _ in uses]
    wished = [
        Standing(
            consents=agreed,
            objections=frozenset({f"p{chance.randrange(purposes)}" for _ in range(3)}),
            restricted=NOW - timedelta(days=1) if chance.random() < 0.5 else None,
            opted_out=chance.random() < 0.5,
        )
        for _ in uses
    ]
    titles = ("nothing to say of anybody", "half of them agreed", "everybody objects, half are restricted")
    return [
        People(title=title, asked=list(zip(uses, standings, strict=True)))
        for title, standings in zip(titles, (plain, some, wished), strict=True)
    ]


def floor(purpose: str, objections: frozenset[str], bases: int) -> bool:
    """One call, one look into a set, two bit tests."""
    return purpose not in objections and bool(bases & 4 or bases & 32)


def speed(work: Callable[[], object], times: int) -> float:
    """Return how many a second of CPU."""
    begun = time.process_time()
    work()
    return times / (time.process_time() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="ten times as many decisions")
    size, rounds, purposes = (500_000 if parser.parse_args().full else 50_000), 9, 40
    rules = rules_of(purposes)
    print(f"\n{size:,} decisions a round, {rounds} rounds, {purposes} purposes, one core\n")
    print("| people | decisions a CPU second | floor | floor / ours, median (min–max) | target |\n| --- | --- | --- | --- | --- |")
    met = True
    for some in people(size, purposes):
        bare = [(use.purpose, standing.objections, 36) for use, standing in some.asked]

        def ours(some: People = some) -> None:
            for use, standing in some.asked:
                decide(use, standing, rules)

        def least(bare: Sequence[tuple[str, frozenset[str], int]] = bare) -> None:
            for purpose, objections, bases in bare:
                floor(purpose, objections, bases)

        mine, theirs = [], []
        for _ in range(rounds):
            mine.append(speed(ours, size))
            theirs.append(speed(least, size))
        ratios = [one / other for one, other in zip(theirs, mine, strict=True)]
        met &= statistics.median(mine) >= TARGET
        verdict = "met" if statistics.median(mine) >= TARGET else "MISSED"
        print(
            f"| {some.title} | {statistics.median(mine) / 1e6:.2f} M | {statistics.median(theirs) / 1e6:.2f} M "
            f"| {statistics.median(ratios):.1f} ({min(ratios):.1f}–{max(ratios):.1f}) | 1 M a second {verdict} |"
        )
    use, _ = some.asked[0]
    made = statistics.median(speed(lambda: [replace(use) for _ in range(10_000)], 10_000) for _ in range(rounds))
    print(f"\nMaking a `Use` is not part of it: {made / 1e6:.2f} M a second.")
    print("Targets: " + ("met" if met else "MISSED"))


if __name__ == "__main__":
    main()
