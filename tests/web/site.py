"""The pages as tests ask them: Django's client on a folder and a database of the test's own, and accounts that are signed in."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from kept.base.roles import Who
from kept.db.models import Account

__all__ = ["Site", "unlimited"]


def unlimited() -> Any:
    """Return kept.toml's settings with a limit that no test meets, for override_settings(KEPT=…)."""
    return replace(settings.KEPT, web=replace(settings.KEPT.web, limit=10_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A privacy folder whose state is made, and the pages over it."""

    folder: Path

    def visitor(self, **headers: str) -> Client:
        """Return a browser that is not signed in."""
        return Client(SERVER_NAME="localhost", headers=headers)

    def account(self, *, email: str = "", subject: str = "", role: str = "") -> Account:
        """Return the account with this address, made where there is none; its address is verified."""
        email = email or f"{role or 'person'}-{subject.replace(':', '-') or 'x'}@aurigen.example"
        account, _ = Account.objects.get_or_create(email=email, defaults={"subject": subject, "role": role})
        EmailAddress.objects.get_or_create(user=account, email=email, defaults={"verified": True, "primary": True})
        return account

    def signed_in(self, account: Account, *, factor: bool = False) -> Client:
        """Return a browser in which this account is signed in, with a second factor seen where that is said."""
        client = self.visitor()
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        records: list[dict[str, Any]] = [{"method": "code", "at": time.time(), "email": account.email}]
        records += [{"method": "mfa", "type": "totp", "at": time.time()}] if factor else []
        session[AUTHENTICATION_METHODS_SESSION_KEY], session[WHOSE] = records, str(account.pk)
        session.save()
        return client

    def person(self, subject: str = "account:1", *, email: str = "") -> Client:
        """Return a browser in which a person of the company's stores is signed in."""
        return self.signed_in(self.account(subject=subject, email=email))

    def staff(self, role: str) -> Client:
        """Return a browser in which a member of staff is signed in, with a second factor."""
        return self.signed_in(self.account(role=role), factor=True)

    def who(self, *, subject: str = "", role: str = "") -> Who:
        """Return who such an account is, for calling actions and access."""
        account = self.account(subject=subject, role=role)
        return Who(account=account.pk, ref=account.ref, subject=subject, role=role, vouched=bool(role))

    @property
    def letters(self) -> list[str]:
        """Return the letters that were sent, oldest first."""
        home = Path(str(getattr(settings, "EMAIL_FILE_PATH", "")))
        return (
            [path.read_text() for path in sorted(home.glob("*"), key=lambda path: path.stat().st_mtime_ns)] if home.exists() else []
        )
