"""The pages: the policy with its marks, its earlier and coming texts, what differs between two, who else is given data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from kept.base.roles import nobody
from kept.db.access.editions import EditionHead, KnownEdition, edition, edition_in_force, edition_span, editions
from kept.db.access.ledger import verifier_key
from kept.db.access.marks import Marks, current_marks, strips
from kept.policy.comparing import compare, flowing, pieces_of
from kept.web.shared.categories import category_words
from kept.web.shared.policy import current_policy

from .answers import base_url, page, remembered
from .reading import introduction_of, policy_or_none, read_clauses, summed, with_past

__all__ = ["compared", "editions_list", "one_edition", "policy", "processors", "proof"]

PAST_DAYS = 90


def _today() -> date:
    return datetime.now(UTC).date()


def _latest(edition: KnownEdition, marks: Marks) -> datetime:
    return max(edition.published_at, marks.checked_at or edition.published_at)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The policy in force, clause by clause, each with its mark."""
    today = _today()
    text = edition_in_force(today)
    if text is None:
        return render(request, "public/unpublished.html")
    marks, heads, folder = current_marks(), editions(), policy_or_none()
    shows = (
        text.digest,
        marks.run,
        today,
        folder.digest if folder else "",
        [one.number for one in heads],
        settings.KEPT.web.counts,
    )
    body = remembered("policy", shows, lambda: _policy_body(text, marks, heads, today))
    return page(request, "public/policy.html", {"edition": text, "body": body}, shows=shows, changed=_latest(text, marks))


def _policy_body(text: KnownEdition, marks: Marks, heads: Sequence[EditionHead], today: date) -> SafeString:
    """Return what everybody sees of the policy; it is written once for each check, language and day."""
    clauses = with_past(read_clauses(text, marks), strips(PAST_DAYS, nobody, until=today))
    folder = policy_or_none()
    context = {
        "edition": text,
        "introduction": introduction_of(text),
        "clauses": clauses,
        "summary": summed(clauses),
        "marks": marks,
        "ahead": text.effective > today,
        "coming": [one for one in heads if one.number > text.number],
        "earlier": len(heads) > 1,
        "has_processors": bool(folder and folder.processors),
        "past_days": PAST_DAYS,
    }
    return mark_safe(render_to_string("public/policy_body.html", context))  # noqa: S308 - a template's own output


@require_safe
def editions_list(request: HttpRequest) -> HttpResponse:
    """Every published text, newest first."""
    today, heads = _today(), editions()
    current = edition_in_force(today)
    rows = [
        {
            "edition": one,
            "state": "now" if current and one.number == current.number else "ahead" if one.effective > today else "earlier",
            "before": one.number - 1,
        }
        for one in heads
    ]
    changed = heads[0].published_at if heads else None
    shows = (today, [one.digest for one in heads])
    return page(request, "public/editions.html", {"rows": rows}, shows=shows, changed=changed)


@require_safe
def one_edition(request: HttpRequest, number: int) -> HttpResponse:
    """One published text, as it was."""
    text, today = edition(number), _today()
    current = edition_in_force(today)
    context = {
        "edition": text,
        "introduction": introduction_of(text),
        "current": current,
        "is_current": current is not None and current.number == number,
        "ahead": text.effective > today,
        "before": number - 1,
    }
    shows = (text.digest, current.number if current else 0, today)
    return page(request, "public/edition.html", context, shows=shows, changed=text.published_at)


@require_safe
def compared(request: HttpRequest, first: int, last: int) -> HttpResponse:
    """What differs between two texts, the older one first whatever the order they are named in."""
    if first > last:
        return redirect("public:compare", last, first)
    texts = edition_span(first, last)
    changes = compare([one.clauses for one in texts])
    changed = [one for one in changes if one.change != "unchanged"]
    context = {
        "before": texts[0],
        "after": texts[-1],
        "changed": [{"one": one, "title": one.title_pieces, "text": one.pieces} for one in changed],
        "material": sum(one.material for one in changed),
        "unchanged": [one for one in changes if one.change == "unchanged"],
        "introduction": pieces_of(*(flowing(introduction_of(one)) for one in (texts[0], texts[-1]))),
        "introduction_changed": introduction_of(texts[0]) != introduction_of(texts[-1]),
    }
    return page(request, "public/compare.html", context, shows=[one.digest for one in texts], changed=texts[-1].published_at)


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    """The companies that process data on this one's behalf. Raises PolicyErrors where the folder cannot be read."""
    found, today = current_policy(), _today()
    rows = [
        {
            "one": one,
            "purposes": [found.purposes[name].title for name in one.purposes],
            "categories": [category_words(category) for category in one.categories],
            "ahead": one.since > today,
        }
        for one in found.processors.values()
        if one.until is None or today < one.until
    ]
    return page(request, "public/processors.html", {"rows": rows}, shows=(found.digest, today))


@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """How anybody verifies the record, in three steps."""
    key = verifier_key()
    security = settings.KEPT.web.security or settings.KEPT.company.contact
    context = {"key": key, "base": base_url(request), "security": security, "is_address": security.startswith("https://")}
    return page(request, "public/proof.html", context, shows=(key, base_url(request), security))
