"""The forms of coming in: allauth's, in our words, with what they check besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.forms import CharField
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kept.web.entry.adapters import Factors, limit_session

__all__ = [
    "AddAddress",
    "AddPasskey",
    "AddressCode",
    "ChangePassword",
    "CodeAgain",
    "FactorCode",
    "FactorCodeAgain",
    "LoginCode",
    "NewPassword",
    "PasskeyAgain",
    "PasskeySignIn",
    "PasskeyStep",
    "PasswordAgain",
    "RenamePasskey",
    "RequestCode",
    "RequestCodeAgain",
    "ResetCode",
    "ResetPassword",
    "SetPassword",
    "SetUpApp",
    "SignIn",
    "SignUp",
]

ADDRESS, PASSWORD, CODE, NAME = _("E-mail address"), _("Password"), _("Code"), _("Name")
NEW, AGAIN = _("New password"), _("The same once more")
LONG = _("At least 12 characters. A sentence of your own is good.")
NAME_LENGTH = 60
Words = dict[str, Promise]


class _Worded:
    """A form whose labels and help are ours; a label inside a field would vanish when somebody types."""

    labels: ClassVar[Words] = {}
    helps: ClassVar[Words] = {}
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].help_text = self.helps.get(name, "")
                self.fields[name].widget.attrs.pop("placeholder", None)


class SignIn(_Worded, account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """An address, and a password for whoever wants one; without it a code is sent."""

    labels: ClassVar[Words] = {"login": ADDRESS, "password": PASSWORD}

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False

    def _login_with_password(self, request: HttpRequest, redirect_url: str | None, credentials: Any) -> HttpResponse:
        response: HttpResponse = super()._login_with_password(request, redirect_url, credentials)
        if request.user.is_authenticated:
            limit_session(request)  # allauth has just made it one that lasts longer with every use
        return response


class SignUp(_Worded, account.SignupForm):  # type: ignore[misc]  # allauth has no types
    """An address."""

    labels: ClassVar[Words] = {"email": ADDRESS}


class RequestCode(_Worded, account.RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """An address that a code is sent to."""

    labels: ClassVar[Words] = {"email": ADDRESS}


class _Code(_Worded):
    """A code that was sent."""

    labels: ClassVar[Words] = {"code": CODE}


class LoginCode(_Code, account.ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that signs in."""


class AddressCode(_Code, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that shows whose an address is."""


class ResetCode(_Code, account.ConfirmPasswordResetCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that lets somebody choose a new password."""


class CodeAgain(_Code, account.ConfirmReauthenticationCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that shows that it is still the same person."""


class RequestCodeAgain(_Worded, account.RequestReauthenticationCodeForm):  # type: ignore[misc]  # allauth has no types
    """Which of one's addresses a code goes to."""

    labels: ClassVar[Words] = {"recipient": ADDRESS}


class ResetPassword(_Worded, account.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """The address of an account whose password is forgotten."""

    labels: ClassVar[Words] = {"email": ADDRESS}


class NewPassword(_Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """A new password, after a code."""

    labels: ClassVar[Words] = {"password1": NEW, "password2": AGAIN}
    helps: ClassVar[Words] = {"password1": LONG}


class SetPassword(_Worded, account.SetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """A first password."""

    labels: ClassVar[Words] = {"password1": NEW, "password2": AGAIN}
    helps: ClassVar[Words] = {"password1": LONG}


class ChangePassword(_Worded, account.ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """A new password in place of the old one."""

    labels: ClassVar[Words] = {"oldpassword": _("The password you have"), "password1": NEW, "password2": AGAIN}
    helps: ClassVar[Words] = {"password1": LONG}


class PasswordAgain(_Worded, account.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The password, to show that it is still the same person."""

    labels: ClassVar[Words] = {"password": PASSWORD}


class AddAddress(_Worded, account.AddEmailForm):  # type: ignore[misc]  # allauth has no types
    """One more address."""

    labels: ClassVar[Words] = {"email": ADDRESS}


FACTOR_HELP = _("Six digits from your app, or one of your recovery codes.")


class FactorCode(_Worded, factor.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second step of signing in."""

    labels: ClassVar[Words] = {"code": CODE}
    helps: ClassVar[Words] = {"code": FACTOR_HELP}


class FactorCodeAgain(_Worded, factor.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second factor once more, before something that matters."""

    labels: ClassVar[Words] = {"code": CODE}
    helps: ClassVar[Words] = {"code": FACTOR_HELP}


class SetUpApp(_Worded, ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of an authenticator app. It is used up by that: it cannot sign in as well."""

    labels: ClassVar[Words] = {"code": CODE}

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError where it is wrong or was used."""
        code: str = super().clean_code()
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):
            raise Factors().validation_error("incorrect_code")
        return code


class _Strange:
    """A form that takes what a browser gave: whatever is no passkey is a wrong code, never a failure of ours."""

    def clean(self) -> Any:
        with _wrong_code():
            return super().clean()  # type: ignore[misc]  # the form beside it has one

    def clean_credential(self) -> Any:
        """Return the passkey. Raises ValidationError where it is none."""
        with _wrong_code():
            theirs = getattr(super(), "clean_credential", None)
            return theirs() if theirs else self.cleaned_data["credential"]  # type: ignore[attr-defined]  # the form beside it has it


@contextmanager
def _wrong_code() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Factors().validation_error("incorrect_code") from error


class PasskeySignIn(_Strange, LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey that signs in."""


class PasskeyStep(_Strange, AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey as the second step."""


class PasskeyAgain(_Strange, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey once more, before something that matters."""


class AddPasskey(_Worded, _Strange, AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey, its name, and whether it signs in by itself."""

    labels: ClassVar[Words] = {"name": NAME, "passwordless": _("It signs me in by itself")}
    helps: ClassVar[Words] = {
        "name": _("Such as: my telephone."),
        "passwordless": _("Leave this on, unless your security key is an old one without a fingerprint or a number."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin without a name of allauth's."""
        super().__init__(*args, **kwargs)
        self.initial["name"], self.initial["passwordless"] = "", True
        self.fields["name"] = _named(self.fields["name"])


class RenamePasskey(_Worded, EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey's name."""

    labels: ClassVar[Words] = {"name": NAME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the name short."""
        super().__init__(*args, **kwargs)
        self.fields["name"] = _named(self.fields["name"])


def _named(field: CharField) -> CharField:
    return CharField(label=field.label, help_text=field.help_text, required=field.required, max_length=NAME_LENGTH)
