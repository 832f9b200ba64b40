"""The manual page of every kind of promise: its docstring and its keys."""

from __future__ import annotations

from typing import Any

from kept.promises.registry import terms
from tools.reference.markdown import page as whole
from tools.reference.markdown import prose
from tools.reference.records import keys_table, records_in

__all__ = ["ABOUT", "TITLE", "page"]

TITLE = "Promises"
ABOUT = "what a clause can promise in `promises.yaml`, when that is kept and broken, and what mends it"


def page() -> str:
    """Return the page. `kept explain CODE` prints one section of it."""
    known = terms()
    listed = "\n".join(f"- [{code}](#{code}): {kind.title}" for code, kind in known.items())
    about = "Each is written under a clause in `promises.yaml`, with `promise:` and its code. `kept explain CODE` prints one.\n\n"
    return whole(TITLE, about + listed, (_section(kind) for kind in known.values()))


def _section(kind: type[Any]) -> str:
    parts = [f"## {kind.code}", f"*{kind.title}.* Rests on: {kind.law}.", prose(kind.__doc__), keys_table(kind)]
    for inner in records_in(kind):
        parts += [f"### {inner.__name__}", prose(inner.__doc__), keys_table(inner)]
    return "\n\n".join(parts)
