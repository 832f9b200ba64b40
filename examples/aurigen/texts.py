"""What people write to Aurigen: prompts, file excerpts, support tickets.

The everyday texts hold ordinary personal content (names, addresses, numbers) and nothing of a special category. The special ones
say plainly what they say, one category each.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import MappingProxyType

from . import invent

__all__ = ["SPECIAL", "everyday", "excerpt", "reply", "special", "subject", "ticket_text"]

EVERYDAY = (
    "Write a thank-you note to {name} for hosting the workshop on {topic}.",
    "Summarise this week's meeting about {topic} in five bullet points.",
    "Translate into German: the delivery to {company} is late by two days.",
    "Fix this Python function so that it sorts invoices by date.",
    "Suggest three titles for an article about {topic}.",
    "Draft a polite reminder to {email} that the offer ends on Friday.",
    "Explain the difference between a list and a tuple with an example.",
    "Rewrite in a friendlier tone: we cannot ship {topic} before Monday.",
    "Make a packing list for a weekend of hiking with my friend {name}.",
    "Turn these notes into a table: {company}, {topic}, next steps.",
    "Schreibe eine kurze Einladung zum Sommerfest der Abteilung.",
    "Resume este texto sobre {topic} en dos frases.",
    "Propose un plan de présentation sur {topic} pour lundi.",
    "My number changed to {phone}; rewrite my signature for {company}.",
    "Check this payment instruction for typos: account {iban}, due tomorrow.",
    "What would be a good name for a small shop that sells {topic}?",
)
TOPICS = (
    "solar lamps",
    "warehouse robots",
    "city bicycles",
    "board games",
    "rain gardens",
    "wooden toys",
    "train timetables",
    "map projections",
    "ceramic tiles",
    "coffee grinders",
    "weather balloons",
    "keyboard layouts",
)
SPECIAL = MappingProxyType(
    {
        "health": (
            "I was diagnosed with type 2 diabetes last month; plan a week of meals for me.",
            "I take fluoxetine for depression. Help me tell my manager why I need Fridays off.",
        ),
        "religion": (
            "I am a practising Muslim; write a note to my team about my fasting hours in Ramadan.",
            "As a Catholic I go to Mass every Sunday. Move my shift politely.",
        ),
        "politics": ("I am a member of the Green Party and voted for it last spring; draft a speech for our local branch.",),
        "union": ("I am a trade union member and our union calls a strike on Monday. Write the leaflet.",),
        "sexuality": ("I came out as gay to my parents yesterday. Help me write to my brother about it.",),
        "genetic": ("My genetic test shows a BRCA1 mutation. Explain the report in plain words.",),
        "ethnicity": ("I am Roma, and my ethnic origin came up in the interview. Draft a complaint.",),
        "criminal": ("I was convicted of burglary in 2011 and served my prison sentence. Help me with my cover letter.",),
    }
)
SUBJECTS = (
    "Cannot sign in on my tablet",
    "Question about the last invoice",
    "Export takes very long",
    "Rate limit reached too early",
    "Please change the billing address",
    "Model answers are cut off",
    "Key rotation does not finish",
    "Workspace invitation never arrived",
)
TICKETS = (
    "Hello, the export button does nothing since this morning. You can reach me at {phone}. {name}",
    "Our accountant at {company} needs the invoice again. Please send it to {email}.",
    "The direct debit failed. Our account is {iban}; please try it once more. Regards, {name}",
    "The new office of {company} is at {street}, {code} {city}. Please correct the invoices.",
    "I rotated the key an hour ago and the old one still answers. Is that expected?",
    "Invitation mails to {email} do not arrive; call {phone} if you need details.",
    "Answers stop in the middle of a sentence when I ask about {topic}.",
    "Thanks, that worked. You may close this ticket. {name}",
)
REPLIES = (
    "Hello {name}, thank you for writing. We are looking into it and come back today.",
    "We found the cause and repaired it. Please try again and tell us if it happens once more.",
    "Your invoice is on its way to {email}.",
    "This is expected for up to one minute. Tell us if it takes longer.",
)


def everyday(chance: Random) -> str:
    """Return a prompt with nothing special in it."""
    return _filled(chance, chance.choice(EVERYDAY))


def special(chance: Random) -> str:
    """Return a prompt that says something of a special category about its author."""
    return chance.choice(SPECIAL[chance.choice(tuple(SPECIAL))])


def excerpt(chance: Random) -> str:
    """Return the first lines of a file someone uploaded."""
    return "\n".join(_filled(chance, chance.choice(EVERYDAY)) for _ in range(chance.randrange(1, 4)))


def subject(chance: Random) -> str:
    """Return the subject of a ticket."""
    return chance.choice(SUBJECTS)


def ticket_text(chance: Random) -> str:
    """Return what a customer writes to support."""
    return _filled(chance, chance.choice(TICKETS))


def reply(chance: Random) -> str:
    """Return what support writes back."""
    return _filled(chance, chance.choice(REPLIES))


def _filled(chance: Random, template: str) -> str:
    """Fill the blanks that the template has, and only those, so that a plain text costs nothing."""
    if "{" not in template:
        return template
    blanks = {name: make(chance) for name, make in BLANKS.items() if f"{{{name}}}" in template}
    if "{street}" in template:
        street, code, city, _ = invent.address(chance, chance.choice(("IE", "DE", "FR", "GB", "US")))
        blanks |= {"street": street, "code": code, "city": city}
    return template.format_map(blanks)


BLANKS: dict[str, Callable[[Random], str]] = {
    "name": lambda chance: invent.person(chance, chance.randrange(10_000)).name,
    "email": lambda chance: invent.person(chance, chance.randrange(10_000)).email,
    "company": lambda chance: invent.company(chance, "IE"),
    "phone": invent.phone,
    "iban": invent.iban,
    "topic": lambda chance: chance.choice(TOPICS),
}
