"""How the person gets in: sessions and devices, connected apps, API keys; and how the pages look to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kept.db.access.api_keys import keys_of, scopes_for
from kept.db.access.connections import connections_of
from kept.db.access.sessions import sessions_of
from kept.db.actions.accounts import change_looks
from kept.db.actions.api_keys import make_key, revoke_key, rotate_key
from kept.db.actions.connections import disconnect
from kept.db.actions.sessions import end_other_sessions, end_session
from kept.web.shared.asking import account_of, who

from .choosing import as_file
from .doors import mine, now
from .forms import NewKey, Preferences

__all__ = [
    "apps",
    "cut",
    "end",
    "end_others",
    "keys",
    "make",
    "preferences",
    "preferences_file",
    "revoke",
    "rotate",
    "sessions",
]


@mine
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in."""
    found = sessions_of(who(request), current=_session(request), at=now())
    return render(request, "centre/sessions.html", {"sessions": found, "others": sum(1 for one in found if not one.current)})


@mine
@require_POST
def end(request: HttpRequest, ref: str) -> HttpResponse:
    """End one session. Raises NotThere."""
    end_session(ref=ref, by=who(request), at=now())
    messages.success(request, _("That session has ended."))
    return redirect("centre:sessions")


@mine
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    ended = end_other_sessions(current=_session(request), by=who(request), at=now())
    messages.success(request, ngettext("%(n)s other session has ended.", "%(n)s other sessions have ended.", ended) % {"n": ended})
    return redirect("centre:sessions")


@mine
@require_safe
def apps(request: HttpRequest) -> HttpResponse:
    """List what is connected to the account, and say how many keys there are."""
    asks, at = who(request), now()
    live = sum(1 for key in keys_of(asks) if not key.ended(at))
    return render(request, "centre/apps.html", {"connections": connections_of(asks), "keys": live})


@mine
@require_POST
def cut(request: HttpRequest, ref: str) -> HttpResponse:
    """Disconnect one. Raises NotThere, Refused."""
    disconnect(ref=ref, by=who(request), at=now())
    messages.success(request, _("Disconnected. It opens your account no longer."))
    return redirect("centre:apps")


@mine
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """List the API keys, and offer to make one."""
    return _keys(request, NewKey(scopes=scopes_for(who(request))))


@mine
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a key and show its secret, this once."""
    asks, at = who(request), now()
    form = NewKey(request.POST, scopes=scopes_for(asks))
    if not form.is_valid():
        return _keys(request, form, status=422)
    asked = form.cleaned_data
    ends = at + timedelta(days=asked["days"]) if asked["days"] else None
    secret = make_key(label=asked["label"], scopes=asked["scopes"], by=asks, at=at, expires_at=ends)
    return render(request, "centre/secret.html", {"secret": secret, "label": asked["label"]})


@mine
@require_POST
def rotate(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a key another secret, shown this once; the old one ends. Raises NotThere, Refused."""
    secret = rotate_key(ref=ref, by=who(request), at=now())
    return render(request, "centre/secret.html", {"secret": secret, "label": ""})


@mine
@require_POST
def revoke(request: HttpRequest, ref: str) -> HttpResponse:
    """End a key. Raises NotThere."""
    revoke_key(ref=ref, by=who(request), at=now())
    messages.success(request, _("That key has ended. Nothing opens with it any more."))
    return redirect("centre:keys")


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the language and the theme."""
    account = account_of(request)
    kept = {"language": account.language, "theme": account.theme}
    form = Preferences(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        change_looks(by=who(request), language=form.cleaned_data["language"], theme=form.cleaned_data["theme"])
        messages.success(request, _("Saved."))
        response = redirect("centre:preferences")
        response.delete_cookie(settings.THEME_COOKIE_NAME, samesite="Lax")
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return response
    return render(request, "centre/preferences.html", {"form": form, "kept": kept}, status=422 if form.errors else 200)


@mine
@require_safe
def preferences_file(request: HttpRequest) -> HttpResponse:
    """Return the preferences as a file to keep."""
    account = account_of(request)
    return as_file({"language": account.language or None, "theme": account.theme or None}, "preferences.json")


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _keys(request: HttpRequest, form: NewKey, status: int = 200) -> HttpResponse:
    at = now()
    shown: list[Mapping[str, Any]] = [{"key": key, "ended": key.ended(at)} for key in keys_of(who(request))]
    return render(request, "centre/keys.html", {"keys": shown, "form": form}, status=status)
