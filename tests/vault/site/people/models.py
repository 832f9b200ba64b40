"""People, what is theirs, and every way in which a sealed field can stand in a model."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models

from kept.vault.django import SealedFileField, SealedJSONField, SealedTextField


class Account(models.Model):
    """A person whom the database numbers."""

    email = SealedTextField(kind="account", person="id", index="email", unique=True)
    phone = SealedTextField(kind="account", person="id", index="phone", null=True, blank=True, db_column="telephone")
    profile = SealedJSONField(kind="account", person="id", null=True, blank=True)
    secret = SealedTextField(kind="account", person="id", blank=True)
    passport = SealedFileField(kind="account", person="id", upload_to="passports", null=True, blank=True)
    status = models.CharField(max_length=20, default="open")
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        db_table = "accounts"


class Note(models.Model):
    """What belongs to a person, and to its row."""

    account = models.ForeignKey(Account, models.CASCADE, null=True)
    account_id: int | None
    text = SealedTextField(kind="account", person="account", row="id")
    loose = SealedTextField(kind="account", person="account", null=True, index="exact")
    scan = SealedFileField(kind="account", person="account", null=True, row="id")
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        db_table = "notes"


class Named(models.Model):
    """An abstract model: each that takes it has a column, and a place, of its own."""

    name = SealedTextField(kind="member", person="pk", index="text")
    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True


class Member(Named):
    """A person whom the program numbers."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Patron(Member):
    """A member with a table of their own beside."""

    reason = SealedTextField(kind="member", person="member_ptr")


class Guest(Named):
    """Another table with the same column."""


class Friend(Account):
    """An account with a table of its own beside; both are numbered at once."""

    nickname = SealedTextField(kind="account", person="account_ptr")
