"""What the console calls things: changes of a plan, states, rights, roles, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop
from django.utils.translation import ngettext

from kept.base.changes import (
    Anonymise,
    Change,
    Coarsen,
    DeleteRows,
    DropPartition,
    Null,
    Redact,
    Revoke,
    RotateKeys,
    SealColumn,
    UnsealColumn,
)

__all__ = [
    "ALLOWED",
    "BASES",
    "ERASURES",
    "FACTORS",
    "MARKS",
    "PROPOSALS",
    "REQUESTS",
    "RIGHTS",
    "ROLES",
    "SOURCES",
    "STEPS",
    "change_words",
    "word",
]

NAMED = 2
"""How many kinds a step names before it only counts them."""

MARKS: Final[Mapping[str, str]] = {
    "kept": _noop("Kept"),
    "broken": _noop("Broken"),
    "unknown": _noop("Unknown"),
    "none": _noop("Not checked"),
}
STEPS: Final[Mapping[str, str]] = {
    "planned": _noop("not begun"),
    "intended": _noop("under way"),
    "done": _noop("done"),
    "failed": _noop("stopped"),
}
PROPOSALS: Final[Mapping[str, str]] = {
    "proposed": _noop("Waits for a decision"),
    "approved": _noop("Approved"),
    "refused": _noop("Refused"),
    "applied": _noop("Applied"),
}
REQUESTS: Final[Mapping[str, str]] = {
    "received": _noop("New"),
    "working": _noop("Being worked on"),
    "answered": _noop("Answered"),
    "refused": _noop("Refused"),
    "withdrawn": _noop("Taken back"),
}
RIGHTS: Final[Mapping[str, str]] = {
    "access": _noop("Access: what is held, and a copy"),
    "portability": _noop("Portability: everything in a form to take along"),
    "rectification": _noop("Rectification: something is wrong"),
    "erasure": _noop("Erasure: delete everything"),
    "restriction": _noop("Restriction: stop using it for now"),
    "objection": _noop("Objection to a use"),
    "withdrawal": _noop("Withdrawal of a consent"),
    "opt-out": _noop("Opt-out of sale and sharing"),
    "limit": _noop("Limit of sensitive data"),
    "nomination": _noop("Nomination of somebody"),
    "complaint": _noop("Complaint"),
    "contact": _noop("Question"),
}
ROLES: Final[Mapping[str, str]] = {
    "owner": _noop("Owner"),
    "privacy-officer": _noop("Privacy officer"),
    "engineer": _noop("Engineer"),
    "support": _noop("Support"),
    "auditor": _noop("Auditor"),
}
ALLOWED: Final[Mapping[str, str]] = {
    "board.read": _noop("See the board"),
    "check.run": _noop("Run a check"),
    "policy.publish": _noop("Publish the policy"),
    "map.read": _noop("See the map"),
    "plan.read": _noop("See plans"),
    "plan.propose": _noop("Make plans, and show tasks done"),
    "plan.approve": _noop("Approve plans of others"),
    "ledger.read": _noop("Read the ledger"),
    "hold.read": _noop("See holds"),
    "hold.change": _noop("Place, review and lift holds"),
    "request.read": _noop("See that requests wait"),
    "request.work": _noop("Read and answer requests"),
    "person.find": _noop("Find a person"),
    "person.open": _noop("Open a person, with a reason"),
    "staff.read": _noop("See who is on the staff"),
    "staff.change": _noop("Change who is on the staff"),
    "settings.read": _noop("See the settings"),
    "key.manage": _noop("Manage keys of the API"),
    "gate.ask": _noop("Ask the gate whether a use may happen"),
}
FACTORS: Final[Mapping[str, str]] = {
    "totp": _noop("Codes from an app"),
    "webauthn": _noop("Passkey"),
    "sign-on": _noop("The company's sign-on"),
}
SOURCES: Final[Mapping[str, str]] = {
    "direct": _noop("People themselves"),
    "automatic": _noop("Noted by itself"),
    "integration": _noop("Integration"),
    "": _noop("Not declared"),
}
BASES: Final[Mapping[str, str]] = {
    "consent": _noop("consent"),
    "contract": _noop("contract"),
    "legal-obligation": _noop("legal obligation"),
    "vital-interests": _noop("vital interests"),
    "public-task": _noop("public task"),
    "legitimate-interests": _noop("legitimate interests"),
}
ERASURES: Final[Mapping[str, str]] = {
    "delete": _noop("deleted"),
    "anonymise": _noop("anonymised"),
    "null": _noop("emptied"),
    "keep": _noop("left as it is"),
}


def word(words: Mapping[str, str], code: str) -> str:
    """Return the word for a code in the page's language; the code itself where there is none."""
    return _(words[code]) if words.get(code) else code


def change_words(change: Change) -> str:
    """Return a change in a few words, without its numbers."""
    match change:
        case DeleteRows():
            return _("Delete rows")
        case Null(columns=columns):
            return _("Empty %(columns)s") % {"columns": ", ".join(columns)}
        case Anonymise(columns=columns):
            return _("Anonymise %(columns)s") % {"columns": ", ".join(columns)}
        case Coarsen(column=column, kind=kind):
            return _("Coarsen %(column)s (%(kind)s)") % {"column": column, "kind": kind}
        case Redact(column=column, kinds=kinds):
            few = ", ".join(kinds) if len(kinds) <= NAMED else ngettext("%(n)d kind", "%(n)d kinds", len(kinds)) % {"n": len(kinds)}
            return _("Redact %(kinds)s in %(column)s") % {"kinds": few, "column": column}
        case SealColumn(column=column):
            return _("Seal %(column)s") % {"column": column}
        case UnsealColumn(column=column):
            return _("Unseal %(column)s") % {"column": column}
        case RotateKeys(finish=finish):
            return _("Finish the rotation of keys") if finish else _("Rotate the keys")
        case DropPartition(partition=partition):
            return _("Drop partition %(name)s") % {"name": partition}
        case Revoke(role=role, right=right):
            return _("Take %(right)s away from %(role)s") % {"right": right, "role": role}
