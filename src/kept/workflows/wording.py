"""What letters about a request say before it is answered: it was received, show that it is you, that was not enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kept.db.access.cases import Case
from kept.jurisdictions import law
from kept.policy.settings import Company

__all__ = ["Words", "about_link", "about_points", "cannot_identify", "not_enough", "received"]

ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A letter's subject and text, and the language of both: the person's, where there is one of the pages, else English."""

    subject: str
    text: str = field(repr=False)
    language: str


def received(case: Case, company: Company, *, link: str, asks: bool) -> Words:
    """Say that a request was received, what was understood, by when it is answered, and where one sees how it stands.

    `asks` says that another letter asks the person to confirm it; `link` is empty where nothing says where the pages are.
    """
    with _language(case) as language:
        right = _(case.right.title)
        paragraphs = [
            _("We received your request on %(day)s. Its reference is %(ref)s.") % {"day": _day(case.received_at), "ref": case.ref},
            _("We understood it as: %(right)s. If that is not what you meant, answer this letter.") % {"right": right},
            _("You will have our answer by %(day)s.") % {"day": _day(case.work_by)},
            _("Before we act on it, we have to know that it is you who asks. A second letter says how.") if asks else "",
            _("How far it is: %(link)s") % {"link": link} if link else "",
        ]
        return Words(subject=_("We received your request"), text=_letter(paragraphs, company), language=language)


def about_link(case: Case, company: Company, *, link: str, until: datetime, way: str, again: bool) -> Words:
    """Ask somebody to confirm a request by opening a page and pressing a button: the same words to whoever has the address."""
    with _language(case) as language:
        said = {"right": _(case.right.title), "day": _day(case.received_at)}
        asked = {
            "link": _("On %(day)s somebody asked us, with this address, for this: %(right)s."),
            "agent": _("On %(day)s somebody who says that they act for you asked us for this: %(right)s."),
            "guardian": _("On %(day)s somebody who says that they are your guardian asked us for this: %(right)s."),
        }[way]
        paragraphs = [
            asked % said,
            _("If you want that, open this page and press the button: %(link)s") % {"link": link},
            _("The page works once, until %(day)s.") % {"day": _day(until)},
            _("If you did not ask for it, do nothing: nothing will be done, and nobody is told anything."),
        ]
        subject = _("Please confirm your request, once more") if again else _("Please confirm your request")
        return Words(subject=subject, text=_letter(paragraphs, company), language=language)


def about_points(case: Case, company: Company, *, link: str, until: datetime) -> Words:
    """Ask for answers to a few questions about what may be held."""
    with _language(case) as language:
        paragraphs = [
            _("Thank you for confirming your request. To be sure that we tell nobody else about you, we have a few questions."),
            _("Answer them on this page: %(link)s") % {"link": link},
            _("The page works until %(day)s. We never ask for a photograph or a document.") % {"day": _day(until)},
        ]
        return Words(subject=_("A few questions about your request"), text=_letter(paragraphs, company), language=language)


def not_enough(case: Case, company: Company, *, again: bool) -> Words:
    """Say that the answers were not enough, and nothing of which one was not."""
    with _language(case) as language:
        paragraphs = [
            _("What you answered is not enough for us to know that it is you."),
            _("You can try again on the page of our last letter.")
            if again
            else _("Somebody of ours looks at it and writes to you."),
        ]
        return Words(subject=_("About your request"), text=_letter(paragraphs, company), language=language)


def cannot_identify(case: Case, company: Company) -> Words:
    """Refuse a request that nobody confirmed: why, how to ask again, how to complain, and whom to write to."""
    with _language(case) as language:
        laws = [one for id in case.laws if (one := law(id).complaint(case.received_at.date()))]
        paragraphs = [
            _("We could not establish that it was you who asked, because nobody confirmed it by the page of our letters."),
            _("We did not act on the request, and it is closed. You can ask again at any time, and it costs nothing."),
            *dict.fromkeys(f"{one.text} {one.link}".strip() for one in laws),
        ]
        return Words(subject=_("Your request could not be answered"), text=_letter(paragraphs, company), language=language)


def _letter(paragraphs: list[str], company: Company) -> str:
    closing = _("Questions: %(contact)s") % {"contact": company.contact}
    return "\n\n".join([one for one in paragraphs if one] + [closing, company.name]) + "\n"


def _day(moment: datetime) -> str:
    return date_format(moment, "j F Y")


@contextmanager
def _language(case: Case) -> Iterator[str]:
    language = case.language if case.language in dict(settings.LANGUAGES) else ENGLISH
    with translation.override(language):
        yield language
