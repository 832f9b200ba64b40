"""What every right is: a value that says which stages its requests go through, and by which names the laws give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["AFTER_ANSWER", "Restrains", "Right", "Stage"]

Stage: TypeAlias = Literal[
    "verify",
    "identify",
    "confirm",
    "restrain",
    "find",
    "collect",
    "rectify",
    "record",
    "erase",
    "processors",
    "certify",
    "write",
    "answer",
]
"""A stage of a request, each a file in `kept.workflows.steps`. `write` waits for staff to write the answer, `answer` drafts and
sends it."""

Restrains: TypeAlias = Literal["", "restricted", "objects", "withdrew", "opted-out", "limited", "erasing"]
"""What a right takes away from the company at once (see `kept.db.models.restraint`)."""

AFTER_ANSWER = ""
"""The stage of a request that has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right.

    `law` names it as the files of `kept.jurisdictions` do; the first that a law gives counts. `verified` is False where a law
    forbids to ask who somebody is (opt-outs, Cal. Code Regs. tit. 11 § 7060(b)), or nothing is given out that could be anybody's.
    `asks` are what a request needs besides: purposes, changes, nominee. `orders` is what processors are asked for; empty: nothing.
    """

    code: str
    title: str
    says: str
    law: tuple[str, ...]
    stages: tuple[Stage, ...]
    verified: bool = True
    restrains: Restrains = ""
    asks: tuple[str, ...] = ()
    orders: str = ""

    def resumed(self, stage: str) -> str:
        """Return the stage to go on at: the one a request is at, or the first where this right has no such stage any more.

        What is done already is found done, so that beginning again is safe.
        """
        return stage if stage in self.stages else self.stages[0]

    def after(self, stage: str) -> str:
        """Return the stage that follows another; the first one after an empty text, an empty text after the last."""
        if not stage:
            return self.stages[0]
        names: list[str] = list(self.stages)
        at = names.index(self.resumed(stage)) + 1
        return self.stages[at] if at < len(self.stages) else AFTER_ANSWER
