"""A request as the worker that has its lease sees it: opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kept.base.errors import NotThere
from kept.db.failures import database_errors
from kept.db.models import Request
from kept.db.request_key import RequestKey, opened_key
from kept.rights.registry import right
from kept.rights.right import Right

__all__ = ["Case", "Leaver", "case_of_worker", "leavers_of_worker", "stage_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request, opened for work. `subject` is who it is about in the stores (`account:42`), empty until that is known.

    `address` is where letters go, empty for none; `said` and `wanted` are its particulars; `trail` what the person was found by.
    """

    ref: str
    right: Right
    channel: str
    stage: str
    key: RequestKey
    verified: str
    language: str
    wanted: Mapping[str, Any]
    laws: tuple[str, ...]
    dates: Mapping[str, Any]
    received_at: datetime
    work_by: datetime
    legal_by: datetime
    acknowledged: bool
    attempts: int
    signed_in: bool
    ground: str = ""
    subject: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    outcome: str = field(default="", repr=False)
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    trail: Mapping[str, Any] = field(default_factory=dict, repr=False)


def case_of_worker(ref: str) -> Case:
    """Return one request, whoever's it is: workers ask for nobody in particular. Raises NotThere, KeyDestroyed."""
    with database_errors():
        found = Request.objects.filter(ref=ref).first()
    if found is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    return _opened(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """Somebody who is to be erased: their request, who they are in the stores, and by what they were found before."""

    ref: str
    received_at: datetime
    wanted: Mapping[str, Any]
    subject: str = field(default="", repr=False)
    trail: Mapping[str, Any] = field(default_factory=dict, repr=False)


def leavers_of_worker(refs: Sequence[str]) -> tuple[Leaver, ...]:
    """Return those whom some requests are to erase, in the order of the requests. Raises KeyDestroyed, IntegrityError."""
    with database_errors():
        rows = Request.objects.filter(ref__among=refs).values_list("ref", "received_at", "wanted", "key", "subject", "trail")
        found = {row[0]: row[1:] for row in rows}
    return tuple(_leaver(ref, *found[ref]) for ref in refs if ref in found)


def _leaver(ref: str, received_at: datetime, wanted: Mapping[str, Any], key: str, subject: str, trail: str) -> Leaver:
    opened = opened_key(key)
    who, before = opened.open(subject, "subject"), opened.open_facts(trail, "trail")
    return Leaver(ref=ref, received_at=received_at, wanted=wanted, subject=who, trail=before)


def stage_of(ref: str) -> str:
    """Return at which stage a request is; an empty text where it has ended, or is not there."""
    with database_errors():
        return Request.objects.filter(ref=ref).values_list("stage", flat=True).first() or ""


def _opened(one: Request) -> Case:
    key = opened_key(one.key)
    return Case(
        ref=one.ref,
        right=right(one.right),
        channel=one.channel,
        stage=one.stage,
        key=key,
        verified=one.verified,
        language=one.language,
        wanted=one.wanted,
        laws=tuple(one.laws),
        dates=one.dates,
        received_at=one.received_at,
        work_by=one.work_by,
        legal_by=one.legal_by,
        acknowledged=one.acknowledged_at is not None,
        attempts=one.attempts,
        signed_in=one.account_id is not None,
        ground=one.ground,
        subject=key.open(one.subject, "subject"),
        address=key.open(one.address, "address"),
        note=key.open(one.note, "note"),
        outcome=key.open(one.outcome, "outcome"),
        said=key.open_facts(one.said, "said"),
        trail=key.open_facts(one.trail, "trail"),
    )
