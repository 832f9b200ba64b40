"""What people can choose about, in the words they are shown; a choice is bound to the digest of exactly these words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext

from kept.policy.policy import Policy
from kept.policy.purposes import Purpose
from kept.policy.taxonomy import Category
from kept.web.shared.categories import category_words

from .holding import bases_of

__all__ = ["Notice", "notices", "signalled"]

NUMBERS = Category(key="user.unique_id")
"""What ties one entry to another goes without saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The words about one purpose in the language of the page. `optional`: the service goes on without it."""

    purpose: str
    title: str
    uses: tuple[str, ...]
    free: str
    optional: bool

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join((self.title, *self.uses, self.free))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the text in UTF-8."""
        return sha256(self.text.encode()).hexdigest()


def notices(policy: Policy, jurisdictions: Sequence[str] = ()) -> tuple[Notice, ...]:
    """Return what a person can choose about: optional purposes, and those that stand on their consent where they live."""
    return tuple(
        _notice(policy, name, purpose)
        for name, purpose in sorted(policy.purposes.items(), key=lambda item: not item[1].optional)
        if purpose.optional or "consent" in bases_of(purpose, jurisdictions)
    )


def signalled(policy: Policy) -> tuple[Notice, ...]:
    """Return what a browser's Global Privacy Control says no to: the optional purposes."""
    return tuple(_notice(policy, name, purpose) for name, purpose in policy.purposes.items() if purpose.optional)


def _notice(policy: Policy, name: str, purpose: Purpose) -> Notice:
    fields = [
        category_words(entry.category)
        for mapped in policy.tables()
        for field, entry in mapped.map.fields.items()
        if name in mapped.purposes_of(field) and not entry.category.within(NUMBERS)
    ]
    if purpose.optional:
        free = gettext("You can change this at any time, here, with one click. The service stays as it is either way.")
    else:
        free = gettext("The service itself needs this. Without it, it can no longer be run for you.")
    return Notice(purpose=name, title=purpose.title, uses=tuple(dict.fromkeys(fields)), free=free, optional=purpose.optional)
