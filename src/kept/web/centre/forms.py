"""The forms of the privacy centre."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from kept.db.actions.api_keys import LONGEST_LABEL
from kept.db.actions.requests import LONGEST_NOTE

from .words import RIGHTS

__all__ = ["Ask", "NewKey", "Preferences", "WRITTEN"]

WRITTEN = ("access", "rectification", "restriction", "objection", "withdrawal")
"""Rights that are asked for in words; export, deletion and complaint have pages of their own."""
SCOPES = {"me.read": gettext_lazy("Read what this privacy centre shows me"), "me.write": gettext_lazy("Choose and ask in my name")}


class Ask(forms.Form):
    """A request in the person's own words."""

    right = forms.ChoiceField(label=gettext_lazy("What do you want?"))
    note = forms.CharField(
        label=gettext_lazy("What should we know?"),
        help_text=gettext_lazy("Leave it empty if there is nothing to add. Write no passwords."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, rights: Iterable[str] = WRITTEN, **more: Any) -> None:
        """Offer these rights."""
        super().__init__(*args, **more)
        choice = self.fields["right"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(right, gettext(RIGHTS[right][0])) for right in rights]


class NewKey(forms.Form):
    """A key of the API."""

    label = forms.CharField(
        label=gettext_lazy("What is it for?"),
        help_text=gettext_lazy("A name by which you know it again."),
        max_length=LONGEST_LABEL,
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("What may it do?"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=gettext_lazy("When does it end by itself?"),
        coerce=int,
        choices=[
            (90, gettext_lazy("After 90 days")),
            (365, gettext_lazy("After a year")),
            (0, gettext_lazy("When I revoke it")),
        ],
    )

    def __init__(self, *args: Any, scopes: Iterable[str], **more: Any) -> None:
        """Offer these scopes."""
        super().__init__(*args, **more)
        choice = self.fields["scopes"]
        assert isinstance(choice, forms.MultipleChoiceField)
        choice.choices = [(one, SCOPES.get(one, one)) for one in scopes]


class Preferences(forms.Form):
    """The looks of the pages."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        required=False,
        choices=[("", gettext_lazy("As the system")), ("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark"))],
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the languages that there are."""
        super().__init__(*args, **more)
        choice = self.fields["language"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", gettext("As the browser")), *settings.LANGUAGES]
