"""What staff fill in at a request beside its answer: whose it is, which right it is, new values, what a processor wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import Any, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

from kept.db.actions.orders import LONGEST_WORDS
from kept.db.actions.requests import LONGEST_NOTE
from kept.db.actions.restraints import LONGEST_WHY
from kept.db.actions.verifying import LONGEST_POINT, MOST_POINTS
from kept.web.shared.particulars import LONGEST_VALUE, Correctable

__all__ = [
    "AssignForm",
    "ChangesForm",
    "EstablishForm",
    "LiftForm",
    "NewForm",
    "OrderForm",
    "PersonForm",
    "QuestionsForm",
    "RightForm",
]

Choices: TypeAlias = Iterable[tuple[str, str]]


class _Offering(forms.Form):
    """A form with one choice of what is offered when it is made."""

    offers = ""

    def __init__(self, *args: Any, offered: Choices = (), **named: Any) -> None:
        """Offer these."""
        super().__init__(*args, **named)
        choice = self.fields[self.offers]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(offered)


class RightForm(_Offering):
    """Which right a letter asks for."""

    offers = "right"
    right = forms.ChoiceField(label=_("What do they ask for?"), help_text=_("Its time runs from when it was received."))


class PersonForm(_Offering):
    """Which of those who were found a request is about."""

    offers = "subject"
    subject = forms.ChoiceField(label=_("Who is it?"), widget=forms.RadioSelect)


class AssignForm(_Offering):
    """To whom a request is given."""

    offers = "to"
    to = forms.ChoiceField(label=_("Colleague"))


class QuestionsForm(forms.Form):
    """How many questions the person is to be asked."""

    number = forms.TypedChoiceField(
        label=_("How many questions"),
        help_text=_("About what is held of them, beside the link. Only where you have a reason to doubt who it is."),
        choices=[(number, str(number)) for number in range(1, MOST_POINTS + 1)],
        coerce=int,
    )


class EstablishForm(forms.Form):
    """How staff established whose request it is."""

    why = forms.CharField(
        label=_("How did you establish it?"),
        help_text=_("What you saw or whom you spoke with; it is kept sealed. No copy of a document."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST_POINT,
    )


class LiftForm(forms.Form):
    """Why a restriction ends."""

    why = forms.CharField(
        label=_("Why does it end?"),
        help_text=_("The person is told now, with this reason and the day; it is lifted a week later."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST_WHY,
    )
    told = forms.DateField(
        label=_("Or: on which day did you tell them yourself?"),
        help_text=_("By post or telephone: 2027-06-30. No letter is written then, and it is lifted a week after that day."),
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        required=False,
    )


class OrderForm(forms.Form):
    """What a processor answered to a letter."""

    state = forms.ChoiceField(label=_("It says"), choices=[("done", _("It is done")), ("refused", _("It will not do it"))])
    note = forms.CharField(label=_("What it wrote"), widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_WORDS)


class ChangesForm(forms.Form):
    """New values, one field a column that can be put right; those left empty stay as they are."""

    def __init__(self, *args: Any, columns: Sequence[Correctable] = (), **named: Any) -> None:
        """Offer these columns."""
        super().__init__(*args, **named)
        for one in columns:
            self.fields[one.column] = forms.CharField(
                label=one.title,
                required=False,
                max_length=LONGEST_VALUE,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean(self) -> dict[str, Any]:
        """Want one new value at least."""
        super().clean()
        if not self.errors and not self.changes:
            raise forms.ValidationError(_("Enter one new value at least."))
        return self.cleaned_data

    @property
    def changes(self) -> dict[str, str]:
        """The new values, by column."""
        return {column: value for column, value in self.cleaned_data.items() if value}


class NewForm(_Offering):
    """A request of somebody who called or wrote a letter."""

    offers = "right"
    right = forms.ChoiceField(label=_("What do they ask for?"))
    account = forms.CharField(
        label=_("Reference of their account"),
        help_text=_("Where they have an account here. Otherwise give an address."),
        required=False,
        max_length=12,
    )
    address = forms.EmailField(
        label=_("E-mail address"), help_text=_("We ask there whether it is their request."), required=False, max_length=254
    )
    received = forms.DateField(
        label=_("Received on"),
        help_text=_("Year, month and day: 2027-06-30. The time runs from that day."),
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("What they said or wrote"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=LONGEST_NOTE
    )

    def clean(self) -> dict[str, Any]:
        """Want an account or an address, and not both."""
        said = super().clean() or self.cleaned_data
        if not self.errors and bool(said.get("account")) == bool(said.get("address")):
            raise forms.ValidationError(_("Give the reference of their account, or an address: one of the two."))
        return said

    def received_at(self, zone: tzinfo) -> datetime:
        """Return when it came: the begin of the day there, which favours the person; a day to come is for the action to refuse."""
        return datetime.combine(self.cleaned_data["received"], time(), zone).astimezone(UTC)
