"""What staff do at a request beside its answer: say whose it is and what it asks, enter values, allow, record, lift, write down."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.base.errors import NotThere, Refused
from kept.db.access.request_queue import queued_request
from kept.db.access.staff import colleagues
from kept.db.actions.answering import allow_large, assign_request, enter_changes
from kept.db.actions.orders import record_order
from kept.db.actions.requests import Coming
from kept.db.actions.restraints import keep_restriction, lift_restriction
from kept.db.actions.taking_in import confirm_right, write_down_request
from kept.db.actions.verifying import ask_points, choose_person, confirm_challenge
from kept.web.shared.asking import staff, who
from kept.web.shared.particulars import checked_changes, correctable
from kept.web.shared.policy import current_policy, current_terms
from kept.web.shared.voice import current_voice

from .acting_forms import (
    AssignForm,
    ChangesForm,
    EstablishForm,
    LiftForm,
    NewForm,
    OrderForm,
    PersonForm,
    QuestionsForm,
    RightForm,
)
from .page import now, page
from .requests import done, right_choices, shown_request

__all__ = [
    "assign",
    "changes",
    "choose",
    "establish",
    "keep_restricted",
    "large",
    "lift_restricted",
    "new",
    "order",
    "questions",
    "understand",
]


@staff("request.work")
@require_POST
def understand(request: HttpRequest, ref: str) -> HttpResponse:
    """Say which right a letter asks for."""
    form = RightForm(request.POST, prefix="right", offered=right_choices())
    if not form.is_valid():
        return shown_request(request, ref, right_form=form)
    confirm_right(ref=ref, right=form.cleaned_data["right"], terms=current_terms(), at=now(), by=who(request))
    return done(request, ref, _("Understood. Its time runs from when it was received."))


@staff("request.work")
@require_POST
def choose(request: HttpRequest, ref: str) -> HttpResponse:
    """Say which of those who were found it is about."""
    candidates = queued_request(ref, by=who(request)).said.get("candidates", [])
    form = PersonForm(request.POST, prefix="person", offered=[(one, one) for one in candidates])
    if not form.is_valid():
        return shown_request(request, ref, person_form=form)
    choose_person(ref=ref, subject=form.cleaned_data["subject"], at=now(), by=who(request))
    return done(request, ref, _("Chosen. The worker goes on with it."))


@staff("request.work")
@require_POST
def questions(request: HttpRequest, ref: str) -> HttpResponse:
    """Let the person be asked about what is held."""
    form = QuestionsForm(request.POST, prefix="questions")
    if not form.is_valid():
        return shown_request(request, ref, questions_form=form)
    ask_points(ref=ref, number=form.cleaned_data["number"], at=now(), by=who(request))
    return done(request, ref, _("They will be asked once they have opened the link."))


@staff("request.work")
@require_POST
def establish(request: HttpRequest, ref: str) -> HttpResponse:
    """Say how it was established whose request it is."""
    form = EstablishForm(request.POST, prefix="establish")
    if not form.is_valid():
        return shown_request(request, ref, establish_form=form)
    done = confirm_challenge(ref=ref, why=form.cleaned_data["why"], at=now(), by=who(request), voice=current_voice())
    messages.success(
        request, _("Established. The worker goes on with it.") if done else _("Written down. A colleague must confirm it too.")
    )
    return redirect("console:request", ref)


@staff("request.work")
@require_POST
def changes(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter the new values of a rectification that came in words."""
    known, policy = queued_request(ref, by=who(request)), current_policy()
    form = ChangesForm(request.POST, prefix="changes", columns=correctable(policy, known.subject))
    if not form.is_valid():
        return shown_request(request, ref, changes_form=form)
    wanted = checked_changes(form.changes, policy, known.subject)
    enter_changes(ref=ref, changes=wanted, at=now(), by=who(request))
    return done(request, ref, _("Entered. Compare them, and confirm."))


@staff("plan.approve")
@require_POST
def large(request: HttpRequest, ref: str) -> HttpResponse:
    """Let an erasure take the large share of a table at which it stopped."""
    allow_large(ref=ref, at=now(), by=who(request))
    return done(request, ref, _("Allowed. The worker goes on with it."))


@staff("request.work")
@require_POST
def order(request: HttpRequest, ref: str, processor: str) -> HttpResponse:
    """Write down what a processor answered to a letter."""
    form = OrderForm(request.POST, prefix="order")
    if not form.is_valid():
        return shown_request(request, ref, order_form=form)
    said = form.cleaned_data
    record_order(ref=ref, processor=processor, state=said["state"], note=said["note"], at=now(), by=who(request))
    return done(request, ref, _("Written down. The worker goes on with it."))


@staff("request.work")
@require_POST
def lift_restricted(request: HttpRequest, ref: str) -> HttpResponse:
    """Announce to the person that a restriction will be lifted."""
    form = LiftForm(request.POST, prefix="lift")
    if not form.is_valid():
        return shown_request(request, ref, lift_form=form)
    said = form.cleaned_data
    lift_restriction(ref=ref, why=said["why"], told=said["told"], voice=current_voice(), at=now(), by=who(request))
    if said["told"]:
        return done(request, ref, _("Written down. It is lifted a week after they were told."))
    return done(request, ref, _("The person is told. It is lifted on the day that the letter names."))


@staff("request.work")
@require_POST
def keep_restricted(request: HttpRequest, ref: str) -> HttpResponse:
    """Call off that a restriction will be lifted."""
    keep_restriction(ref=ref, at=now(), by=who(request))
    return done(request, ref, _("It stays restricted. Write to the person, who was told otherwise."))


@staff("request.work")
@require_POST
def assign(request: HttpRequest, ref: str) -> HttpResponse:
    """Give it to a colleague."""
    form = AssignForm(request.POST, prefix="assign", offered=colleagues(by=who(request)))
    if not form.is_valid():
        return shown_request(request, ref, assign_form=form)
    assign_request(ref=ref, to=form.cleaned_data["to"], at=now(), by=who(request))
    return done(request, ref, _("It is theirs now."))


@staff("request.work")
def new(request: HttpRequest) -> HttpResponse:
    """Write down a request of somebody who called or wrote."""
    data: Any = request.POST if request.method == "POST" else None
    form = NewForm(data, offered=right_choices())
    if data is None or not form.is_valid():
        return page(request, "new_request", "requests", form=form)
    said, terms = form.cleaned_data, current_terms()
    coming = Coming(
        right=said["right"],
        channel="staff",
        address=said["address"],
        note=said["note"],
        received_at=form.received_at(ZoneInfo(terms.zone)),
    )
    try:
        ref = write_down_request(coming, account=said["account"], terms=terms, at=now(), by=who(request))
    except (NotThere, Refused) as error:
        form.add_error(None, f"{error.happened}. {error.todo}")
        return page(request, "new_request", "requests", form=form)
    return done(request, ref, _("Written down. Its time runs from when it was received."))
