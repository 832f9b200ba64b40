"""What happens after allauth did something; importing this connects them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from kept.db.models import Account
from kept.web.shared.security_log import note

__all__ = ["count_enrolment", "note_failure", "note_sign_in"]

NOTED: Final[Mapping[str, Signal]] = {
    "signed-out": user_logged_out,
    "code-refused": account_signals.login_code_rejected,
    "address-code-refused": account_signals.email_verification_code_rejected,
    "reset-code-refused": account_signals.password_reset_code_rejected,
    "factor-refused": factor_signals.authentication_failed,
    "factor-added": factor_signals.authenticator_added,
    "factor-removed": factor_signals.authenticator_removed,
    "recovery-codes-made": factor_signals.authenticator_reset,
    "password-set": account_signals.password_set,
    "password-changed": account_signals.password_changed,
    "password-reset": account_signals.password_reset,
    "address-changed": account_signals.email_changed,
}
"""What the security log tells of, besides signing in."""


@receiver(factor_signals.authenticator_added)
def count_enrolment(request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    """Count setting up a second factor as having shown it: a code of it, or its signature, was checked just now."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver(account_signals.user_logged_in)
def note_sign_in(request: HttpRequest, user: Account, **_: Any) -> None:
    """Write down who signed in, and by which ways."""
    ways = dict.fromkeys(str(record.get("method")) for record in get_authentication_records(request, user))
    note("signed-in", account=user, by="+".join(ways) or "code")


@receiver(user_login_failed)
def note_failure(**_: Any) -> None:
    """Write down that a password was refused; whose it was to be is not known, and what was typed is not kept."""
    note("password-refused")


def _noted(event: str) -> Any:
    def write(user: Account | None = None, **_: Any) -> None:
        note(event, account=user)

    return write


for _event, _signal in NOTED.items():
    _signal.connect(_noted(_event), weak=False, dispatch_uid=f"kept {_event}")
