"""Tags and filters of the pages: marks, moments, prose, icons, strips. Built in: no template loads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.template.context import Context
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _noop

from kept.web.shared.icons import ICONS, MARKS
from kept.web.shared.prose import to_html

register = template.Library()

WORDS = {"kept": _noop("kept"), "broken": _noop("broken"), "unknown": _noop("unknown")}


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a style, script or picture."""
    return f"{settings.STATIC_URL}{name}"


@register.simple_tag(takes_context=True)
def here(context: Context, namespace: str) -> SafeString:
    """Return `aria-current` for a link to the part of the site, or the page (`console:map`), that is shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    names = {match.namespace, match.view_name} if match else set()
    return mark_safe(' aria-current="page"') if namespace in names else mark_safe("")


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a drawn icon that says nothing by itself: text stands beside it."""
    shape = mark_safe(ICONS[name])  # noqa: S308 - our own drawings
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', shape)


@register.simple_tag
def mark(value: str, *, drawn: bool = True) -> SafeString:
    """Return a mark as shape, colour and word: kept, broken or unknown. In long lists it is not drawn, and stays a word."""
    if not drawn:
        return format_html('<span class="mark {}">{}</span>', value, gettext(WORDS[value]))
    shape = mark_safe(MARKS[value])  # noqa: S308 - our own drawings
    return format_html(
        '<span class="mark {}"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>{}</span>',
        value,
        shape,
        gettext(WORDS[value]),
    )


@register.simple_tag
def strip(marks: Sequence[str], label: str = "") -> SafeString:
    """Return a strip with one cell a mark, oldest first; an empty mark is a day without a check."""
    width = max(len(marks), 1)
    cells = format_html_join(
        "", '<rect class="{}" x="{}" y="0" width="0.86" height="10"/>', ((one or "none", at) for at, one in enumerate(marks))
    )
    return format_html(
        '<svg class="strip" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>', width, label, cells
    )


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Return a moment in the page's language, in UTC."""
    if value is None:
        return "–"
    shown = format_datetime(value.astimezone(UTC), "d MMM y, HH:mm", locale=_locale())
    return format_html('<time datetime="{}">{} UTC</time>', value.astimezone(UTC).isoformat(timespec="seconds"), shown)


@register.filter
def day(value: date | None) -> SafeString | str:
    """Return a day in the page's language."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}">{}</time>', f"{value:%Y-%m-%d}", format_date(value, "d MMM y", locale=_locale()))


@register.filter
def number(value: int | float | None) -> str:
    """Return a number in the page's language; a dash for none."""
    return "–" if value is None else str(format_decimal(value, locale=_locale()))


@register.filter
def period(value: Any) -> str:
    """Return a period such as `24 months` in the page's language."""
    months, (days, hours) = value.months, divmod(value.hours, 24)
    parts = [
        ngettext("%(n)s month", "%(n)s months", months) % {"n": number(months)} if months else "",
        ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)} if days else "",
        ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": number(hours)} if hours else "",
    ]
    return " ".join(part for part in parts if part)


@register.filter
def prose(text: str) -> SafeString:
    """Return the policy's Markdown as HTML; HTML inside it is shown as text, never taken."""
    return mark_safe(to_html(text))  # noqa: S308 - the renderer escapes


@register.inclusion_tag("parts/field.html")
def field(bound: Any) -> dict[str, Any]:
    """Return a form's field with its label, help and errors tied to it."""
    described = [f"{bound.auto_id}-{part}" for part, there in (("help", bound.help_text), ("errors", bound.errors)) if there]
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"bound": bound, "widget": bound.as_widget(attrs=attributes), "type": type(bound.field.widget).__name__}


def _locale() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).replace("-", "_")
