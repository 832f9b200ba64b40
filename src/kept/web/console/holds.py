"""Holds: what must not be deleted for now, since when, and when that is to be looked at again; placed, reviewed and lifted."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kept.base.errors import Refused
from kept.base.names import Table
from kept.db.access.holds import KnownHold, known_holds
from kept.db.actions.holds import Placing, lift_hold, place_hold, review_hold
from kept.policy.datamap import RetentionRule
from kept.web.shared.asking import staff, who
from kept.web.shared.policy import current_policy

from .drawing import time_line
from .forms import HoldForm, ReviewForm
from .page import now, page

__all__ = ["holds", "lift", "place", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A table that a hold covers, and the retention that is suspended there; None where the map sets none."""

    table: Table
    retention: RetentionRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold as the page shows it: where it stands, what it suspends, and the form for its next review."""

    known: KnownHold
    state: str
    suspends: tuple[Suspended, ...]
    form: ReviewForm


@staff("hold.read")
def holds(request: HttpRequest) -> HttpResponse:
    """Every hold, on a time line and in a list, and a form to place one."""
    return _shown(request, _form())


@staff("hold.change")
@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Place a hold."""
    form = _form(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    said = form.cleaned_data
    fields = {name: said[name] for name in ("name", "ground", "owner", "review", "tables")}
    try:
        place_hold(Placing(**fields, subjects=form.subjects), policy=current_policy(), at=now(), by=who(request))
    except Refused as error:
        form.add_error(None, f"{error.happened}. {error.todo}")
        return _shown(request, form)
    messages.success(request, _("Placed. From now on what it covers is kept."))
    return redirect("console:holds")


@staff("hold.change")
@require_POST
def review(request: HttpRequest, name: str) -> HttpResponse:
    """Say that a hold was looked at, and when it is to be looked at again."""
    form = ReviewForm(request.POST, prefix=name)
    if form.is_valid():
        review_hold(name=name, review=form.cleaned_data["review"], at=now(), by=who(request))
        messages.success(request, _("Reviewed. It stays in force."))
    else:
        messages.error(request, _("Say on which day it is to be looked at again."))
    return redirect("console:holds")


@staff("hold.change")
@require_POST
def lift(request: HttpRequest, name: str) -> HttpResponse:
    """End a hold; what waited because of it goes on."""
    woken = lift_hold(name=name, at=now(), by=who(request))
    said = ngettext("%(n)d erasure goes on.", "%(n)d erasures go on.", woken) % {"n": woken}
    messages.success(request, f"{_('Lifted.')} {said}" if woken else _("Lifted. Nothing waited for it."))
    return redirect("console:holds")


def _shown(request: HttpRequest, form: HoldForm) -> HttpResponse:
    today, policy = now().date(), current_policy()
    found = known_holds(policy.holds, by=who(request))
    retention = {mapped.table: mapped.map.retention for mapped in policy.tables()}
    rows = [
        HoldRow(
            known=one,
            state=one.state(today),
            suspends=tuple(Suspended(table=table, retention=retention.get(table)) for table in one.hold.tables),
            form=ReviewForm(prefix=one.name),
        )
        for one in found
    ]
    drawing = time_line({one.name: one.hold for one in found}, today)
    return page(request, "holds", "holds", holds=rows, drawing=drawing, form=form)


def _form(said: object = None) -> HoldForm:
    tables = list(current_policy().tables())
    people = [str(mapped.table.column(mapped.map.subject.key)) for mapped in tables if mapped.map.subject]
    return HoldForm(said, tables=[str(mapped.table) for mapped in tables], columns=people)
