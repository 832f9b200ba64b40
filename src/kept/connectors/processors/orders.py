"""What a processor is asked, and what it acknowledges: values that say nothing of a person when they are printed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, Protocol, TypeAlias, get_args

from kept.base.personal import Personal

__all__ = [
    "FINAL",
    "Acknowledgement",
    "Correction",
    "Evidence",
    "Identifier",
    "Order",
    "Processor",
    "State",
    "recorded",
    "their_reference",
]

State: TypeAlias = Literal["sent", "accepted", "done", "refused", "unknown-person"]
"""How far it is: it went out; they say they have it; they say it is done; they will not; they know nobody by that."""

FINAL: Final[frozenset[State]] = frozenset({"done", "refused", "unknown-person"})
"""States after which there is nothing more to look for."""

STATES: Final[frozenset[str]] = frozenset(get_args(State))
OURS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{15,63}", re.ASCII)
THEIRS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}", re.ASCII)
LEAST_TELLING: Final = 4
"""Characters from which on a value of a person would be recognised within a reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """Something a person is known by: its kind (`email`, `phone`, `subject`, …) and its value as the company holds it."""

    kind: str
    value: Personal[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to stand where something wrong stood (GDPR Art. 16, 19): the data category or field, and the right value."""

    what: str
    value: Personal[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one processor is asked for one request of one person.

    `ref` is random, 16 to 64 letters, digits and hyphens, and the order's name for ever: asking again with it asks nothing new.
    `request` names the request it belongs to, without naming a person. `asked` is when the person asked, in UTC or any zone; `by`
    the day the processor has to be done. Raises ValueError for a reference that cannot be one, and for a time without a zone.
    """

    ref: str
    request: str
    right: str
    identifiers: tuple[Identifier, ...]
    asked: datetime
    by: date
    corrections: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be ambiguous at the other end."""
        if not OURS.fullmatch(self.ref):
            raise ValueError("an order's reference is 16 to 64 letters, digits and hyphens")
        if self.asked.tzinfo is None:
            raise ValueError("an order says when the person asked, with the zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an acknowledgement rests on: the SHA-256 (hex) over its `raw`, and short words of ours, never of theirs."""

    sha256: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Where an order stands with its processor.

    `their_ref` is the processor's name for it, empty where it gave none or one that might name a person. `raw` is what they sent,
    byte by byte, which may hold values of a person: it is never printed, and whoever keeps it seals it. `until` is when to look
    again, None where nothing more is to come.
    """

    state: State
    their_ref: str
    at: datetime
    evidence: Evidence
    until: datetime | None
    raw: bytes = field(repr=False)

    @classmethod
    def of(
        cls,
        state: State,
        *,
        at: datetime,
        raw: bytes,
        words: Iterable[str],
        until: datetime | None,
        their_ref: str = "",
    ) -> Acknowledgement:
        """Return it with its evidence; `until` counts only where something is still to come."""
        evidence = Evidence(sha256=hashlib.sha256(raw).hexdigest(), words=tuple(words))
        return cls(
            state=state,
            their_ref=their_ref,
            at=at,
            evidence=evidence,
            until=None if state in FINAL else until,
            raw=raw,
        )


class Processor(Protocol):
    """A processor that can be asked.

    MUST be safe to ask again with the same `order.ref`, after any error: nothing is done twice. MUST send nothing of a person but
    the kinds of identifier that its entry in processors.yaml names, and the corrections. MUST NOT call an order done because a
    call returned: only because the processor says so, and says it about this order. Both raise SourceError, whose `changed` says
    whether the order went out or may have gone out, and Refused where the processor cannot be asked this at all.
    """

    def ask(self, order: Order) -> Acknowledgement:
        """Ask, and return what the processor acknowledges."""

    def look(self, order: Order, before: Acknowledgement) -> Acknowledgement:
        """Return where the order stands now, `before` itself where the way of asking has nothing to look at."""


def recorded(before: Acknowledgement, *, state: State, at: datetime, raw: bytes, their_ref: str = "") -> Acknowledgement:
    """Return what a person at the company records of a processor's answer: a letter, a call, a page of its console.

    `raw` is the letter or the note; it is kept sealed like every other. Raises ValueError for a state there is not.
    """
    if state not in STATES:
        raise ValueError("there is no such state of an order")
    reference = their_ref if THEIRS.fullmatch(their_ref) else before.their_ref
    return Acknowledgement.of(
        state, at=at, raw=raw, words=("recorded-by-staff", f"was-{before.state}"), until=before.until, their_ref=reference
    )


def their_reference(given: object, order: Order) -> tuple[str, tuple[str, ...]]:
    """Return a processor's reference, and a word about it where it was withheld because it might name the person."""
    if given is None or given == "":
        return "", ()
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not THEIRS.fullmatch(text) or _tells(text, order):
        return "", ("reference-withheld",)
    return text, ()


def _tells(text: str, order: Order) -> bool:
    values = [one.value.reveal() for one in order.identifiers] + [one.value.reveal() for one in order.corrections]
    folded = text.casefold()
    return any(len(value) >= LEAST_TELLING and value.casefold() in folded for value in values) or any(
        0 < len(value) < LEAST_TELLING and value.casefold() == folded for value in values
    )
