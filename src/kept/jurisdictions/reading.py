"""Reading the laws: one file is read when it is asked for, and once a process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

import yaml

from kept.base.errors import NotThere

from .law import (
    Breach,
    Calendar,
    Cause,
    Clock,
    Complaint,
    Contact,
    Effect,
    Extension,
    Fee,
    Item,
    Law,
    LawRight,
    Pauses,
    TimeLimit,
    Verification,
)

__all__ = ["applying", "clocks", "law", "laws"]

LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HERE: Final[Traversable] = files("kept.jurisdictions")
CAUSES: Final[tuple[Cause, ...]] = ("identity", "fee", "clarification")


@cache
def laws() -> tuple[str, ...]:
    """Return the ids of all laws, sorted; no file is read for it."""
    names = (file.name for file in HERE.joinpath("laws").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def law(id: str) -> Law:
    """Return the law of that id. Raises NotThere, which names the known ones."""
    if id not in laws():
        raise NotThere(f"No law is called {id!r}", todo=f"Name one of {', '.join(laws())}.")
    text = HERE.joinpath("laws", f"{id}.yaml").read_text(encoding="utf-8")
    tree = yaml.load(text, Loader=LOADER)  # noqa: S506  # the loader is the safe one, written in C
    return _law(tree, f"{tree['as_of']}.{_digest(text, _clocks_text())}")


def applying(codes: Iterable[str], on: date) -> tuple[Law, ...]:
    """Return the laws behind the codes of `[company] jurisdictions`, in their order, that are in force on that day.

    A law that is in force may give a right only later: `Law.right` asks for each. Raises NotThere for an unknown code.
    """
    found = dict.fromkeys(id for code in codes for id in _ids(code))
    return tuple(one for one in map(law, found) if one.in_force_from <= on)


@cache
def clocks() -> Mapping[str, Clock]:
    """Return the clocks by their ids."""
    tree = yaml.load(_clocks_text(), Loader=LOADER)  # noqa: S506  # the loader is the safe one, written in C
    return MappingProxyType(
        {one["id"]: Clock(id=one["id"], roll=one["roll"], day_counts=one["start"] == "day_counts") for one in tree["clocks"]}
    )


@cache
def _ids(code: str) -> tuple[str, ...]:
    """Return the laws of a code; a file's name begins with its code, so that only those need to be read."""
    named = [id for id in laws() if id == code or id.startswith(f"{code}-")]
    found = tuple(id for id in named if law(id).code == code)
    if not found:
        known = sorted({law(id).code for id in laws()})
        raise NotThere(f"No law is known for the jurisdiction {code!r}", todo=f"Name any of {', '.join(known)}.")
    return found


@cache
def _clocks_text() -> str:
    return HERE.joinpath("clocks.yaml").read_text(encoding="utf-8")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]


def _law(tree: Mapping[str, Any], version: str) -> Law:
    clock = tree["default_clock"]
    return Law(
        id=tree["id"],
        code=tree["code"],
        name=tree["name"],
        status=tree["status"],
        version=version,
        in_force_from=date.fromisoformat(tree["in_force_from"]),
        authority=tree["regulator"]["name"],
        calendar=_calendar(tree.get("holidays", {})),
        rights=tuple(_right(one, clock) for one in tree["rights"]),
        not_provided=tuple(Item(id=one["id"], text=one.get("note", ""), citation=one["citation"]) for one in tree["not_provided"]),
        breaches=tuple(_breach(one, clock) for one in tree["breach"]),
        complaints=tuple(_complaint(one) for one in tree["complain"]),
        contacts=_contact(tree["contact"]),
    )


def _right(tree: Mapping[str, Any], clock: str) -> LawRight:
    texts = ("condition", "request", "downstream", "refusal", "appeal", "lookback", "notes")
    verification, fee = tree["verification"], tree["fee"]
    return LawRight(
        id=tree["id"],
        title=tree["title"],
        citation=tree["citation"],
        effective_from=date.fromisoformat(tree["effective_from"]),
        effective_until=_until(tree),
        response=_limit(tree["response"], clock),
        acknowledge=_limit(tree["acknowledge"], clock) if "acknowledge" in tree else None,
        extension=_extension(tree["extension"]),
        pauses=_pauses(tree["pause"]) if "pause" in tree else None,
        verification=Verification(
            level=verification["level"],
            rule=verification["rule"],
            citation=verification["citation"],
            must_not=tuple(verification.get("must_not", ())),
        ),
        exceptions=_items(tree["exceptions"]),
        fee=Fee(rule=fee["rule"], citation=fee["citation"], free=fee.get("free_per_12_months")),
        answer_contents=_items(tree["answer_contents"]),
        confidence=tree["confidence"],
        **{name: tree.get(name, "") for name in texts},
    )


def _limit(tree: Mapping[str, Any], default: str) -> TimeLimit:
    clock = clocks()[tree.get("clock", default)]
    if "start" in tree:
        clock = Clock(id=clock.id, roll=clock.roll, day_counts=tree["start"] == "day_counts")
    return TimeLimit(
        amount=tree.get("amount"),
        unit=tree["unit"],
        clock=clock,
        citation=tree["citation"],
        since=tree.get("from", ""),
        text=tree.get("text", ""),
        at_most=_limit(tree["at_most"], default) if "at_most" in tree else None,
    )


def _extension(tree: Mapping[str, Any]) -> Extension:
    return Extension(
        allowed=tree["allowed"],
        citation=tree["citation"],
        amount=tree.get("amount") or 0,
        unit=tree.get("unit", "none"),
        condition=tree.get("condition", ""),
        notice_due=tree.get("notice_due", ""),
        notice_contents=tuple(tree.get("notice_contents", ())),
    )


def _pauses(tree: Mapping[str, Any]) -> Pauses:
    effects: tuple[tuple[Cause, Effect], ...] = tuple((cause, tree[cause]) for cause in CAUSES if cause in tree)
    return Pauses(effects=effects, in_law=tree["in_law"], text=tree["text"], citation=tree["citation"])


def _breach(tree: Mapping[str, Any], clock: str) -> Breach:
    return Breach(
        id=tree["id"],
        recipient=tree["recipient"],
        who=tree.get("who", ""),
        threshold=tree["threshold"],
        deadline=_limit(tree["deadline"], clock),
        contents=_items(tree["contents"]),
        citation=tree["citation"],
        effective_from=date.fromisoformat(since) if (since := tree["effective_from"])[:1].isdigit() else None,
    )


def _complaint(tree: Mapping[str, Any]) -> Complaint:
    return Complaint(
        text=tree["text"],
        link=tree.get("link", ""),
        citation=tree["citation"],
        effective_from=date.fromisoformat(tree["effective_from"]),
        effective_until=_until(tree),
    )


def _contact(tree: Mapping[str, Any]) -> Contact:
    return Contact(
        every_answer=tree["every_answer"],
        text=tree["text"],
        citation=tree["citation"],
        effective_from=date.fromisoformat(tree["effective_from"]),
    )


def _calendar(tree: Mapping[str, Any]) -> Calendar:
    return Calendar(where=frozenset(tree.get("where", ())), otherwise=tree.get("otherwise", ""))


def _items(trees: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(id=one["id"], text=one["text"], citation=one["citation"]) for one in trees)


def _until(tree: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(tree["effective_until"]) if "effective_until" in tree else None
