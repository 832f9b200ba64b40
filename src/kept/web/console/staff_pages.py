"""Who is on the staff: roles, second factors, sessions; invited, changed, suspended."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kept.base.errors import Refused
from kept.base.roles import PERMISSIONS
from kept.base.roles import ROLES as KNOWN_ROLES
from kept.db.access.staff import KnownStaff, staff_list
from kept.db.actions.accounts import change_role, make_staff, resume_account, suspend_account
from kept.db.actions.staff_sessions import end_staff_session
from kept.web.shared.asking import staff, who

from .forms import InviteForm, RoleForm
from .letters import send_invitation
from .page import now, page
from .words import ALLOWED, FACTORS, ROLES, word

__all__ = ["end_session", "invite", "resume", "role", "staff_page", "suspend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """A member of staff in words, with the form that changes their role."""

    known: KnownStaff
    role: str
    factor: str
    form: RoleForm


@staff("staff.read")
def staff_page(request: HttpRequest) -> HttpResponse:
    """Everybody with a role."""
    return _shown(request, InviteForm(initial={"role": "auditor"}))


def _shown(request: HttpRequest, form: InviteForm) -> HttpResponse:
    by = who(request)
    rows = [_row(one) for one in staff_list(by=by)]
    titles = [word(ROLES, name) for name in KNOWN_ROLES]
    matrix = [(word(ALLOWED, one), [one in role.permissions for role in KNOWN_ROLES.values()]) for one in PERMISSIONS]
    return page(request, "staff", "staff", rows=rows, invite=form, titles=titles, matrix=matrix)


def _row(one: KnownStaff) -> StaffRow:
    return StaffRow(
        known=one,
        role=word(ROLES, one.role),
        factor=word(FACTORS, one.factor),
        form=RoleForm(initial={"role": one.role}, auto_id=f"id_{one.ref}_%s"),
    )


@staff("staff.change")
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Give an address a role."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    said = form.cleaned_data
    make_staff(email=said["email"], role=said["role"], at=now(), by=who(request))
    if send_invitation(request, email=said["email"], role=said["role"]):
        messages.success(request, _("Done. A letter tells them where to sign in."))
    else:
        messages.warning(request, _("They have the role, but the letter could not be sent: tell them where to sign in."))
    return redirect("console:staff")


@staff("staff.change")
@require_POST
def role(request: HttpRequest, ref: str) -> HttpResponse:
    """Give somebody another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Refused("There is no such role", todo="Choose one from the list.")
    change_role(ref=ref, role=form.cleaned_data["role"], at=now(), by=who(request))
    messages.success(request, _("The role is changed."))
    return redirect("console:staff")


@staff("staff.change")
@require_POST
def suspend(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep somebody from signing in."""
    suspend_account(ref=ref, at=now(), by=who(request))
    messages.success(request, _("Suspended. Their sessions end with their next click."))
    return redirect("console:staff")


@staff("staff.change")
@require_POST
def resume(request: HttpRequest, ref: str) -> HttpResponse:
    """Let somebody sign in again."""
    resume_account(ref=ref, at=now(), by=who(request))
    messages.success(request, _("They may sign in again."))
    return redirect("console:staff")


@staff("staff.change")
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Sign somebody out of one browser."""
    end_staff_session(number=number, at=now(), by=who(request))
    messages.success(request, _("That session has ended."))
    return redirect("console:staff")
