"""The words that people read for what the map and the law say in codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop

from kept.policy.taxonomy import Category

__all__ = [
    "BASES",
    "GROUPS",
    "ORDERS",
    "RIGHTS",
    "SOURCES",
    "STAGES",
    "STATES",
    "STEPS",
    "VERIFIED",
    "WAITS",
    "Group",
    "group_of",
    "title_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A handful of categories under one name that people use; `icon` is drawn beside it."""

    key: str
    title: str
    icon: str
    categories: tuple[str, ...]


def _group(key: str, title: str, icon: str, *categories: str) -> Group:
    return Group(key=key, title=title, icon=icon, categories=tuple(f"user.{one}" for one in categories))


GROUPS: Final = (
    _group("contact", _noop("How to reach you"), "letter", "name", "contact"),
    _group("content", _noop("What you wrote and uploaded"), "box", "content", "sensor", "user_sensor"),
    _group("behavior", _noop("How you use the service"), "eye", "behavior", "telemetry", "social"),
    _group("device", _noop("Devices and networks"), "device", "device"),
    _group("account", _noop("Your account and its settings"), "settings", "account", "privacy_preferences"),
    _group("sign-in", _noop("What signs you in"), "key", "authorization"),
    _group("money", _noop("Invoices and payments"), "receipt", "financial", "payment"),
    _group("place", _noop("Where you are"), "search", "location"),
    _group("work", _noop("Your work"), "person", "job_title", "workplace"),
    _group("number", _noop("The number that ties an entry to you"), "link", "unique_id"),
    _group(
        "sensitive",
        _noop("What the law protects most"),
        "shield",
        "health_and_medical",
        "biometric",
        "criminal_history",
        "government_id",
        "demographic",
        "childrens",
    ),
)
OTHER: Final = Group(key="other", title=_noop("Other things about you"), icon="person", categories=())

SOURCES: Final[Mapping[str, str]] = {
    "direct": _noop("You gave it to us"),
    "automatic": _noop("Noted by itself while you use the service"),
    "integration": _noop("Came from another system"),
    "": _noop("The map does not say"),
}

BASES: Final[Mapping[str, str]] = {
    "consent": _noop("Your consent"),
    "contract": _noop("Our contract with you"),
    "legal-obligation": _noop("A law requires it"),
    "vital-interests": _noop("Somebody's life"),
    "public-task": _noop("A public task"),
    "legitimate-interests": _noop("Our legitimate interests, weighed against yours"),
}

RIGHTS: Final[Mapping[str, tuple[str, str]]] = {
    "access": (_noop("See what is held about me"), _noop("A copy of everything, and where it came from.")),
    "portability": (_noop("Export everything"), _noop("Everything you gave us, in files that other programs can read.")),
    "rectification": (_noop("Correct something"), _noop("Say what is wrong and what would be right.")),
    "erasure": (_noop("Delete everything"), _noop("Everything goes that no law makes us keep.")),
    "restriction": (_noop("Pause the use of it"), _noop("It stays, and nobody works with it until a question is settled.")),
    "objection": (_noop("Object to a use"), _noop("Against what we do for our own legitimate interests.")),
    "withdrawal": (_noop("Take a consent back"), _noop("For a consent that is not among your choices.")),
    "opt-out": (_noop("Do not sell or share my data"), _noop("It goes to nobody for advertising across services. One click.")),
    "limit": (_noop("Limit the use of my sensitive data"), _noop("It is used only for what you asked for. One click.")),
    "nomination": (_noop("Name somebody who acts for me"), _noop("They may use your rights if you die, or cannot do so yourself.")),
    "contact": (_noop("Ask a question"), _noop("About privacy, in your own words.")),
    "complaint": (_noop("Complain"), _noop("Tell us what went wrong. You can also go to an authority.")),
}
"""Each right with what the person asks for and what that means."""

STATES: Final[Mapping[str, str]] = {
    "received": _noop("Received"),
    "working": _noop("At work"),
    "answered": _noop("Answered"),
    "refused": _noop("Refused, with a reason"),
    "withdrawn": _noop("Taken back by you"),
}


def title_of(right: str) -> str:
    """Return what a person asks for by a right, in the language of the page."""
    return gettext(RIGHTS[right][0]) if right in RIGHTS else right


def group_of(category: Category) -> Group:
    """Return the group a category belongs to."""
    for group in GROUPS:
        if any(category.within(Category(key=key)) for key in group.categories):
            return group
    return OTHER


WAITS: Final[Mapping[str, str]] = {
    "": _noop("We are at it."),
    "person": _noop("We are waiting for you. Look into your e-mail: we wrote to you about what is missing."),
    "staff": _noop("Somebody of our staff must look at it."),
    "store": _noop("One of our databases cannot be reached just now. We try again by ourselves."),
    "processor": _noop("We are waiting for one of our processors to do its part."),
    "time": _noop("It goes on by itself on a later day."),
}
STAGES: Final[Mapping[str, str]] = {
    "verify": _noop("Making sure that it is you"),
    "identify": _noop("Looking up who you are in our databases"),
    "confirm": _noop("Somebody of our staff looks at the new values"),
    "restrain": _noop("Stopping what you asked to be stopped"),
    "find": _noop("Finding everything that is yours"),
    "collect": _noop("Putting your copy together"),
    "rectify": _noop("Writing the new values"),
    "record": _noop("Keeping what you told us"),
    "erase": _noop("Deleting, and looking again that it is gone"),
    "processors": _noop("Asking our processors to do the same"),
    "certify": _noop("Signing your certificate"),
    "write": _noop("Somebody of our staff writes the answer"),
    "answer": _noop("Telling you"),
}
STEPS: Final[Mapping[str, str]] = {
    "planned": _noop("to come"),
    "begun": _noop("under way"),
    "waiting": _noop("waiting"),
    "done": _noop("done"),
    "failed": _noop("did not work yet; we try again"),
}
ORDERS: Final[Mapping[str, str]] = {
    "new": _noop("will be asked"),
    "sent": _noop("was asked"),
    "accepted": _noop("is at it"),
    "done": _noop("has done it"),
    "refused": _noop("says it may not; we look into that"),
    "unknown-person": _noop("has nothing of yours"),
    "overdue": _noop("was asked, and is late"),
}
VERIFIED: Final[Mapping[str, str]] = {
    "": _noop("not yet"),
    "not-needed": _noop("not needed"),
    "signed-in": _noop("you were signed in"),
    "link": _noop("by the link we sent you"),
    "points": _noop("by what you told us of what we hold"),
    "agent": _noop("by whoever acts for you, with your mandate"),
    "guardian": _noop("by your guardian"),
    "staff": _noop("by our staff"),
}
