"""Who may sign in: people whose data it is, and staff."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string

__all__ = ["Account", "Accounts", "new_ref"]

REF_LENGTH = 12


def new_ref() -> str:
    """Return a reference nobody can guess: 12 letters and digits, some 71 bits."""
    return get_random_string(REF_LENGTH)


class Accounts(BaseUserManager["Account"]):
    """How Django's sign-in finds an account."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account with this e-mail address, whatever its letters' case."""
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """Somebody who can sign in. With a role, staff; with a subject, a person in the company's stores; often one of the two."""

    ref = models.CharField(max_length=REF_LENGTH, unique=True, default=new_ref, help_text="How addresses and the ledger name it.")
    email = models.EmailField(blank=True, help_text="The address codes go to; empty where the company's application signs them in.")
    subject = models.CharField(max_length=200, default="", help_text="Who they are in the stores, as the vault names people.")
    role = models.CharField(max_length=30, default="", help_text="Their role on the staff; empty for none.")
    is_active = models.BooleanField(default=True, help_text="Whether they may sign in.")
    language = models.CharField(max_length=20, default="", help_text="The language they chose; empty for the browser's.")
    theme = models.CharField(max_length=10, default="", help_text="light or dark; empty for the system's.")
    external_id = models.CharField(max_length=200, default="", help_text="What the company's directory calls them (SCIM).")
    provisioned = models.BooleanField(default=False, help_text="Whether the company's directory speaks for this account (SCIM).")
    created_at = models.DateTimeField(auto_now_add=True, help_text="When it was made.")
    suspended_at = models.DateTimeField(null=True, help_text="When it was suspended.")

    objects = Accounts()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One account an address, and one a person."""

        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="one_account_an_address"),
            models.UniqueConstraint(fields=("subject",), condition=~models.Q(subject=""), name="one_account_a_subject"),
        )

    def has_usable_password(self) -> bool:
        """Return whether it signs in with a password; one that was never set is none."""
        return bool(self.password) and super().has_usable_password()

    def __str__(self) -> str:
        """Show the reference, never the address."""
        return f"account {self.ref}"
