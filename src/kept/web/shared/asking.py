"""Who asks, as the rest of Kept wants to know it, and the door each page puts in front of itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from kept.base.errors import NotAllowed
from kept.base.roles import Permission, Who, nobody
from kept.db.models import Account

__all__ = ["account_of", "person", "staff", "who"]

View = TypeVar("View", bound=Callable[..., HttpResponse])

VOUCHED: Final = 8 * 3600
"""Seconds for which a second factor, or the company's sign-on, opens what a role may do; then it is asked for again."""


def who(request: HttpRequest) -> Who:
    """Return who asks; somebody who is not signed in is `nobody`."""
    if not request.user.is_authenticated:
        return nobody
    account = account_of(request)
    return Who(account=account.pk, ref=account.ref, subject=account.subject, role=account.role, vouched=_vouched(request))


def account_of(request: HttpRequest) -> Account:
    """Return the account that is signed in."""
    return cast(Account, request.user)


def _vouched(request: HttpRequest) -> bool:
    """Return whether this session saw a second factor lately, or the company's own sign-on, which answers for that."""
    since = time.time() - VOUCHED
    records = get_authentication_records(request, account_of(request))
    return any(record.get("method") in ("mfa", "socialaccount") and record.get("at", 0) > since for record in records)


def person(view: View) -> View:
    """Let only somebody who is signed in reach a page; others are sent to sign in, and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _sign_in(request)

    return cast(View, guarded)


def staff(permission: Permission) -> Callable[[View], View]:
    """Let only staff with a permission reach a page; without a second factor they are led to set one up first.

    Raises NotAllowed for everybody else who is signed in.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asks = who(request)
            if asks is nobody:
                return _sign_in(request)
            if asks.role and not asks.vouched:
                return redirect("entry:second-factor")
            if not asks.may(permission):
                raise NotAllowed("You may not open this page", todo="Ask an owner of this Kept for the role that may.")
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return guard


def _sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    return redirect(f"{resolve_url('account_login')}?{urlencode({'next': back})}")
