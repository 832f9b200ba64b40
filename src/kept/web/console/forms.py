"""What staff fill in."""

from __future__ import annotations

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from kept.base.roles import ROLES as KNOWN_ROLES
from kept.db.actions.answering import GROUNDS as KNOWN_GROUNDS
from kept.db.actions.answering import LONGEST_ANSWER
from kept.db.actions.proposals import LONGEST_REASON
from kept.db.actions.viewings import LEAST_REASON
from kept.db.actions.viewings import LONGEST_REASON as LONGEST_WHY

from .words import GROUNDS, ROLES, word

__all__ = [
    "AnswerForm",
    "ApproveForm",
    "EvidenceForm",
    "FindForm",
    "InviteForm",
    "PlanForm",
    "ReasonForm",
    "RefuseForm",
    "RefusePlanForm",
    "RoleForm",
]

LONGEST_TERM = 200
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
    """Why a request is refused."""

    ground = forms.ChoiceField(label=_("Ground"), choices=[(code, translated(GROUNDS, code)) for code in KNOWN_GROUNDS])
    field_order = ("ground", "answer")

    def __init__(self, *args: object, **named: object) -> None:
        """Say what the text is for."""
        super().__init__(*args, **named)  # type: ignore[arg-type]  # handed on as they came
        self.fields["answer"].label = _("What the person reads beside it")
        self.fields["answer"].help_text = _("Say what they can do now, and that they may complain to a supervisory authority.")


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
