"""What staff fill in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from kept.base.roles import ROLES as KNOWN_ROLES
from kept.db.actions.answering import LONGEST_ANSWER
from kept.db.actions.answering import LONGEST_REASON as LONGEST_EXTENSION
from kept.db.actions.holds import LONGEST_GROUND, LONGEST_NAME, LONGEST_OWNER
from kept.db.actions.proposals import LONGEST_REASON
from kept.db.actions.viewings import LEAST_REASON
from kept.db.actions.viewings import LONGEST_REASON as LONGEST_WHY
from kept.db.grounds import Ground

from .words import ROLES, word

__all__ = [
    "AnswerForm",
    "ApproveForm",
    "EvidenceForm",
    "ExtendForm",
    "FindForm",
    "HoldForm",
    "InviteForm",
    "PlanForm",
    "ReasonForm",
    "RefuseForm",
    "RefusePlanForm",
    "ReviewForm",
    "RoleForm",
    "SoughtForm",
]

LONGEST_TERM = 200
LONGEST_CHOICE = 110
Choices: TypeAlias = Iterable[tuple[str, str]]
translated = lazy(word, str)


class EvidenceForm(forms.Form):
    """Where the evidence can be read that something was done."""

    evidence = forms.CharField(
        label=_("Evidence"),
        help_text=_("Where it can be read: a ticket, a document, an address. No personal data."),
        max_length=LONGEST_REASON,
    )


class PlanForm(forms.Form):
    """How careful a plan is to be."""

    share = forms.IntegerField(
        label=_("Largest share of a table, in percent"),
        help_text=_("Leave it empty for the safety share that kept.toml sets."),
        min_value=1,
        max_value=100,
        required=False,
    )


class ApproveForm(forms.Form):
    """What somebody says who approves a plan."""

    why = forms.CharField(
        label=_("A word to it"), widget=forms.Textarea(attrs={"rows": 2}), max_length=LONGEST_REASON, required=False
    )


class RefusePlanForm(forms.Form):
    """Why a plan is refused."""

    why = forms.CharField(label=_("Why not"), widget=forms.Textarea(attrs={"rows": 2}), max_length=LONGEST_REASON)


class AnswerForm(forms.Form):
    """What a person is told at the end of their request."""

    answer = forms.CharField(
        label=_("Answer"),
        help_text=_("The person reads this in their privacy centre."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LONGEST_ANSWER,
    )


class RefuseForm(AnswerForm):
    """Why a request is refused, on a ground that its laws have."""

    ground = forms.ChoiceField(label=_("Ground"))
    field_order = ("ground", "answer")

    def __init__(self, *args: Any, grounds: Iterable[Ground] = (), **named: Any) -> None:
        """Offer these grounds, and say what the text is for."""
        super().__init__(*args, **named)
        choice = self.fields["ground"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(one.id, _ground(one)) for one in grounds]
        self.fields["answer"].label = _("What the person reads beside it")
        self.fields["answer"].help_text = _("How to complain, to which authority, and the contact are added by themselves.")


class ExtendForm(forms.Form):
    """Why an answer takes longer."""

    reason = forms.CharField(
        label=_("Why does it take longer?"),
        help_text=_("The person is told this at once. No data of theirs."),
        max_length=LONGEST_EXTENSION,
    )


class SoughtForm(forms.Form):
    """Which of the waiting requests to show."""

    right = forms.ChoiceField(label=_("Right"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), ("received", _("New")), ("working", _("Being worked on"))]
    )
    waits_on = forms.ChoiceField(label=_("Waits for"), required=False)

    def __init__(self, *args: Any, rights: Choices, waits: Choices, **named: Any) -> None:
        """Offer these rights, and whom a request may wait for."""
        super().__init__(*args, **named)
        for name, offered in (("right", rights), ("waits_on", waits)):
            choice = self.fields[name]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [("", _("All")), *offered]


class ReviewForm(forms.Form):
    """When a hold is to be looked at again."""

    review = forms.DateField(
        label=_("Look at it again on"),
        help_text=_("Year, month and day: 2027-06-30."),
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class HoldForm(ReviewForm):
    """A hold to be placed."""

    name = forms.SlugField(
        label=_("Short name"),
        help_text=_("Small letters, digits and hyphens. No person's name: the ledger keeps it for good."),
        max_length=LONGEST_NAME,
    )
    ground = forms.CharField(label=_("Ground"), help_text=_("The law, or the matter's number."), max_length=LONGEST_GROUND)
    owner = forms.CharField(label=_("Owner"), help_text=_("The role that answers for it."), max_length=LONGEST_OWNER)
    tables = forms.MultipleChoiceField(
        label=_("Tables"), help_text=_("It covers these and nothing else."), widget=forms.SelectMultiple(attrs={"size": 6})
    )
    column = forms.ChoiceField(label=_("People, by"), required=False)
    keys = forms.CharField(
        label=_("Their keys"),
        help_text=_("One a line. Without any, it covers every row of these tables."),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("name", "ground", "owner", "review", "tables", "column", "keys")

    def __init__(self, *args: Any, tables: Iterable[str], columns: Iterable[str], **named: Any) -> None:
        """Offer the tables of the map, and the columns that hold people's keys."""
        super().__init__(*args, **named)
        for name, offered in (("tables", tables), ("column", columns)):
            choice = self.fields[name]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [(one, one) for one in offered]

    @property
    def subjects(self) -> dict[str, list[str]]:
        """The people that were named, by the column that holds their keys."""
        keys = [line.strip() for line in self.cleaned_data["keys"].splitlines() if line.strip()]
        return {self.cleaned_data["column"]: keys} if keys else {}


class FindForm(forms.Form):
    """Whom to look for."""

    by = forms.ChoiceField(
        label=_("Look by"),
        choices=[("email", _("E-mail address")), ("phone", _("Telephone number")), ("number", _("Account number"))],
    )
    term = forms.CharField(
        label=_("Identifier"),
        help_text=_("It is sealed on its way to the stores and forgotten afterwards."),
        max_length=LONGEST_TERM,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ReasonForm(forms.Form):
    """Why a person's data is opened."""

    reason = forms.CharField(
        label=_("Why must you see this?"),
        help_text=_("The person reads it, with your role and the time, never your name."),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=LEAST_REASON,
        max_length=LONGEST_WHY,
    )


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(label=_("Role"), choices=[(code, translated(ROLES, code)) for code in KNOWN_ROLES])


class InviteForm(RoleForm):
    """Somebody new on the staff."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("They sign in with a code that is sent there."))
    field_order = ("email", "role")


def _ground(one: Ground) -> str:
    """Return a ground as staff choose it: in the law's words, with where it stands."""
    text = one.text if len(one.text) <= LONGEST_CHOICE else f"{one.text[: LONGEST_CHOICE - 1]}…"
    return f"{text} — {one.law}, {one.citation}" if one.law else text
