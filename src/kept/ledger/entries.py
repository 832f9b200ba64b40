"""Entries: what happened, when, by whom, and the facts, as bytes that hash the same everywhere. No personal data.

A log cannot forget, so nothing about a person may enter it. `Entry.body` refuses what does not look like a fact:

- a number is whole and below 2**53 (counts, positions; amounts in their smallest unit; no floats, which differ between machines);
- a text is a digest (at least 32 hex digits), a date or moment in ISO form, or a name or code: of a table, a column, a clause, a
  kind of event;
- a name has at most 200 characters, no @, no control characters, no space outside double quotes, no run of nine digits (a
  telephone, card or account number), is not digits and punctuation alone, and is neither a network address nor a UUID (which names
  a person in most databases).

That stops accidents, not intent: a first name looks like a code. Whoever writes an entry puts in a keyed hash of anything that is
not plainly a count, a digest, a date or the name of a thing (`hmac` with a secret kept beside the log; a hash without a secret
can be guessed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

import orjson

from kept.base.errors import Refused

__all__ = ["LONGEST_BODY", "Entry", "Fact", "refusal"]

Plain: TypeAlias = str | int | bool | None
Fact: TypeAlias = Plain | Sequence[Plain] | Mapping[str, Plain]

LONGEST_BODY = 65_535
"""Bytes of one entry: a bundle of C2SP tlog-tiles counts them in 16 bits."""

LONGEST_NAME = 200
LARGEST_NUMBER = 2**53
CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z

KIND = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){0,3}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
DIGEST = re.compile(r"(?:[a-z][a-z0-9-]{0,19}:)?[0-9a-f]{32,128}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)?")
REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"@"), "an @, as in an e-mail address"),
    (re.compile(r"[\x00-\x1f\x7f\u2028\u2029]"), "a control character"),
    (re.compile(r'\s(?=(?:[^"]*"[^"]*")*[^"]*\Z)'), "free text (a space outside double quotes)"),
    (re.compile(r"\d{9}"), "nine digits in a row"),
    (re.compile(r"\A[+()./-]*(?:\d[+()./-]*){7,}\Z"), "digits and punctuation alone, as in a telephone number"),
    (re.compile(r"(?:^|[^\d.])\d{1,3}(?:\.\d{1,3}){3}(?:$|[^\d.])"), "a network address"),
    (re.compile(r"(?:[0-9A-Fa-f]{0,4}:){3}"), "a network address"),
    (re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"), "a UUID"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `kind` is a dotted code such as `step.done`; `actor` a code too, never a person's name."""

    kind: str
    at: datetime
    actor: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the canonical JSON: sorted keys, no spaces, UTF-8, the moment in UTC with a Z.

        Raises Refused, naming the field and never its value, where something is not a fact (see the module).
        """
        if not KIND.fullmatch(self.kind):
            raise _not_a_fact("kind", "something else than a dotted code")
        _check("actor", self.actor)
        for name, fact in self.facts.items():
            _check(name, fact)
        body = orjson.dumps({"actor": self.actor, "at": _utc(self.at), "facts": self.facts, "kind": self.kind}, option=CANONICAL)
        if len(body) > LONGEST_BODY:
            raise Refused(
                f"A ledger entry of kind {self.kind} has {len(body)} bytes, more than {LONGEST_BODY}",
                todo="Record a digest of the long part instead.",
            )
        return body


@lru_cache(maxsize=8192)
def refusal(text: str) -> str:
    """Return what makes this text unfit for an entry, in a few words; empty where it may stand there."""
    if DIGEST.fullmatch(text) or MOMENT.fullmatch(text):
        return ""
    if len(text) > LONGEST_NAME:
        return f"more than {LONGEST_NAME} characters"
    return next((why for pattern, why in REFUSED if pattern.search(text)), "")


def _check(name: str, fact: object) -> None:
    if type(fact) is str:  # an exact type: the test is fast, and keeps a bool from passing as a number
        why = refusal(fact)
    elif type(fact) is int:
        why = "" if -LARGEST_NUMBER < fact < LARGEST_NUMBER else "a number past 2**53"
    elif fact is None or type(fact) is bool:
        why = ""
    else:
        why = _refusal_inside(fact)
    if why or not _is_key(name):
        raise _not_a_fact(name, why or "a key that is not a plain word")


def _refusal_inside(fact: object) -> str:
    parts: list[object]
    match fact:
        case str() | int():
            return "a subclass of str or int"
        case Mapping():
            parts = [*fact.keys(), *fact.values()]
        case list() | tuple():
            parts = list(fact)
        case _:
            return f"a {type(fact).__name__}"
    return next((why for part in parts if (why := _plain_refusal(part))), "")


def _plain_refusal(part: object) -> str:
    match part:
        case None | bool():
            return ""
        case str():
            return refusal(part)
        case int():
            return "" if abs(part) < LARGEST_NUMBER else "a number past 2**53"
        case _:
            return f"a {type(part).__name__}"


@lru_cache(maxsize=1024)
def _is_key(name: str) -> bool:
    return KEY.fullmatch(name) is not None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise _not_a_fact("at", "a moment without a time zone")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _not_a_fact(name: str, why: str) -> Refused:
    shown = name if _is_key(name) else "(its key is not a plain word)"
    return Refused(
        f"The ledger refused an entry: its field {shown} holds {why}",
        todo="Record a count, a code, a date or a keyed hash instead; the ledger cannot forget.",
    )
