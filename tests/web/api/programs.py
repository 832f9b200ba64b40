"""Programs as tests run them: a client with a key of some account."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.test import Client

from kept.base.roles import PERMISSIONS, ROLES, Who
from kept.db.access.api_keys import PERSON_SCOPES, scopes_for
from kept.db.actions.api_keys import make_key
from kept.db.models import Account
from tests.web.site import Site

__all__ = ["EVERYTHING", "Program", "key_of", "program"]

EVERYTHING = (*PERSON_SCOPES, *PERMISSIONS, "scim")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that asks the API, with a key or without."""

    secret: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json", **headers: str) -> HttpResponse:
        """Return the answer; `path` without the prefix begins with a slash and means /api/v1."""
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            named.setdefault("Authorization", f"Bearer {self.secret}")
        address = path if path.startswith(("/scim", "/api")) else f"/api/v1{path}"
        content = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        kinds = {"content_type": kind} if content else {}
        answer: HttpResponse = client.generic(method, address, content, headers=named, **kinds)  # type: ignore[arg-type, assignment]  # the client's own
        return answer

    def get(self, path: str, **headers: str) -> HttpResponse:
        """Return what a GET is answered."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Return what a POST is answered."""
        return self.ask("POST", path, body, **headers)


def program(site: Site, *, subject: str = "", role: str = "", scopes: tuple[str, ...] = (), factor: bool = True) -> Program:
    """Return a program with a key of such an account: of these scopes, or of all that its owner may give it."""
    return Program(secret=key_of(site.account(subject=subject, role=role), scopes=scopes, factor=factor))


def key_of(account: Account, *, scopes: tuple[str, ...] = (), factor: bool = True) -> str:
    """Return a new key's secret; staff have a second factor unless that is said otherwise."""
    if account.role and factor and not is_mfa_enabled(account):
        TOTP.activate(account, generate_totp_secret())
    by = Who(account=account.pk, ref=account.ref, subject=account.subject, role=account.role, vouched=account.role in ROLES)
    return make_key(label="a program", scopes=scopes or scopes_for(replace(by, scopes=None)), by=by, at=datetime.now(UTC))
