"""The policy and its marks for programs: JSON-LD, a status document, a feed of what changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kept.base.errors import NotThere
from kept.base.verdicts import Mark
from kept.db.access.editions import KnownEdition, edition_in_force
from kept.db.access.marks import MarkTurn, current_marks, mark_turns
from kept.web.shared.policy import current_policy

from .answers import base_url, file
from .linked import linked
from .reading import ReadClause, read_clauses, summed

__all__ = ["atom", "policy_linked", "status"]

NEWEST = 50


class Feed(Atom1Feed):
    """An Atom feed that says when it last changed even where it has no entry."""

    changed = datetime(2026, 1, 1, tzinfo=UTC)

    def latest_post_date(self) -> datetime:
        """Return when it last changed."""
        return self.changed


def _text() -> KnownEdition:
    found = edition_in_force(datetime.now(UTC).date())
    if found is None:
        raise NotThere(_("No text of the policy was published yet"), todo=_("Come back later."))
    return found


@require_safe
def policy_linked(request: HttpRequest) -> HttpResponse:
    """The policy as JSON-LD. Raises NotThere before one is published, PolicyErrors where the folder cannot be read."""
    text, marks = _text(), current_marks()
    head = {"title": text.title, "version": text.version, "effective": text.effective}
    today = datetime.now(UTC).date()
    found = linked(current_policy(), read_clauses(text, marks), head, base=base_url(request), today=today)
    changed = max(text.published_at, marks.checked_at or text.published_at)
    return file(request, _json(found), "application/ld+json", changed=changed)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The mark of each clause, since when, and when it was last checked. Raises NotThere before a text is published."""
    text, marks = _text(), current_marks()
    clauses = read_clauses(text, marks)
    summary = summed(clauses)
    found = {
        "policy": {
            "title": text.title,
            "version": text.version,
            "edition": text.number,
            "effective": f"{text.effective:%Y-%m-%d}",
            "digest": text.digest,
        },
        "checked_at": _moment(marks.checked_at),
        "clauses": [_status(one, base_url(request)) for one in clauses],
        "counts": {"kept": summary.kept, "broken": summary.broken, "unknown": summary.unknown, "not_checked": summary.unchecked},
    }
    return file(request, _json(found), "application/json", seconds=60, changed=marks.checked_at or text.published_at)


def _status(one: ReadClause, base: str) -> dict[str, Any]:
    return {
        "clause": one.wording.id,
        "title": one.wording.title,
        "mark": one.mark or None,
        "since": _moment(one.since),
        "promises": list(one.codes),
        "url": f"{base}/#{one.anchor}",
    }


def _moment(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """A feed with an entry for each time that the mark of a clause changed, the newest first."""
    base = base_url(request)
    text = edition_in_force(datetime.now(UTC).date())
    titles = {one.id: one.title for one in text.clauses} if text else {}
    name = settings.KEPT.company.name
    feed = Feed(
        title=_("%(name)s: what is promised, and whether it is kept") % {"name": name},
        link=f"{base}/",
        description="",
        feed_url=f"{base}/status.atom",
        author_name=name,
        subtitle=_("One entry for each time that the mark of a clause changed."),
    )
    turns = mark_turns(limit=NEWEST)
    for one in turns:
        _entry(feed, one, titles.get(one.clause, ""), base)
    changed = turns[0].at if turns else text.published_at if text else None
    feed.changed = changed or feed.changed
    response = file(request, feed.writeString("utf-8"), "application/atom+xml; charset=utf-8", changed=changed)
    patch_vary_headers(response, ("Accept-Language",))
    return response


def _entry(feed: Feed, one: MarkTurn, title: str, base: str) -> None:
    words = {"clause": _printable(f"§{one.clause} {title}".strip()), "mark": _word(one.after), "before": _word(one.before)}
    told = _("%(clause)s: %(mark)s, before %(before)s") if one.before else _("%(clause)s: %(mark)s")
    feed.add_item(
        title=told % words,
        link=f"{base}/#c-{one.clause}",
        description=escape(told % words),
        pubdate=one.at,
        updateddate=one.at,
        unique_id=f"{base}/status.atom#turn-{one.number}",
    )


def _printable(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(character for character in text if character.isprintable())


def _word(mark: Mark | None) -> str:
    return {Mark.KEPT: _("kept"), Mark.BROKEN: _("broken"), Mark.UNKNOWN: _("unknown"), None: _("not checked")}[mark]
