"""A company whose policy says everything that an answer can need, and what was done for somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kept.base.periods import Period
from kept.planning.answers import Copy, Done, Facts, Processed, Rest, Told, facts_of
from kept.policy.load import load
from kept.policy.policy import Policy
from kept.policy.settings import AnswerSettings
from kept.promises.registry import terms

ON = date(2026, 11, 27)
LATER = date(2028, 1, 1)
"""A day on which every right of every law file is in force."""
RECEIVED = date(2026, 11, 3)
CONTACT = "privacy@aurigen.example"
WORDS = "We have looked into it, and mended the form."
SAID = AnswerSettings(backups=Period(hours=35 * 24), decisions="none", sold="none")
FULL = Done(
    rows=42,
    tables=(Processed(what="People with an account.", rows=1), Processed(what="What people ask.", rows=41)),
    keys=1,
    kept=(Rest(what="Invoices.", why="law", rule="Fiscal Code § 147", rows=3, until=date(2033, 1, 1)),),
    told=(Told(name="Lanternpost ApS", state="done"),),
    certified=True,
    copy=Copy(until=date(2026, 12, 11), link="https://privacy.aurigen.example/ask/follow/secret/"),
    columns=1,
    words=WORDS,
)


@cache
def example() -> Policy:
    """Return the example company's policy as it stands."""
    return load(Path(__file__).parents[3] / "examples" / "aurigen" / "privacy", terms())


def policy(**said: Any) -> Policy:
    """Return the example company's policy; `said` are other `[answers]`."""
    read = example()
    return replace(read, settings=replace(read.settings, answers=replace(SAID, **said)))


def facts(done: Done = FULL, said: Mapping[str, Any] | None = None, **more: Any) -> Facts:
    """Return what an answer can say; `more` are other facts."""
    found = facts_of(policy(**(said or {})), ref="abcdefghijkl", received=RECEIVED, on=ON, done=done)
    return replace(found, **more)
