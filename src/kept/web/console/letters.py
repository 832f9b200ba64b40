"""The letter to somebody who was given a role."""

from __future__ import annotations

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from .words import ROLES, word

__all__ = ["send_invitation"]


def send_invitation(request: HttpRequest, *, email: str, role: str) -> bool:
    """Tell somebody that they are on the staff now and where to sign in; return False where the letter could not be sent."""
    said = {"company": settings.KEPT.company.name, "role": word(ROLES, role)}
    address = request.build_absolute_uri(reverse("account_login"))
    subject = _("You are on the staff of %(company)s's privacy pages") % said
    body = _("Your role is: %(role)s. Sign in with this address, and set up a second factor first:") % said
    try:
        send_mail(subject, f"{body}\n\n{address}\n", None, [email])
    except (SMTPException, OSError):
        return False
    return True
