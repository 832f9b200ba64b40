"""Items of an answer that say what is held and why: purposes, categories, recipients, retention, sources, safeguards."""

from __future__ import annotations

from .asked import Asked, complaint, points
from .facts import Facts, Received

__all__ = [
    "as_in_the_union",
    "categories",
    "complain",
    "confirmation",
    "contact",
    "copy",
    "decisions",
    "purposes",
    "recipients",
    "retention",
    "rights",
    "safeguards",
    "search",
    "shared_with",
    "sold",
    "source",
    "summary",
]

NONE = "none"


def confirmation(facts: Facts, asked: Asked) -> str:
    """Say whether data of the person is processed."""
    if not facts.found:
        return asked.say("nothing.held")
    return asked.say("confirmation")


def purposes(facts: Facts, asked: Asked) -> str:
    """List the purposes, each with its legal bases."""
    lines = [
        asked.say("purpose", title=one.title, bases=asked.say.listed(map(asked.say.basis, one.bases))) for one in facts.purposes
    ]
    return points(asked.say("heading.purposes"), lines)


def categories(facts: Facts, asked: Asked) -> str:
    """List the categories of data, in broad words; the copy names each column's."""
    return points(asked.say("heading.categories"), [_category(one, asked) for one in facts.categories])


def recipients(facts: Facts, asked: Asked) -> str:
    """List who receives the data, by name (CJEU C-154/21), or say that nobody does."""
    if not facts.recipients:
        return asked.say("recipients.nobody")
    lines = [asked.say("recipient", name=one.name, what=one.what, region=asked.say.region(one.region)) for one in facts.recipients]
    return points(asked.say("heading.recipients"), lines)


def shared_with(facts: Facts, asked: Asked) -> str:
    """List who receives the data, each with what it is given."""
    if not facts.recipients:
        return asked.say("recipients.nobody")
    return points(asked.say("heading.shared"), [_shared(one, asked) for one in facts.recipients])


def retention(facts: Facts, asked: Asked) -> str:
    """List how long each kind of data is kept; empty where it is not said for one of them."""
    if any(one.period is None for one in facts.retention):
        return ""
    lines = []
    for one in facts.retention:
        if one.period is not None:
            said = asked.say("kept.for", what=_plain(one.what), period=asked.say.period(one.period), starts=one.starts)
            lines.append(said + (" " + asked.say("kept.law", law=one.law) if one.law else ""))
    return points(asked.say("heading.retention"), list(dict.fromkeys(lines)))


def source(facts: Facts, asked: Asked) -> str:
    """List where the data comes from; empty where the map does not say it for all of it."""
    if not facts.sources or any(not kind for kind, _ in facts.sources):
        return ""
    lines = [asked.say.source(kind, named) for kind, named in facts.sources]
    return points(asked.say("heading.sources"), lines)


def safeguards(facts: Facts, asked: Asked) -> str:
    """Say what protects data that leaves its region; empty where nothing is said for one that receives it there."""
    away = [one for one in facts.recipients if one.away]
    if not away:
        return asked.say("safeguards.none", regions=asked.say.listed(map(asked.say.region, facts.regions)))
    if any(not one.safeguard for one in away):
        return ""
    lines = [
        asked.say("safeguard", name=one.name, region=asked.say.region(one.region), safeguard=_guard(one, asked)) for one in away
    ]
    return points(asked.say("heading.safeguards"), lines)


def decisions(facts: Facts, asked: Asked) -> str:
    """Say which decisions machines make alone, with the right to a human; empty where the company has not said."""
    if not facts.decisions:
        return ""
    if facts.decisions.lower() == NONE:
        return asked.say("decisions.none")
    return asked.say("decisions", decisions=_plain(facts.decisions), contact=facts.contact)


def sold(facts: Facts, asked: Asked) -> str:
    """Say which data is sold or shared, and what is disclosed for a business purpose; empty where the company has not said."""
    if not facts.sold:
        return ""
    first = asked.say("sold.none") if facts.sold.lower() == NONE else asked.say("sold", sold=_plain(facts.sold))
    return f"{first}\n\n{shared_with(facts, asked)}"


def rights(_facts: Facts, asked: Asked) -> str:
    """Name the rights beside this one."""
    return asked.say("rights")


def complain(_facts: Facts, asked: Asked) -> str:
    """Say how to complain under this law."""
    return complaint(asked.law, asked.on, asked.say)


def contact(facts: Facts, asked: Asked) -> str:
    """Name the contact."""
    return asked.say("contact", contact=facts.contact) if facts.contact.strip() else ""


def copy(facts: Facts, asked: Asked) -> str:
    """Say where the copy is fetched, in which forms, until when; empty where there is none although something is held."""
    if facts.done.copy is None:
        return asked.say("nothing.held") if not facts.found else ""
    if facts.done.copy.here:
        return asked.say("copy.here")
    where = facts.done.copy.link or asked.say("copy.centre")
    return asked.say("copy", where=where, until=asked.say.day(facts.done.copy.until))


def search(facts: Facts, asked: Asked) -> str:
    """Say how it was searched."""
    return asked.say("search", stores=facts.stores) if facts.stores else ""


def summary(facts: Facts, asked: Asked) -> str:
    """Sum up the data and what is done with it."""
    parts = (categories(facts, asked), purposes(facts, asked))
    return "\n\n".join(parts) if all(parts) else ""


def as_in_the_union(facts: Facts, asked: Asked) -> str:
    """Say all of the list in GDPR Art. 15(1) to (3); empty where one of them is."""
    every = (confirmation, purposes, categories, recipients, retention, rights, source, decisions, safeguards, copy)
    parts = [fill(facts, asked) for fill in every]
    return "\n\n".join(dict.fromkeys(parts)) if all(parts) else ""


def _category(key: str, asked: Asked) -> str:
    return asked.say.known(f"category.{key}", key)


def _shared(one: Received, asked: Asked) -> str:
    given = asked.say.listed(_category(key, asked) for key in one.categories)
    return asked.say("shared", name=one.name, what=_plain(one.what), categories=given)


def _guard(one: Received, asked: Asked) -> str:
    return asked.say.known(f"mechanism.{one.safeguard}", one.safeguard)


def _plain(sentence: str) -> str:
    return sentence.strip().removesuffix(".")
