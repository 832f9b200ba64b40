"""Answers: what was done for a request, gathered from where it was written down, and the letter that says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from kept.base.names import Table
from kept.db.access.cases import Case
from kept.db.access.erasures import Erased, erased
from kept.db.access.told import certificate_of, export_until, told_by
from kept.jurisdictions import Law, law
from kept.planning.answers import (
    Copy,
    Done,
    Draft,
    Facts,
    Processed,
    Rest,
    Told,
    draft,
    facts_of,
    in_own_words,
    nothing_found,
    refused,
)
from kept.policy.policy import Policy

from .looking_up import shows_by
from .world import World

__all__ = ["Answer", "answer_of", "copy_is_over", "facts_for", "laws_of", "letter_in_copy", "needs_link"]

COPIES: Final = ("access", "portability")
WORDS: Final = ("contact",)
"""Rights whose answer is what somebody wrote, and nothing that a law wants beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A letter that ends a request: answered or refused, with the certificate of an erasure where there is one."""

    state: Literal["answered", "refused"]
    letter: Draft = field(repr=False)
    certificate: str = field(default="", repr=False)


def answer_of(case: Case, world: World, *, link: str = "") -> Answer:
    """Return the answer to a request, drafted from the law's list. `link` is where a copy is fetched, empty for the privacy centre.

    Raises Refused, which says what the law wants in it and nothing says.
    """
    policy, on = world.policy, world.now().date()
    if case.ground:
        return Answer(state="refused", letter=refused(case.language, case.outcome))
    done, tables = _done(case, policy, link)
    facts = facts_for(case, policy, world.now(), done, tables)
    if case.right.code in WORDS and case.outcome:
        return Answer(state="answered", letter=in_own_words(facts, case.language, case.outcome))
    if _nobody(case, done):
        letter = nothing_found(laws_of(case), facts, case.language, on, address=shows_by(case)[1])
        return Answer(state="answered", letter=letter)
    letter = draft(case.right, laws_of(case), facts, case.language, on)
    return Answer(state="answered", letter=letter, certificate=certificate_of(case.ref) if done.certified else "")


def letter_in_copy(case: Case, world: World, tables: Iterable[str], until: datetime) -> Draft:
    """Return the answer as it lies in the copy itself. Raises Refused, as `answer_of`."""
    policy, named = world.policy, tuple(tables)
    done = Done(tables=_processed(policy, dict.fromkeys(named)), copy=Copy(until=until.date(), here=True))
    facts = facts_for(case, policy, world.now(), done, named)
    return draft(case.right, laws_of(case), facts, case.language, world.now().date())


def facts_for(case: Case, policy: Policy, at: datetime, done: Done, tables: Iterable[str] | None = None) -> Facts:
    """Return what an answer to this request can say, about these tables, or the whole map."""
    named = None if tables is None else tuple(tables)
    return facts_of(policy, ref=case.ref, received=case.received_at.date(), on=at.date(), done=done, tables=named)


def laws_of(case: Case) -> tuple[Law, ...]:
    """Return the laws that apply to a request."""
    return tuple(law(id) for id in case.laws)


def copy_is_over(case: Case) -> bool:
    """Return whether a copy was made and its time ended before the answer went out, so that it must be made again."""
    made = case.right.code in COPIES and not case.ground and bool(told_by(case.ref).get("collect", {}).get("names"))
    return made and export_until(case.ref) is None


def needs_link(case: Case) -> bool:
    """Return whether there is something to fetch for somebody who has no account to fetch it with."""
    return not case.signed_in and bool(case.address) and export_until(case.ref) is not None


def _nobody(case: Case, done: Done) -> bool:
    """Return whether nothing was found that the request could be about; what is asked in general is answered in general."""
    if not case.right.verified or case.right.code in ("nomination",):
        return False
    if case.right.code in COPIES:
        return done.copy is None
    return not case.subject or (case.right.code == "erasure" and not done.certified)


def _done(case: Case, policy: Policy, link: str) -> tuple[Done, tuple[str, ...] | None]:
    """Return what was done, and the tables that the answer is about; None for all of the map."""
    told = told_by(case.ref)
    match case.right.code:
        case "access" | "portability":
            tables = tuple(told.get("collect", {}).get("names", ()))
            until = export_until(case.ref)
            copy = Copy(until=until.date(), link=link) if until else None
            return Done(tables=_processed(policy, dict.fromkeys(tables)), copy=copy), tables
        case "erasure":
            return _erased(case, policy, erased([case.ref])[case.ref]), None
        case "rectification":
            found = told.get("rectify", {})
            return Done(rows=int(found.get("rows", 0)), columns=int(found.get("columns", 0)), told=_told(case, policy)), None
        case "restriction":
            return Done(purposes=_titles(case, policy), told=_told(case, policy)), None
        case _:
            return Done(purposes=_titles(case, policy), words=case.outcome), None


def _erased(case: Case, policy: Policy, found: Erased) -> Done:
    """Return what an erasure came to; rows are counted where they are one person's alone."""
    alone = found.people == 1
    rows: dict[str, int | None] = {}
    for part in found.stores.values():
        rows |= {table: count if alone else None for table, count in part.get("done", {}).items()}
    return Done(
        tables=_processed(policy, rows),
        keys=int(found.told.get("keys", 0)) if alone else 0,
        keys_until=date.fromisoformat(found.told["keys_until"]) if "keys_until" in found.told else None,
        kept=tuple(
            Rest(
                what=_what(policy, one.table),
                why=one.why,
                rule=one.rule,
                rows=one.rows,
                until=one.until.date() if one.until else None,
            )
            for one in found.stays
        ),
        told=_told(case, policy, found),
        certified=bool(found.sweep) and found.proved_at is not None,
    )


def _told(case: Case, policy: Policy, found: Erased | None = None) -> tuple[Told, ...]:
    asked = (found or erased([case.ref])[case.ref]).asked
    named = {name: one.name for name, one in policy.processors.items()}
    return tuple(Told(name=named.get(one.processor, one.processor), state=one.state) for one in asked)


def _processed(policy: Policy, rows: Mapping[str, int | None]) -> tuple[Processed, ...]:
    return tuple(Processed(what=_what(policy, table), rows=count) for table, count in rows.items())


def _what(policy: Policy, table: str) -> str:
    """Return in words what a table holds; its name where the map has it no more."""
    try:
        mapped = policy.table(Table.parse(table))
    except ValueError:
        mapped = None
    return mapped.map.what if mapped else table


def _titles(case: Case, policy: Policy) -> tuple[str, ...]:
    named: list[Any] = list(case.wanted.get("purposes", ()))
    return tuple(policy.purposes[str(one)].title if str(one) in policy.purposes else str(one) for one in named)
