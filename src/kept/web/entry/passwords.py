"""What a password may not be, besides short, common, or like the address."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

__all__ = ["NotTheCompany"]

SHORTEST = 4


class NotTheCompany:
    """Refuses passwords with a word of the company's name in them: they are guessed first."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's shape
        """Raise ValidationError where such a word is in it."""
        words = re.findall(rf"\w{{{SHORTEST},}}", settings.KEPT.company.name.casefold())
        if any(word in password.casefold() for word in words):
            raise ValidationError(self.get_help_text(), code="company")

    def get_help_text(self) -> str:
        """Return the rule in a sentence."""
        return _("Leave the company's name out of it.")
