"""Items of an answer that say what was done: copied, erased and kept, corrected, stopped, told to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .asked import Asked, Filler, points
from .facts import Facts, Rest

__all__ = [
    "action",
    "backups",
    "balancing",
    "complied",
    "denial",
    "direct",
    "effect",
    "lift_notice",
    "opted_out",
    "outcome",
    "progress",
    "record",
    "recipients_told",
]


def action(facts: Facts, asked: Asked) -> str:
    """Say what was done, by the right that was asked for; an empty text where there is nothing that could be said."""
    fill = ACTIONS.get(asked.right.code)
    return fill(facts, asked) if fill else ""


def backups(facts: Facts, asked: Asked) -> str:
    """Say what becomes of backups, and when the last of them is gone; empty where the company has not said."""
    if facts.backups is None:
        return ""
    first = _of_keys("backups.keys", facts, asked) + " " if facts.done.keys else ""
    return first + asked.say("backups", period=asked.say.period(facts.backups))


def complied(facts: Facts, asked: Asked) -> str:
    """Say whether the request was complied with: in full, or in part."""
    return asked.say("complied.part") if facts.done.kept else asked.say("complied")


def denial(facts: Facts, asked: Asked) -> str:
    """Say what was denied: the rows that stay, on which basis, and what is not done with them; or that nothing was."""
    if not facts.done.kept:
        return asked.say("denial.none")
    return f"{_kept(facts, asked)}\n\n{asked.say('denial.part')}"


def record(facts: Facts, asked: Asked) -> str:
    """Say that a record of the request is kept."""
    return asked.say("record", ref=facts.ref)


def recipients_told(facts: Facts, asked: Asked) -> str:
    """Say which recipients were told of it (GDPR Art. 19)."""
    if not facts.done.told:
        return asked.say("told.nobody")
    lines = [
        asked.say("told.one", name=one.name, state=asked.say.known(f"order.{one.state}", one.state)) for one in facts.done.told
    ]
    return points(asked.say("heading.told"), lines)


def lift_notice(_facts: Facts, asked: Asked) -> str:
    """Promise to tell before a restriction is lifted."""
    return asked.say("lift_notice")


def direct(facts: Facts, asked: Asked) -> str:
    """Say how data goes straight to another controller."""
    return asked.say("direct", contact=facts.contact)


def balancing(_facts: Facts, asked: Asked) -> str:
    """Say that nothing was weighed against the objection: it was followed."""
    return asked.say("balancing")


def effect(_facts: Facts, asked: Asked) -> str:
    """Say what a withdrawal changes, and what not."""
    return asked.say("effect")


def opted_out(facts: Facts, asked: Asked) -> str:
    """Say that the opt-out is in force, and where that is seen."""
    return asked.say("opted_out", day=asked.say.day(facts.received))


def outcome(facts: Facts, _asked: Asked) -> str:
    """Say what somebody of the company wrote; empty where nobody has."""
    return facts.done.words.strip()


def progress(facts: Facts, asked: Asked) -> str:
    """Say when it came, and when it is answered."""
    return asked.say("progress", received=asked.say.day(facts.received), answered=asked.say.day(asked.on))


def _copied(facts: Facts, asked: Asked) -> str:
    lines = [_plain(one.what) for one in facts.done.tables]
    return points(asked.say("action.copied"), lines) or asked.say("action.copied.nothing")


def _erased(facts: Facts, asked: Asked) -> str:
    lines = [
        asked.say("erased.rows", what=_plain(one.what), rows=asked.say.rows(one.rows)) if one.rows is not None else _plain(one.what)
        for one in facts.done.tables
        if one.rows != 0
    ]
    parts = [points(asked.say("action.erased"), lines) or asked.say("action.erased.nothing")]
    parts += [_kept(facts, asked)] if facts.done.kept else [asked.say("kept.nothing")]
    parts += [_of_keys("keys", facts, asked)] if facts.done.keys else []
    parts += [recipients_told(facts, asked)] if facts.done.told else []
    parts += [asked.say("certified")] if facts.done.certified else []
    return "\n\n".join(parts)


def _of_keys(text: str, facts: Facts, asked: Asked) -> str:
    """Say a text about destroyed keys; while they can be brought back, the one that says until when."""
    count, until = facts.done.keys, facts.done.keys_until
    return asked.say(f"{text}.window", count=count, day=asked.say.day(until)) if until else asked.say(text, count=count)


def _kept(facts: Facts, asked: Asked) -> str:
    return points(asked.say("heading.kept"), [_rest(one, asked) for one in facts.done.kept])


def _rest(one: Rest, asked: Asked) -> str:
    until = asked.say("kept.until", day=asked.say.day(one.until)) if one.until else asked.say("kept.open")
    why = asked.say(f"why.{one.why}", rule=one.rule)
    return asked.say("kept.rows", what=_plain(one.what), rows=asked.say.rows(one.rows), why=why, until=until)


def _rectified(facts: Facts, asked: Asked) -> str:
    if not facts.done.rows:
        return asked.say("action.rectified.nothing")
    return asked.say("action.rectified", rows=asked.say.rows(facts.done.rows))


def _stopped(key: str) -> Filler:
    def fill(facts: Facts, asked: Asked) -> str:
        named = asked.say.listed(facts.done.purposes) if facts.done.purposes else asked.say("purposes.all")
        return asked.say(key, purposes=named)

    return fill


def _said(key: str) -> Filler:
    return lambda _facts, asked: asked.say(key)


def _plain(sentence: str) -> str:
    return sentence.strip().removesuffix(".")


ACTIONS: Final[Mapping[str, Filler]] = {
    "access": _copied,
    "portability": _copied,
    "erasure": _erased,
    "rectification": _rectified,
    "restriction": _stopped("action.restricted"),
    "objection": _stopped("action.objection"),
    "withdrawal": _stopped("action.withdrawal"),
    "opt-out": _said("action.opt_out"),
    "limit": _said("action.limit"),
    "nomination": _said("action.nomination"),
    "complaint": outcome,
    "contact": outcome,
}
"""What is said to have been done, by the right's code."""
