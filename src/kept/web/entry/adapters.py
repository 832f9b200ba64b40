"""What allauth asks us: who may sign up, how second factors are sealed, whom the company's sign-on brings."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException
from typing import Any, ClassVar, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.utils import has_verified_email
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kept.base.errors import MailUnreachable
from kept.db.models import Account
from kept.db.page_secret import page_secret
from kept.web.shared.security_log import note

__all__ = ["FACTOR_TYPES", "Accounts", "Factors", "SignOn", "limit_session"]

FACTORS: Final = "second factors"
FACTOR_TYPES: Final = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
WRONG_CODE, WAIT = _("This code is not right, or was used already."), _("Too many tries. Wait a few minutes.")
log = logging.getLogger(__name__)


def limit_session(request: HttpRequest) -> None:
    """Give a session its end, so many seconds after sign-in as the settings say."""
    request.session.set_expiry(datetime.now(UTC) + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def know_address(account: Account) -> None:
    """Keep that an account's address is shown to be its own, where nobody has shown that of any account."""
    if not EmailAddress.objects.filter(email=account.email, verified=True).exists():
        found = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=account, email=account.email, defaults=found)


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts sign up with an address alone; whose it is shows in the code sent there."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is suspended."),
        "cannot_remove_primary_email": _("The first address stays: make another one the first before you remove it."),
        "duplicate_email": _("Your account has this address already."),
        "email_password_mismatch": _("This address and this password do not belong together."),
        "enter_current_password": _("This is not the password you have."),
        "incorrect_code": WRONG_CODE,
        "incorrect_password": _("This is not your password."),
        "invalid_login": _("Write an e-mail address."),
        "max_email_addresses": _("An account can have %d addresses."),
        "rate_limited": WAIT,
        "too_many_login_attempts": WAIT,
        "unverified_primary_email": _("Show first that this address is yours."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's shape
        """Anybody may: an account holds nothing until a person in the stores has that address."""
        return True

    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse | None:
        """Return a page instead of signing in, where the account is suspended. A code that was sent shows whose an address is."""
        records = get_authentication_records(request, user)
        if user.email and any(one.get("method") == "code" and one.get("email", "").lower() == user.email for one in records):
            know_address(user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Account) -> None:
        """Sign in, for as long as the settings say; using the pages does not lengthen it."""
        super().login(request, user)
        limit_session(request)

    def post_login(self, request: HttpRequest, user: Account, *, signup: bool, **kwargs: Any) -> HttpResponse:
        """Return where signing in leads. The code that opened a new account counts as having shown whose it is."""
        if signup and has_verified_email(user):
            record_authentication(request, user, "code", email=user.email)
        response: HttpResponse = super().post_login(request, user, signup=signup, **kwargs)
        return response

    def is_safe_url(self, url: str) -> bool:
        """Return whether an address after sign-in leads to this site, and nowhere else."""
        here = {self.request.get_host()}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=here, require_https=self.request.is_secure())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether somebody must show again that it is them, before they change how they sign in.

        A sign-in of the last minutes is enough. With a second factor only that factor is: otherwise whoever reads a mailbox
        could remove it, so ReauthenticationRequired is raised over allauth's own, weaker view.
        """
        guarded = is_mfa_enabled(self.request.user, FACTOR_TYPES)
        enough = {"mfa"} if guarded else {"mfa", "password", "code", "socialaccount"}
        since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(self.request, self.request.user)
        if any(record.get("method") in enough and record.get("at", 0) > since for record in records):
            return False
        if guarded:
            raise ReauthenticationRequired
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        """Return the ways to show again that it is them; with a second factor, only that. Looked up once a request."""
        known: list[dict[str, Any]] | None = getattr(self.request, "kept_ways", None)
        if known is None:
            known = self.request.kept_ways = self._ways(user)
        return known

    def _ways(self, user: Account) -> list[dict[str, Any]]:
        words: dict[str, Promise] = {
            "reauthenticate": _("Use the password"),
            "reauthenticate_by_code": _("Send me a code"),
            "mfa_reauthenticate": _("Use the app or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        ways = super().get_reauthentication_methods(user)
        if is_mfa_enabled(user, FACTOR_TYPES):
            app = is_mfa_enabled(user, [Authenticator.Type.TOTP])
            ways = [way for way in ways if way["id"].startswith("mfa_")]
            ways.sort(key=lambda way: (way["id"] == "mfa_reauthenticate") != app)  # the one that is at hand first
        return [{**way, "description": words.get(way["id"], way["description"])} for way in ways]

    def render_mail(self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None) -> EmailMessage:
        """Return the letter, which may name the company."""
        words = {**context, "company": settings.KEPT.company}
        letter: EmailMessage = super().render_mail(template_prefix, email, words, headers)
        return letter

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter. Raises MailUnreachable where no mail server takes it."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.warning("a letter was not taken: %s", type(error).__name__)
            todo = gettext("Try again in a few minutes.")
            raise MailUnreachable(gettext("The letter could not be sent"), store="mail", todo=todo) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send a letter about a change that was made; the change stands, whatever becomes of the letter."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except MailUnreachable:
            return


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors are sealed at rest."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": _("Recovery codes come with a second factor: set one up first."),
        "incorrect_code": WRONG_CODE,
        "unverified_email": _("Show first that your e-mail addresses are yours, then set up a second factor."),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored."""
        return page_secret(settings.FOLDER).seal(text, FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret. Raises IntegrityError where the key is not the one it was sealed with."""
        return page_secret(settings.FOLDER).open(encrypted_text, FACTORS)

    def generate_authenticator_name(self, user: Account, type: Authenticator.Type) -> str:
        """Return a name for a passkey that was given none."""
        count = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(n)s") % {"n": count}

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Return whom a passkey is for: the company, at this host."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.KEPT.company.name}


class SignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """The company's sign-on brings staff that are known already; it makes nobody staff."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002 - allauth's shape
        """Nobody signs up by it."""
        return False

    def get_requests_session(self) -> Any:
        """Return what asks the sign-on's own server, and follows it nowhere else."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def authenticate_by_email(self, sociallogin: Any) -> tuple[Account, str] | None:
        """Return the member of staff whose address the sign-on vouches for, or nothing."""
        for address in sociallogin.email_addresses:
            known = Account.objects.filter(email__iexact=address.email, is_active=True).exclude(role="").first()
            if address.verified and known:
                return known, address.email
        return None

    def on_authentication_error(self, request: HttpRequest, provider: Any, **what: Any) -> None:  # noqa: ARG002 - allauth's shape
        """Write into the log why a sign-on was refused: the kinds of what went wrong, never what the provider told."""
        error = what.get("exception")
        causes = [type(one).__name__ for one in (error, getattr(error, "__cause__", None)) if one]
        note("sign-on-refused", provider=provider.app.client_id, why="-by-".join([str(what.get("error")), *causes]))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Turn away whoever is not on the staff. Raises ImmediateHttpResponse with the page that says so.

        Nobody connects a sign-on to an account by hand: it connects by a verified address, or not at all.
        """
        answers = sociallogin.account.extra_data or {}
        told, token = answers.get("userinfo") or {}, answers.get("id_token") or {}
        same = not told or not token or told.get("sub") == token.get("sub")
        account = sociallogin.user if sociallogin.is_existing else None
        login = sociallogin.state.get("process", "login") == "login"
        if not (same and login and account and account.role and account.is_active):
            note("sign-on-unknown", account=account, provider=sociallogin.provider.app.client_id)
            raise ImmediateHttpResponse(render(request, "entry/unknown_staff.html", status=403))
        if any(address.verified and address.email.lower() == account.email for address in sociallogin.email_addresses):
            know_address(account)
