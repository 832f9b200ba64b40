"""Erasures that are done together: begun with what the rows are found by, done store by store, proved, and closed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet

from kept.base.errors import Refused
from kept.base.names import Table
from kept.db.models import Remainder, Request, RequestStep, Restraint, Sweep
from kept.db.models.sweep import SweepState
from kept.db.request_key import opened_key
from kept.rights.registry import right as right_of

from .action import action, record, record_each
from .request_steps import LEASE, TOGETHER, in_turn
from .rows import Due

__all__ = [
    "MOST_TOGETHER",
    "Kept",
    "Swept",
    "Stopped",
    "begin_sweep",
    "close_sweep",
    "delay_sweep",
    "end_store",
    "intend_store",
    "take_sweep",
    "views_made_anew",
    "wake_remainders",
]

MOST_TOGETHER = 1_000
"""How many people's erasures are one sweep: as many as one transaction a store takes well."""
TRAIL = "trail"
STEPS = """INSERT INTO kept_requeststep (request_id, name, place, state, tries, told, error, began_at, ended_at)
    SELECT id, %s, '', %s, 1, %s, '', %s, %s FROM kept_request WHERE sweep_id = %s ON CONFLICT DO NOTHING"""
"""One statement for the steps of a thousand requests; an object for each costs more than their erasure does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A sweep as a worker has it: its requests by reference and fence; `ref` is empty before it is begun."""

    ref: str
    state: str
    requests: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Rows of one person that stay for now."""

    request: str
    table: str
    why: str
    rule: str
    rows: int
    until: datetime | None
    look_at: datetime | None


@action
def take_sweep(*, at: datetime, most: int = MOST_TOGETHER, lease: timedelta = LEASE) -> Swept | None:
    """Return a sweep to go on with whose worker is silent, else the erasures that are due, leased together; None: none are."""
    sweep = next((Sweep.objects.get(pk=pk) for (pk,) in BEGUN.at(at)), None)
    if sweep is not None:
        locked = Request.objects.select_for_update().filter(sweep=sweep, stage=TOGETHER)
        chosen = list(locked.values_list("id", "ref", "fence"))
    else:
        chosen = NEW.at(at) if most == MOST_TOGETHER else list(_new(at)[:most])
    if not chosen:
        return None
    until = at + lease
    Request.objects.filter(pk__among=[pk for pk, _, _ in chosen]).update(fence=F("fence") + 1, leased_until=until, wake_at=until)
    leased = tuple((ref, fence + 1) for _, ref, fence in chosen)
    return Swept(ref=sweep.ref if sweep else "", state=sweep.state if sweep else "", requests=leased)


def _due(at: datetime) -> QuerySet[Request]:
    due = Request.objects.filter(stage=TOGETHER, wake_at__lte=at).filter(Q(leased_until__isnull=True) | Q(leased_until__lt=at))
    return due.select_for_update(skip_locked=True)


def _new(at: datetime) -> QuerySet[Request, tuple[Any, ...]]:
    return in_turn(_due(at).filter(sweep__isnull=True)).order_by("wake_at", "id").values_list("id", "ref", "fence")


BEGUN: Final = Due(
    query=lambda at: _due(at).filter(sweep__isnull=False).order_by("sweep_id", "id").values_list("sweep_id")[:1],
)
NEW: Final = Due(query=lambda at: _new(at)[:MOST_TOGETHER])


@action
def begin_sweep(*, swept: Swept, trail: Mapping[str, Any], at: datetime, actor: str) -> str:
    """Write down, before anything is changed, that these people will be erased and what their rows are found by; return its name.

    The trail is sealed under the key of the sweep's first request. Raises Refused where a request is another worker's by now.
    """
    requests = _mine(swept)
    first = opened_key(Request.objects.values_list("key", flat=True).get(pk=requests[0].pk))
    sealed = first.seal(json.dumps(trail), TRAIL)
    sweep = Sweep.objects.create(people=len(requests), trail=sealed, made_at=at)
    Request.objects.filter(pk__among=[request.pk for request in requests]).update(sweep=sweep)
    write_steps(sweep.pk, TOGETHER, state="begun", told={}, at=at)
    each = [{"request": request.ref, "sweep": sweep.ref} for request in requests]
    record_each("erasure.begun", each, at=at, actor=actor)
    return sweep.ref


def write_steps(sweep: int, name: str, *, state: str, told: Mapping[str, Any], at: datetime) -> None:
    """Write a step down for every request of a sweep that has none of that name, in the transaction that is open."""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(STEPS, [name, state, json.dumps(told), moment, None if state == "begun" else moment, sweep])


@action
def intend_store(*, sweep: str, store: str, tables: Mapping[str, int], at: datetime, actor: str) -> None:
    """Write down what is about to be done in a store: by table, how many rows."""
    row = Sweep.objects.select_for_update().get(ref=sweep)
    before = row.stores.get(store, {})
    done = _unnoted(before, tables)
    row.stores[store] = {**before, "state": "intended", "planned": dict(tables), "done": done, "had": done, "error": ""}
    row.save(update_fields=["stores"])
    record("erasure.intended", at=at, actor=actor, sweep=sweep, store=store, rows=sum(tables.values()), tables=len(tables))


def _unnoted(before: Mapping[str, Any], left: Mapping[str, int]) -> dict[str, int]:
    """Return what was done, by table, with what a worker did that died before it could say so: what it meant to and is not left."""
    done: dict[str, int] = dict(before.get("done", {}))
    had = before.get("had", {})
    for table, planned in before.get("planned", {}).items() if before else ():
        lost = planned - (done.get(table, 0) - had.get(table, 0)) - left.get(table, 0)
        if lost > 0 and before.get("state") == "intended":
            done[table] = done.get(table, 0) + lost
    return done


@action
def end_store(*, sweep: str, store: str, state: str, tables: Mapping[str, int], at: datetime, actor: str) -> None:
    """Write down what was done in a store (`state` done), or seen in it afterwards (proved); rows by table add up."""
    row = Sweep.objects.select_for_update().get(ref=sweep)
    before = row.stores.get(store, {})
    done = dict(before.get("done", {}))
    for table, rows in tables.items():
        done[table] = done.get(table, 0) + rows
    row.stores[store] = {**before, "state": state, "done": done, "error": ""}
    row.save(update_fields=["stores"])
    if state == "done":
        record("erasure.done", at=at, actor=actor, sweep=sweep, store=store, rows=sum(tables.values()))
    else:
        record("erasure.seen", at=at, actor=actor, sweep=sweep, store=store, left=0)


@action
def views_made_anew(*, sweep: str, store: str, views: Sequence[Table], at: datetime, actor: str) -> None:
    """Say which views, that a store keeps filled, were made anew once the rows they are made from had gone."""
    record("erasure.refreshed", at=at, actor=actor, sweep=sweep, store=store, views=[str(view) for view in views])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What stopped a sweep: whom it waits `on` (store, staff), which store, the error's sentence and its code."""

    store: str
    error: str
    code: str
    on: str = "store"


@action
def delay_sweep(*, swept: Swept, stopped: Stopped, at: datetime, again: datetime, actor: str) -> None:
    """Write down what stopped a sweep, and when it is tried again; its requests say what they wait for. Raises Refused."""
    requests = _mine(swept)
    pks = [request.pk for request in requests]
    if swept.ref:
        row = Sweep.objects.select_for_update().get(ref=swept.ref)
        if stopped.store:
            row.stores[stopped.store] = {**row.stores.get(stopped.store, {}), "error": stopped.error}
            row.save(update_fields=["stores"])
    changes = {
        "leased_until": None,
        "wake_at": again,
        "waits_on": stopped.on,
        "waits_for": (stopped.store or stopped.error)[:200],
        "changed_at": at,
    }
    Request.objects.filter(pk__among=pks).update(**changes)
    RequestStep.objects.filter(request__pk__among=pks, name=TOGETHER).update(state="failed", error=stopped.error)
    record("erasure.stopped", at=at, actor=actor, sweep=swept.ref, store=stopped.store, error=stopped.code)


@action
def close_sweep(
    *,
    swept: Swept,
    kept: Sequence[Kept],
    told: Mapping[str, Any],
    at: datetime,
    actor: str,
    trails: Mapping[str, Mapping[str, Any]] | None = None,
    wake_at: datetime | None = None,
) -> None:
    """Write down that every store was asked again and has nothing left, with what stays for now, and let the requests go on: now,
    or at `wake_at`, where whoever closes it goes on with them itself.

    `trails` gives, by request, what the rows that stay are found by, once those that led to them are gone; a request that is not
    in it keeps its trail. One that had ended, and was woken for what had stayed, ends again. Raises Refused.
    """
    requests = _mine(swept)
    sweep = Sweep.objects.select_for_update().get(ref=swept.ref)
    sweep.state, sweep.trail, sweep.proved_at = SweepState.PROVED, "", at
    sweep.save(update_fields=["state", "trail", "proved_at"])
    pks = [request.pk for request in requests]
    _keep({request.ref: request.pk for request in requests}, kept, at)
    RequestStep.objects.filter(request__pk__among=pks, name=TOGETHER).update(
        state="done", told=_told(sweep, told), error="", ended_at=at
    )
    _go_on(requests, trails or {}, at, wake_at or at)
    _erased_now(pks, at)
    each: list[Mapping[str, str | int]] = [{"request": request.ref, "sweep": swept.ref, "left": 0} for request in requests]
    record_each("erasure.proved", each, at=at, actor=actor)


def _told(sweep: Sweep, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a sweep, with how many rows of which tables were changed, whichever workers did that."""
    done: Counter[str] = Counter()
    for store in sweep.stores.values():
        done.update(store.get("done", {}))
    return {**told, "rows": sum(done.values()), "tables": dict(done)}


def _go_on(requests: Sequence[_Mine], trails: Mapping[str, Mapping[str, Any]], at: datetime, wake_at: datetime) -> None:
    """Move the requests to their next stage, those that had ended to their end, a statement for each stage."""
    stages: dict[tuple[str, bool], list[int]] = {}
    for one in requests:
        stages.setdefault(("" if one.over else right_of(one.right).after(TOGETHER), one.over), []).append(one.pk)
    over = {one.pk for one in requests if one.over}
    changed = list(Request.objects.only("id", "ref", "key", "trail").filter(Q(ref__among=list(trails)) | Q(pk__among=list(over))))
    for request in changed:
        request.trail = _trail(request, trails.get(request.ref), over=request.pk in over)
    Request.objects.bulk_update(changed, ["trail"], batch_size=500)
    free: dict[str, Any] = {"leased_until": None, "changed_at": at, "waits_on": "", "waits_for": "", "attempts": 0}
    for (stage, ended), pks in stages.items():
        Request.objects.filter(pk__among=pks).update(stage=stage, wake_at=None if ended else wake_at, **free)


def _trail(request: Request, values: Mapping[str, Any] | None, *, over: bool) -> str:
    """Return a request's trail, sealed: what it was (processors are still to be asked by it), and what the rows that stay need."""
    key = opened_key(request.key)
    before = {} if over else {name: what for name, what in key.open_facts(request.trail, TRAIL).items() if name != "values"}
    return key.seal_facts({**before, **({"values": values} if values else {})}, TRAIL)


def _erased_now(requests: Sequence[int], at: datetime) -> None:
    """Say to the gate that what was hidden is erased by now; somebody who was erased before stays so once."""
    hidden = Restraint.objects.filter(request__pk__among=requests, kind="erasing", until__isnull=True)
    before = Restraint.objects.filter(kind="erased", until__isnull=True).values("subject")
    hidden.filter(subject__in=before).update(until=at)
    hidden.update(kind="erased")


def _keep(requests: Mapping[str, int], kept: Sequence[Kept], at: datetime) -> None:
    """Write down what stays of each request, and that what stayed before and is not there any more has gone."""
    still = {(one.request, one.table, one.why, one.rule[:300]) for one in kept}
    for before in Remainder.objects.filter(request__pk__among=list(requests.values()), gone_at__isnull=True).select_related(
        "request"
    ):
        if (before.request.ref, before.table, before.why, before.rule) not in still:
            before.gone_at, before.look_at = at, None
            before.save(update_fields=["gone_at", "look_at"])
    rows = [
        Remainder(
            request_id=requests[one.request],
            table=one.table,
            why=one.why,
            rule=one.rule[:300],
            rows=one.rows,
            until=one.until,
            look_at=one.look_at,
        )
        for one in kept
    ]
    Remainder.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["request", "table", "why", "rule"],
        update_fields=["rows", "until", "look_at", "gone_at"],
    )


@action
def wake_remainders(*, at: datetime, hold: str = "") -> int:
    """Wake the requests of which something stayed that may go by now, or that a hold kept which was lifted; return how many."""
    due = Remainder.objects.filter(gone_at__isnull=True)
    due = due.filter(why="hold", rule=hold) if hold else due.filter(look_at__lte=at)
    chosen = Request.objects.filter(pk__in=due.values("request"), stage="", wake_at__isnull=True)
    return chosen.update(stage=TOGETHER, sweep=None, wake_at=at)


class _Mine(NamedTuple):
    """A request of a sweep, as far as its moving on needs it."""

    pk: int
    ref: str
    fence: int
    right: str
    over: bool


def _mine(swept: Swept) -> list[_Mine]:
    """Return the requests of a sweep, locked. Raises Refused where one is another worker's by now."""
    fences = dict(swept.requests)
    found = Request.objects.select_for_update().filter(ref__among=list(fences)).order_by("id")
    rows = [
        _Mine(pk, ref, fence, right, closed is not None)
        for pk, ref, fence, right, closed in found.values_list("id", "ref", "fence", "right", "closed_at")
    ]
    if len(rows) != len(fences) or any(row.fence != fences[row.ref] for row in rows):
        raise Refused("Some of these erasures are another worker's by now", todo="Leave them to that one.")
    return rows
