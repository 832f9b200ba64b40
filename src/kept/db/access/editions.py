"""The texts of the policy that were published. They are public: everybody may read every one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kept.base.errors import NotThere
from kept.db.actions.editions import stored_wordings
from kept.db.failures import database_errors
from kept.db.models import Edition
from kept.policy.comparing import Wording

__all__ = ["EditionHead", "KnownEdition", "edition", "edition_in_force", "edition_span", "editions", "newest_edition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionHead:
    """A published text without its clauses: its number, its version as people see it, and when it takes effect."""

    number: int
    title: str
    version: str
    effective: date
    digest: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEdition:
    """A published text."""

    number: int
    title: str
    version: str
    effective: date
    introduction: str
    clauses: tuple[Wording, ...]
    digest: str
    published_at: datetime


def edition_in_force(today: date) -> KnownEdition | None:
    """Return the newest text that took effect by this day; where none has, the first one; None where none was published."""
    with database_errors():
        found = Edition.objects.filter(effective__lte=today).order_by("-number").first()
        found = found or Edition.objects.order_by("number").first()
    return _known(found) if found else None


def newest_edition() -> KnownEdition | None:
    """Return the text that was published last, whether or not it has taken effect; None where there is none."""
    with database_errors():
        found = Edition.objects.order_by("-number").first()
    return _known(found) if found else None


def editions() -> tuple[EditionHead, ...]:
    """Return every published text without its clauses, newest first."""
    with database_errors():
        found = Edition.objects.order_by("-number").defer("clauses", "introduction")
        return tuple(
            EditionHead(
                number=one.number,
                title=one.title,
                version=one.version,
                effective=one.effective,
                digest=one.digest,
                published_at=one.published_at,
            )
            for one in found
        )


def edition(number: int) -> KnownEdition:
    """Return one published text. Raises NotThere."""
    with database_errors():
        found = Edition.objects.filter(number=number).first()
    if found is None:
        raise NotThere("No text of the policy was published under this number", todo="Choose one from the list of versions.")
    return _known(found)


def edition_span(first: int, last: int) -> tuple[KnownEdition, ...]:
    """Return the texts from one number up to another, in order. Raises NotThere where either was never published."""
    with database_errors():
        found = tuple(_known(one) for one in Edition.objects.filter(number__gte=first, number__lte=last).order_by("number"))
    if {first, last} - {one.number for one in found}:
        raise NotThere("No text of the policy was published under this number", todo="Choose one from the list of versions.")
    return found


def _known(one: Edition) -> KnownEdition:
    return KnownEdition(
        number=one.number,
        title=one.title,
        version=one.version,
        effective=one.effective,
        introduction=one.introduction,
        clauses=stored_wordings(one.clauses),
        digest=one.digest,
        published_at=one.published_at,
    )
