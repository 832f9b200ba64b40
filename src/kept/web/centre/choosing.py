"""Choices, each by itself, and the receipts they leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kept.base.errors import NotThere, Refused
from kept.db.access.choices import KnownChoice, choice_of, choices_of, history_of
from kept.db.access.requests import requests_of
from kept.db.actions.choices import choose as keep_choice
from kept.web.shared.asking import who
from kept.web.shared.policy import current_policy

from .doors import edition_now, held_by, mine, now, signals
from .notices import Notice, notices
from .receipts import receipt_of_choice
from .words import title_of

__all__ = ["as_file", "choices", "choose", "receipt", "receipt_file", "receipts"]


@mine
@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """Show each purpose people can choose about, with one button that turns it on or off."""
    asks = who(request)
    chosen = choices_of(asks)
    offered = [{"notice": one, "choice": chosen.get(one.purpose)} for one in _offered(request)]
    return render(request, "centre/choices.html", {"offered": offered, "signals": signals(request)})


@mine
@require_POST
def choose(request: HttpRequest, purpose: str) -> HttpResponse:
    """Keep a choice about one purpose. Raises NotThere; Refused where the words have changed since they were shown."""
    notice = next((one for one in _offered(request) if one.purpose == purpose), None)
    if notice is None:
        raise NotThere("There is nothing of that name to choose about", todo="Go back to your choices.")
    if request.POST.get("notice") != notice.digest or request.POST.get("granted") not in ("yes", "no"):
        raise Refused("The words you chose by have changed since", todo="Go back, read them again, and choose.")
    granted = request.POST["granted"] == "yes"
    keep_choice(
        purpose=purpose, granted=granted, edition=edition_now(), notice=notice.digest, channel="centre", by=who(request), at=now()
    )
    messages.success(request, _("Turned on. Your receipt is kept.") if granted else _("Turned off. Your receipt is kept."))
    return redirect("centre:choices")


@mine
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    """List every receipt: of choices and of requests."""
    asks, policy = who(request), current_policy()
    made = [{"choice": one, "title": _title(one, policy.purposes)} for one in history_of(asks)]
    asked = [{"asked": one, "title": title_of(one.right)} for one in requests_of(asks)]
    return render(request, "centre/receipts.html", {"made": made, "asked": asked})


@mine
@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one receipt of a choice. Raises NotThere."""
    choice = choice_of(ref, by=who(request))
    notice = _shown(request, choice)
    page = {"choice": choice, "title": _title(choice, current_policy().purposes), "notice": notice}
    return render(request, "centre/receipt.html", page)


@mine
@require_safe
def receipt_file(request: HttpRequest, ref: str) -> HttpResponse:
    """Return one receipt as a file to keep. Raises NotThere."""
    asks = who(request)
    choice = choice_of(ref, by=asks)
    written = receipt_of_choice(
        choice,
        _shown(request, choice),
        policy=current_policy(),
        company=settings.KEPT.company,
        site=request.build_absolute_uri("/"),
        person=asks.ref,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    return as_file(written, f"receipt-{choice.ref}.json")


def as_file(content: Mapping[str, Any], name: str) -> HttpResponse:
    """Return JSON that browsers save under a name."""
    response = JsonResponse(content, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _offered(request: HttpRequest) -> tuple[Notice, ...]:
    counted = held_by(who(request))
    return notices(current_policy(), counted.jurisdictions if counted else ())


def _shown(request: HttpRequest, choice: KnownChoice) -> Notice | None:
    """Return the words of a choice where they are still those that were shown."""
    return next((one for one in _offered(request) if one.digest == choice.notice), None)


def _title(choice: KnownChoice, purposes: Mapping[str, Any]) -> str:
    purpose = purposes.get(choice.purpose)
    return str(purpose.title) if purpose else choice.purpose
