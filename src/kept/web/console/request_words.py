"""What the console calls what belongs to a request: its steps, whom it waits for, its dates, orders, letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _noop

__all__ = ["CHANNELS", "DATES", "DOES", "LETTERS", "ORDERS", "STAGES", "STEPS", "STORES", "VERIFIED", "WAITS", "WAYS", "WHY"]

STAGES: Final[Mapping[str, str]] = {
    "verify": _noop("Establish that it is them"),
    "identify": _noop("Look up who it is in the stores"),
    "confirm": _noop("Confirm the new values"),
    "restrain": _noop("Stop uses at once"),
    "find": _noop("Find everything"),
    "collect": _noop("Put the export together"),
    "rectify": _noop("Write the new values"),
    "record": _noop("Record it"),
    "erase": _noop("Erase, and look again"),
    "processors": _noop("Ask the processors"),
    "certify": _noop("Sign the certificate"),
    "write": _noop("Write the answer"),
    "answer": _noop("Send the answer"),
}
STEPS: Final[Mapping[str, str]] = {
    "planned": _noop("to come"),
    "begun": _noop("under way"),
    "waiting": _noop("waits"),
    "done": _noop("done"),
    "failed": _noop("stopped, and tried again"),
}
WAITS: Final[Mapping[str, str]] = {
    "": _noop("the worker"),
    "person": _noop("the person"),
    "staff": _noop("us"),
    "store": _noop("a store"),
    "processor": _noop("a processor"),
    "time": _noop("a date"),
}
CHANNELS: Final[Mapping[str, str]] = {
    "centre": _noop("privacy centre"),
    "api": _noop("a program"),
    "email": _noop("e-mail"),
    "agent": _noop("an agent"),
    "staff": _noop("written down by staff"),
}
VERIFIED: Final[Mapping[str, str]] = {
    "": _noop("not yet"),
    "not-needed": _noop("not needed: nobody is to be asked"),
    "signed-in": _noop("signed in"),
    "link": _noop("by a link to an address that is held"),
    "points": _noop("by what is held about them"),
    "agent": _noop("an agent with a mandate"),
    "guardian": _noop("a guardian"),
    "staff": _noop("by staff"),
}
DATES: Final[Mapping[str, str]] = {
    "promised": _noop("Promised"),
    "strict": _noop("Strict"),
    "legal": _noop("Legal"),
    "acknowledge": _noop("Receipt confirmed by"),
}
STORES: Final[Mapping[str, str]] = {
    "": _noop("not begun"),
    "intended": _noop("under way"),
    "done": _noop("done, not looked at again yet"),
    "proved": _noop("done, and seen to be gone"),
}
ORDERS: Final[Mapping[str, str]] = {
    "new": _noop("not asked yet"),
    "sent": _noop("asked"),
    "accepted": _noop("accepted"),
    "done": _noop("done"),
    "refused": _noop("refused"),
    "unknown-person": _noop("does not know them"),
    "overdue": _noop("overdue"),
}
WHY: Final[Mapping[str, str]] = {
    "law": _noop("a law requires it"),
    "hold": _noop("a hold covers it"),
    "rule": _noop("the map keeps it"),
    "needed": _noop("somebody else's rows need it"),
}
DOES: Final[Mapping[str, str]] = {
    "deleted": _noop("deleted"),
    "anonymised": _noop("anonymised"),
    "emptied": _noop("emptied"),
    "kept for now": _noop("kept for now"),
    "shown": _noop("shown"),
    "shown in part": _noop("shown in part"),
}
LETTERS: Final[Mapping[str, str]] = {
    "request": _noop("Request"),
    "reply": _noop("Reply"),
    "bounce": _noop("Could not be delivered"),
    "automatic": _noop("Automatic reply"),
    "answer": _noop("Answer"),
    "acknowledgement": _noop("Confirmation of receipt"),
    "question": _noop("Question"),
    "notice": _noop("Notice"),
}
WAYS: Final[Mapping[str, str]] = {
    "link": _noop("a link to an address that is held"),
    "points": _noop("questions about what is held"),
    "agent": _noop("an agent's mandate"),
    "guardian": _noop("a guardian's word"),
}
