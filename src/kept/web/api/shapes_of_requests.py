"""What programs read about people's requests: dates, steps, paths, orders, what stays, the export; and what the gate decides."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from ninja import Schema
from pydantic import Field

from .shapes import REF, Ref

__all__ = ["Certified", "Decided", "Queued", "QueuedWhole", "Requested", "RequestedWhole"]

State: TypeAlias = Literal["received", "working", "answered", "refused", "withdrawn"]


class Due(Schema):
    """One date of a request, and what made it."""

    which: Literal["promised", "strict", "legal", "acknowledge"] = Field(description="Which date.")
    on: date = Field(description="The day, where the company must act.")
    until: datetime = Field(description="The moment it is over.")
    law: str = Field(description="The law's short name; empty for what the company promised.", examples=["eu-gdpr"])
    rule: str = Field(description="Which rule of it.")
    version: str = Field(description="Which version of the law's file.")
    stated: bool = Field(description="False where the law gives no number, and the promise stands in.")


class StepOfRequest(Schema):
    """A step."""

    name: str = Field(description="Which.", examples=["find"])
    place: str = Field(description="Where: a store, a processor, or empty.")
    state: str = Field(description="planned, begun, waiting, done or failed.")
    tries: int = Field(description="How often it was begun.")
    error: str = Field(description="What stopped it last; empty otherwise.")
    began_at: datetime | None = Field(description="When it was first begun; null for not yet.")
    ended_at: datetime | None = Field(description="When it was done; null for not yet.")


class PathThroughStores(Schema):
    """How rows of a table were found."""

    table: str = Field(description="The table.")
    path: str = Field(description="By which links.", examples=["app.tickets.account_id → account"])
    rows: int = Field(description="How many rows.")
    does: str = Field(description="What happens to them.", examples=["deleted"])


class OrderToProcessor(Schema):
    """What a processor was asked."""

    processor: str = Field(description="Whom.")
    state: str = Field(description="new, sent, accepted, done, refused, unknown-person or overdue.")
    due: datetime = Field(description="By when.")


class StaysForNow(Schema):
    """Rows that an erasure left for now."""

    table: str = Field(description="The table.")
    why: str = Field(description="law, hold, rule or needed.")
    rule: str = Field(description="Which law, or which hold.")
    rows: int = Field(description="How many rows.")
    until: datetime | None = Field(description="When they go; null where a hold must be lifted first.")
    gone_at: datetime | None = Field(description="When they went; null while they stay.")


class Export(Schema):
    """An export that was made."""

    size: int = Field(description="Bytes of it.")
    rows: int = Field(description="Rows in it.")
    digest: str = Field(description="SHA-256 of it, in hex.")
    until: datetime = Field(description="Until when it can be fetched.")
    fetched: int = Field(description="How often it was fetched to its end.")


class StoreOfSweep(Schema):
    """How far an erasure is in a store."""

    store: str = Field(description="The store.")
    state: str = Field(description="intended, done or proved.")
    planned: dict[str, int] = Field(description="By table, how many rows of everybody in this sweep.")
    done: dict[str, int] = Field(description="By table, how many it were.")
    error: str = Field(description="What stopped it last; empty otherwise.")


class Head(Schema):
    """What lists say of a request."""

    ref: Ref = Field(description=REF, examples=["Tq81mZr4XcVb"])
    right: str = Field(description="Which right.", examples=["access"])
    channel: str = Field(description="How it came: centre, api, email, agent, staff.")
    state: State = Field(description="Where it stands.")
    stage: str = Field(description="The step it is at; empty once it has ended.", examples=["find"])
    waits_on: str = Field(description="Whom it waits for: person, staff, store, processor, time; empty for the worker.")
    waits_for: str = Field(description="What for, in a sentence.")
    verified: str = Field(description="How it was established that it is them; empty for not yet.", examples=["signed-in"])
    extended: str = Field(description="Why it takes longer; empty otherwise.")
    ground: str = Field(description="On which ground it is refused; empty otherwise.")
    received_at: datetime = Field(description="When it came; the clock starts here.")
    closed_at: datetime | None = Field(description="When it ended; null while it is open.")
    promised_by: datetime = Field(description="The date the policy promises.")
    strict_by: datetime = Field(description="The earliest date a law can be read to set.")
    legal_by: datetime = Field(description="The date the law sets, days off considered.")
    work_by: datetime = Field(description="The date that work goes by.")


class Requested(Head):
    """A request of a person."""

    note: str = Field(description="What the person wrote.")
    outcome: str = Field(description="What the person was told at its end.")
    changed_at: datetime = Field(description="When it last changed.")


class Whole(Schema):
    """What one request says beside that."""

    dates: list[Due] = Field(description="Its dates, each with the rule that made it.")
    steps: list[StepOfRequest] = Field(description="Its steps, those to come too.")
    paths: list[PathThroughStores] = Field(description="How the person was followed through the stores.")
    orders: list[OrderToProcessor] = Field(description="What processors were asked.")
    remainders: list[StaysForNow] = Field(description="What stays for now.")
    bundle: Export | None = Field(description="The export; null for none.")
    certified: bool = Field(description="Whether there is a certificate of erasure.")


class RequestedWhole(Requested, Whole):
    """A request of a person, with all that is known of it."""


class Queued(Head):
    """A request as staff see it in the list: without what the person wrote."""

    taken_by: str = Field(description="Who of the staff is at it, as a code; empty for nobody.")


class GroundOffered(Schema):
    """A ground on which a request may be refused."""

    id: str = Field(description="Its id.", examples=["eu-gdpr.legal_claims"])
    text: str = Field(description="The ground in words.")
    citation: str = Field(description="Where it stands; empty for one of the house's.")


class QueuedWhole(Queued, Whole):
    """A request as staff see it; what the person wrote is empty for who may not work on requests."""

    note: str = Field(description="What the person wrote.")
    outcome: str = Field(description="What the person is told at its end.")
    stores: list[StoreOfSweep] = Field(description="How far its erasure is, store by store.")
    grounds: list[GroundOffered] = Field(description="On which grounds it may be refused.")
    candidates: list[str] = Field(description="Who it could be about, where an address is several people's; empty otherwise.")
    lifting: datetime | None = Field(description="From when on its restriction is lifted, as the person was told; null for never.")


class Certified(Schema):
    """A certificate of erasure."""

    text: str = Field(description="The signed certificate: keep it, and verify it with `kept verify`.")


class Decided(Schema):
    """What the gate answers."""

    allowed: bool = Field(description="Whether the use may happen. Only true allows it.")
    code: str = Field(description="Why, as a stable code.", examples=["restricted"])
    reason: str = Field(description="Why, in a sentence.")
    basis: str | None = Field(description="The legal basis it rests on; null where it may not happen.", examples=["contract"])
    clause: str = Field(description="The clause of the policy that speaks of the purpose; empty for none.")
    at: datetime = Field(description="The moment that was decided for.")
