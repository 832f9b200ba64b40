"""What is known of one request beside its own row: its dates, steps, paths, stores, orders, remainders, export, letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kept.db.models import Bundle, Certificate, Challenge, Letter, Order, Remainder, Request, RequestStep
from kept.rights.registry import rights

__all__ = [
    "BundleSeen",
    "ChallengeSeen",
    "Facts",
    "KnownDate",
    "LetterSeen",
    "OrderSeen",
    "PathSeen",
    "RemainderSeen",
    "StepSeen",
    "StoreSeen",
    "dates_in",
    "facts_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDate:
    """One date of a request: promised, strict, legal or acknowledge, with the rule that made it, its law and its version.

    `law` is empty for what the company promised; `until` is the moment it ends; `stated` is False where no law gives a number.
    """

    which: str
    on: date
    until: datetime
    law: str
    rule: str
    version: str
    stated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeen:
    """A step of a request: `state` is begun, waiting, done or failed, or planned where it has not begun."""

    name: str
    place: str = ""
    state: str = "planned"
    tries: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSeen:
    """How rows of a table were found: by which links, how many, and what happens to them."""

    table: str
    path: str
    rows: int
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSeen:
    """How far the sweep is in a store: intended, done or proved; rows by table that were planned, and that were done."""

    store: str
    state: str
    planned: Mapping[str, int]
    done: Mapping[str, int]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """What a processor was asked to do: new, sent, accepted, done, refused, unknown-person or overdue."""

    processor: str
    way: str
    state: str
    asked_at: datetime | None
    answered_at: datetime | None
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemainderSeen:
    """Rows that stay for now: `why` is law, hold, rule or needed; `until` is None where a hold must be lifted first."""

    table: str
    why: str
    rule: str
    rows: int
    until: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSeen:
    """An export: bytes and rows in it, until when it can be fetched, and how often it was."""

    size: int
    rows: int
    digest: str
    until: datetime
    fetched: int
    fetched_at: datetime | None

    def open(self, at: datetime) -> bool:
        """Return whether it can be fetched at that moment."""
        return at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSeen:
    """A letter without its text: `number` names it."""

    number: int
    kind: str
    incoming: bool
    at: datetime
    sent_at: datetime | None
    size: int
    attachments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSeen:
    """A way that was offered to show that it is them: link, points, agent, guardian; how often it was tried in vain."""

    way: str
    attempts: int
    until: datetime
    passed_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it. Empty in lists, which read the rows of the requests alone."""

    steps: tuple[StepSeen, ...] = ()
    paths: tuple[PathSeen, ...] = ()
    stores: tuple[StoreSeen, ...] = ()
    orders: tuple[OrderSeen, ...] = ()
    remainders: tuple[RemainderSeen, ...] = ()
    letters: tuple[LetterSeen, ...] = ()
    challenges: tuple[ChallengeSeen, ...] = ()
    bundle: BundleSeen | None = None
    certificate: str = ""
    restricted: bool = False
    """Whether a restriction that it asked for is in force."""
    lifting: datetime | None = None
    """From when on that restriction will be lifted, where the person was told so."""


def facts_of(one: Request) -> Facts:
    """Return what is known beside the row. Eight queries at most, however much there is."""
    begun = list(one.steps.order_by("pk"))
    held = _restricted(one) if one.right == "restriction" else []
    return Facts(
        steps=tuple(_steps(one, begun)),
        paths=tuple(_paths(begun)),
        stores=tuple(_stores(one)),
        orders=tuple(_order(order) for order in one.orders.order_by("processor")),
        remainders=tuple(_remainder(left) for left in one.remainders.order_by("table", "pk")),
        letters=tuple(_letter(letter) for letter in one.letters.defer("sealed").order_by("at", "pk")),
        challenges=tuple(_challenge(offered) for offered in one.challenges.order_by("pk")),
        bundle=_bundle(Bundle.objects.filter(request=one).first()),
        certificate=Certificate.objects.filter(request=one).values_list("text", flat=True).first() or "",
        restricted=bool(held),
        lifting=max((at for at in held if at is not None), default=None),
    )


def _restricted(one: Request) -> list[datetime | None]:
    """Return for each restriction in force that a request asked for from when on it will be lifted, None for not at all."""
    return list(one.restraints.filter(kind="restricted", until__isnull=True).values_list("lift_at", flat=True))


def dates_in(written: Mapping[str, Any]) -> Mapping[str, KnownDate]:
    """Return the dates as a request's row holds them, by which they are."""
    return {
        which: KnownDate(
            which=which,
            on=date.fromisoformat(due["on"]),
            until=datetime.fromisoformat(due["until"]),
            law=due.get("law", ""),
            rule=due.get("rule", ""),
            version=due.get("version", ""),
            stated=due.get("stated", True),
        )
        for which, due in written.items()
    }


def _steps(one: Request, begun: Iterable[RequestStep]) -> Iterable[StepSeen]:
    """Yield what was begun, and then the stages of the right that are still to come, while the request is open."""
    names = set()
    for step in begun:
        names.add(step.name)
        yield StepSeen(
            name=step.name,
            place=step.place,
            state=step.state,
            tries=step.tries,
            told=step.told,
            error=step.error,
            began_at=step.began_at,
            ended_at=step.ended_at,
        )
    right = rights().get(one.right)
    if right and one.closed_at is None:
        yield from (
            StepSeen(name=name) for name in right.stages if name not in names and not _behind(name, one.stage, right.stages)
        )


def _behind(name: str, stage: str, stages: tuple[str, ...]) -> bool:
    """Return whether a stage comes before the one that a request is at: it was passed over."""
    return stage in stages and stages.index(name) < stages.index(stage)


def _paths(begun: Iterable[RequestStep]) -> Iterable[PathSeen]:
    for step in begun:
        if step.name != "find":
            continue
        for way in step.told.get("ways", ()):
            yield PathSeen(
                table=str(way.get("table", "")),
                path=str(way.get("path", "")),
                rows=int(way.get("rows", 0)),
                does=str(way.get("does", "")),
            )


def _stores(one: Request) -> Iterable[StoreSeen]:
    if one.sweep is None:
        return
    for name, said in sorted(one.sweep.stores.items()):
        yield StoreSeen(
            store=name,
            state=said.get("state", ""),
            planned=said.get("planned", {}),
            done=said.get("done", {}),
            error=said.get("error", ""),
        )


def _order(one: Order) -> OrderSeen:
    return OrderSeen(
        processor=one.processor,
        way=one.way,
        state=one.state,
        asked_at=one.asked_at,
        answered_at=one.answered_at,
        due=one.due,
    )


def _remainder(one: Remainder) -> RemainderSeen:
    return RemainderSeen(table=one.table, why=one.why, rule=one.rule, rows=one.rows, until=one.until, gone_at=one.gone_at)


def _letter(one: Letter) -> LetterSeen:
    return LetterSeen(
        number=one.pk,
        kind=one.kind,
        incoming=one.incoming,
        at=one.at,
        sent_at=one.sent_at,
        size=one.size,
        attachments=one.attachments,
    )


def _challenge(one: Challenge) -> ChallengeSeen:
    return ChallengeSeen(way=one.way, attempts=one.attempts, until=one.until, passed_at=one.passed_at, failed_at=one.failed_at)


def _bundle(one: Bundle | None) -> BundleSeen | None:
    if one is None or not one.key:
        return None
    return BundleSeen(
        size=one.size, rows=one.rows, digest=one.digest, until=one.until, fetched=one.fetched, fetched_at=one.fetched_at
    )
