"""Accounts in the admin, as any model."""

from __future__ import annotations

from django.contrib import admin

from .models import Account


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # the class takes none at run time
    """Listed by e-mail address, and found by it."""

    list_display = ("id", "email", "status")
    search_fields = ("email__exact",)
