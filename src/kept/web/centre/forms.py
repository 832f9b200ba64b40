"""The forms of the privacy centre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from kept.db.actions.api_keys import LONGEST_LABEL
from kept.db.actions.requests import LONGEST_NOTE
from kept.policy.purposes import Purpose
from kept.web.shared.particulars import LONGEST_VALUE, RESTRICTION_GROUNDS, Correctable

__all__ = ["Corrections", "NewKey", "Nomination", "Nothing", "Preferences", "Purposes", "Restriction", "Words"]

SCOPES = {"me.read": gettext_lazy("Read what this privacy centre shows me"), "me.write": gettext_lazy("Choose and ask in my name")}


class Words(forms.Form):
    """A request in the person's own words."""

    note = forms.CharField(
        label=gettext_lazy("What should we know?"),
        help_text=gettext_lazy("Leave it empty if there is nothing to add. Write no passwords."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def wanted(self) -> dict[str, Any]:
        """Return what is asked in particular, without values of people."""
        return {}

    def said(self) -> dict[str, Any]:
        """Return what the right needs besides, with values of people: it is sealed."""
        return {}


class Corrections(Words):
    """What is wrong, field by field, and what would be right."""

    def __init__(self, *args: Any, offered: Iterable[Correctable], **more: Any) -> None:
        """Offer these columns."""
        super().__init__(*args, **more)
        self.offered = {f"field-{at}": one for at, one in enumerate(offered)}
        words = self.fields.pop("note")
        for name, one in self.offered.items():
            self.fields[name] = forms.CharField(
                label=one.title, required=False, max_length=LONGEST_VALUE, widget=forms.TextInput(attrs={"autocomplete": "off"})
            )
        self.fields["note"] = words

    def clean(self) -> dict[str, Any]:
        """Want something said: a new value, or words."""
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in (*self.offered, "note")):
            raise forms.ValidationError(gettext("Say what is wrong and what would be right: in a field, or in words."))
        return cleaned

    def said(self) -> dict[str, Any]:
        """Return the new values by column."""
        new = {one.column: self.cleaned_data[name] for name, one in self.offered.items() if self.cleaned_data.get(name)}
        return {"changes": [{"column": column, "value": value} for column, value in new.items()]} if new else {}


class Purposes(Words):
    """Which purposes an objection or a withdrawal is about."""

    purposes = forms.MultipleChoiceField(label=gettext_lazy("What should stop?"), widget=forms.CheckboxSelectMultiple)
    field_order = ("purposes", "note")

    def __init__(self, *args: Any, offered: Mapping[str, Purpose], **more: Any) -> None:
        """Offer these purposes."""
        super().__init__(*args, **more)
        choice = self.fields["purposes"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(name, one.title) for name, one in offered.items()]

    def wanted(self) -> dict[str, Any]:
        """Return the purposes."""
        return {"purposes": self.cleaned_data["purposes"]}


class Restriction(Words):
    """Why the use of data is to pause (GDPR Art. 18(1))."""

    ground = forms.ChoiceField(label=gettext_lazy("Why?"), widget=forms.RadioSelect)
    field_order = ("ground", "note")

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the law's four cases."""
        super().__init__(*args, **more)
        choice = self.fields["ground"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(code, gettext(words)) for code, words in RESTRICTION_GROUNDS.items()]

    def wanted(self) -> dict[str, Any]:
        """Return the case."""
        return {"ground": self.cleaned_data["ground"]}


class Nomination(Words):
    """Who may act for the person."""

    name = forms.CharField(label=gettext_lazy("Their name"), max_length=200)
    address = forms.CharField(
        label=gettext_lazy("Where they are reached"),
        help_text=gettext_lazy("An e-mail address, or a postal one."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("name", "address", "note")

    def said(self) -> dict[str, Any]:
        """Return whom they name."""
        return {"nominee": {"name": self.cleaned_data["name"], "address": self.cleaned_data["address"]}}


class Nothing(forms.Form):
    """What asks for nothing: one click."""

    cleaned_data: dict[str, Any]

    def wanted(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def said(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


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
