"""Letters beside the answer itself: asked in your name, more time, nothing found, refused, restriction lifted, the rest gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from kept.base.errors import Refused
from kept.jurisdictions import Item, Law
from kept.rights.right import Right

from .drafting import Draft, closing, joined
from .facts import Letterhead
from .saying import Saying, saying

__all__ = [
    "extension",
    "grounds",
    "lift_notice",
    "nothing_found",
    "in_own_words",
    "refusal",
    "refused",
    "remainder_gone",
    "represented",
]


def extension(
    right: Right, laws: Sequence[Law], facts: Letterhead, language: str, on: date, *, answer_by: date, reason: str
) -> Draft:
    """Say that it takes longer, why, until when, and how to complain.

    Raises Refused without a reason, or where no law allows it.
    """
    say = saying(language)
    if not any(given.extension.allowed for law in laws if (given := law.right(right.law, on))):
        raise Refused("No law of this request's allows more time", todo="Answer it in the time there is.")
    if not reason.strip():
        raise Refused("The person must be told why it takes longer", todo="Give the reason.")
    said = {"right": _right(right, say), "ref": facts.ref, "until": say.day(answer_by)}
    more = [say("because", reason=reason.strip())]
    return _draft(say, facts, "extension", said, more, ends=closing(laws, facts, say, on))


def nothing_found(laws: Sequence[Law], facts: Letterhead, language: str, on: date, *, address: str) -> Draft:
    """Say that nothing was found under an address: the same words for somebody who is known by another one and for nobody."""
    say = saying(language)
    under = say("nothing.address", address=address) if address else say("nothing.account")
    said = {"day": say.day(facts.received), "ref": facts.ref, "under": under, "contact": facts.contact}
    return _draft(say, facts, "nothing", said, ends=closing(laws, facts, say, on))


def refusal(
    right: Right, laws: Sequence[Law], ground: str, facts: Letterhead, language: str, on: date, *, reason: str = ""
) -> Draft:
    """Refuse a request on a ground that a law of its has (`eu-gdpr.legal_claims`), or the house's (`identity`, `nothing`).

    It says the ground with its article, the reason beside it, how to appeal, how to complain to which authority or to go to court,
    and the contact. Raises Refused for another ground.
    """
    say = saying(language)
    known = grounds(right, laws, on)
    if ground not in known:
        raise Refused("That is no ground for a refusal of this request", todo=f"Choose one of {', '.join(known)}.")
    item = known[ground]
    named = next((law.name for law in laws if ground == f"{law.id}.{item.id}"), "") if item else ""
    text = f"{item.text} ({named}, {item.citation})" if item else say(f"ground.{ground}")
    said = {"right": _right(right, say), "day": say.day(facts.received), "ref": facts.ref}
    appeals = [given.appeal for law in laws if (given := law.right(right.law, on)) and given.appeal]
    more = [say("refusal.appeal", appeal=appeal, contact=facts.contact) for appeal in dict.fromkeys(appeals)]
    parts = [say("refusal.ground", ground=text), reason.strip(), *more]
    return _draft(say, facts, "refusal", said, parts, ends=closing(laws, facts, say, on))


def grounds(right: Right, laws: Sequence[Law], on: date) -> Mapping[str, Item | None]:
    """Return the grounds by their ids; the house's own, which need no article, have none."""
    found: dict[str, Item | None] = {"identity": None, "nothing": None}
    for law in laws:
        given = law.right(right.law, on)
        found |= {f"{law.id}.{one.id}": one for one in (given.exceptions if given else ())}
    return found


def lift_notice(laws: Sequence[Law], facts: Letterhead, language: str, on: date, *, lifted: date, reason: str) -> Draft:
    """Tell, before a restriction is lifted, from which day on it is, and why (GDPR Art. 18(3))."""
    say = saying(language)
    said, more = {"ref": facts.ref, "day": say.day(lifted)}, [say("because", reason=reason.strip())]
    return _draft(say, facts, "lifted", said, more, ends=closing(laws, facts, say, on))


def represented(facts: Letterhead, language: str, *, answers: str) -> Draft:
    """Tell somebody that another acts for them, and to which address the answer goes; empty for the way that it was asked."""
    say = saying(language)
    goes = say("represented.answers", address=answers) if answers else say("represented.same")
    return _draft(say, facts, "represented", {"ref": facts.ref}, [goes, say("represented.unknown", contact=facts.contact)])


def remainder_gone(facts: Letterhead, language: str, *, what: Sequence[str]) -> Draft:
    """Tell that what a law or a hold had kept is gone now, too."""
    say = saying(language)
    return _draft(say, facts, "gone", {"ref": facts.ref, "what": say.listed(one.strip().removesuffix(".") for one in what)})


def refused(language: str, text: str) -> Draft:
    """Return the letter of a refusal whose text was written before, by `refusal`."""
    return Draft(subject=saying(language)("subject.refusal"), text=text)


def in_own_words(facts: Letterhead, language: str, text: str) -> Draft:
    """Return what somebody of the company wrote, as a whole letter: with its reference and the contact."""
    say = saying(language)
    ends = [say("contact", contact=facts.contact), facts.company]
    return Draft(subject=say("subject.answer"), text=joined([say("written.opening", ref=facts.ref), text, *ends]))


def _draft(
    say: Saying, facts: Letterhead, kind: str, said: Mapping[str, str], more: Sequence[str] = (), *, ends: Sequence[str] = ()
) -> Draft:
    """Return a letter of a kind. Raises Refused without a contact: every letter carries one."""
    if not facts.contact.strip():
        raise Refused("A letter without a contact is not sent", todo="Give one in kept.toml: [company] contact.")
    last = ends or [say("contact", contact=facts.contact), facts.company]
    return Draft(subject=say(f"subject.{kind}"), text=joined([say(f"{kind}.opening", **said), *more, *last]))


def _right(right: Right, say: Saying) -> str:
    return say.known(f"right.{right.code}", right.title)
