"""The few pages of signing in that allauth does not bring."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST

from kept.db.actions.accounts import change_looks
from kept.web.shared.asking import person, who

from .adapters import FACTOR_TYPES

__all__ = ["arrived", "looks", "second_factor"]

YEAR = 365 * 24 * 3600


@person
def arrived(request: HttpRequest) -> HttpResponse:
    """Lead whoever signed in to where they work: staff to the console, everybody else to their privacy centre."""
    asks = who(request)
    return redirect("console:board" if asks.role else "centre:home")


@person
def second_factor(request: HttpRequest) -> HttpResponse:
    """Lead staff to show their second factor again, where they have one; tell those who have none where to set it up."""
    asks = who(request)
    if asks.vouched or not asks.role:
        return arrived(request)
    ways = get_adapter().get_reauthentication_methods(request.user)
    if is_mfa_enabled(request.user, FACTOR_TYPES):
        return redirect(f"{ways[0]['url']}?{urlencode({'next': resolve_url('entry:arrived')})}")
    return render(request, "entry/second_factor.html")


@require_POST
def looks(request: HttpRequest) -> HttpResponse:
    """Keep a language and a theme: with the account, or in cookies for somebody who is not signed in."""
    known = {code for code, _ in settings.LANGUAGES}
    language = request.POST.get("language", "") if request.POST.get("language") in known else ""
    theme = request.POST.get("theme", "") if request.POST.get("theme") in ("light", "dark") else ""
    asks = who(request)
    if asks.account:
        change_looks(by=asks, language=language, theme=theme)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe and back.startswith("/") else "/")  # an address, never the name of a page
    for name, value in ((settings.LANGUAGE_COOKIE_NAME, language), (settings.THEME_COOKIE_NAME, theme)):
        response.set_cookie(name, value, max_age=YEAR, secure=settings.SECURE, httponly=True, samesite="Lax")
    return response
