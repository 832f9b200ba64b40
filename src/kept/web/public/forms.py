"""The forms of somebody who asks without an account. None of them takes a file, and none asks for a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from kept.base.names import Column
from kept.db.actions.requests import LONGEST_NOTE
from kept.db.actions.taking_in import is_reachable
from kept.db.actions.verifying import LONGEST_POINT
from kept.policy.policy import Policy
from kept.rights.registry import rights
from kept.web.shared.categories import category_words

__all__ = ["AskInPublic", "Points"]

OFFERED: Final = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "opt-out",
    "limit",
    "nomination",
    "complaint",
    "contact",
)
BY_SIGNAL: Final = ("opt-out", "limit")
"""Rights for which a browser's signal is enough (11 CCR 7025): no address has to be given."""
FOR_WHOM: Final = (
    ("", gettext_lazy("For myself")),
    ("agent", gettext_lazy("For somebody who asked me to")),
    ("guardian", gettext_lazy("For somebody whose guardian I am")),
)


class AskInPublic(forms.Form):
    """A request of somebody who is not signed in: which right, and where the answer goes."""

    right = forms.ChoiceField(label=gettext_lazy("What do you want?"))
    address = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Where our answer goes. Give the one that we know you by."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    note = forms.CharField(
        label=gettext_lazy("What should we know?"),
        help_text=gettext_lazy("Leave it empty if there is nothing to add. Write no passwords."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    whom = forms.ChoiceField(label=gettext_lazy("For whom do you ask?"), choices=FOR_WHOM, required=False)
    person = forms.CharField(
        label=gettext_lazy("Their e-mail address"),
        help_text=gettext_lazy("Only if you ask for somebody else. We write to them, so that they can confirm it."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, signal: bool = False, **more: Any) -> None:
        """Offer the rights; `signal` says that the browser sends Global Privacy Control."""
        super().__init__(*args, **more)
        self.signal = signal
        choice = self.fields["right"]
        assert isinstance(choice, forms.ChoiceField)
        known = rights()
        choice.choices = [(code, gettext(known[code].title)) for code in OFFERED if code in known]

    def clean_address(self) -> str:
        """Return the address, one to which letters can be sent, or nothing."""
        return _address(self.cleaned_data["address"])

    def clean_person(self) -> str:
        """Return the other person's address, or nothing."""
        return _address(self.cleaned_data["person"])

    def clean(self) -> dict[str, Any]:
        """Ask for an address, except where the browser's own signal is enough."""
        found = super().clean() or {}
        by_signal = self.signal and found.get("right") in BY_SIGNAL
        if not found.get("address") and "address" not in self.errors and not by_signal:
            self.add_error("address", gettext("Write the address that our answer is to go to."))
        return found


class Points(forms.Form):
    """Questions about what may be held: one field a column, named by its position, so that the page names no table."""

    def __init__(self, *args: Any, columns: Sequence[str], policy: Policy, **more: Any) -> None:
        """Ask for these columns."""
        super().__init__(*args, **more)
        self.columns = tuple(columns)
        for number, column in enumerate(self.columns):
            self.fields[f"point-{number}"] = forms.CharField(
                label=_asked(column, policy),
                required=False,
                max_length=LONGEST_POINT,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @property
    def answers(self) -> dict[str, str]:
        """What was answered, by column; of a form that is valid."""
        return {column: self.cleaned_data.get(f"point-{number}", "") for number, column in enumerate(self.columns)}


def _address(text: str) -> str:
    address = text.strip()
    if address and not is_reachable(address):
        raise forms.ValidationError(gettext("Write one e-mail address, such as name@example.org."))
    return address


def _asked(name: str, policy: Policy) -> str:
    """Return what a column is called in a question: its category in plain words."""
    column = Column.parse(name)
    mapped = policy.table(column.table)
    entry = mapped.map.fields.get(column.name) if mapped else None
    return capfirst(category_words(entry.category) if entry else column.name)
