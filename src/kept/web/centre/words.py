"""The words that people read for what the map and the law say in codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _noop

from kept.policy.taxonomy import Category

__all__ = ["BASES", "GROUPS", "RIGHTS", "SOURCES", "STATES", "Group", "group_of", "title_of"]


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
