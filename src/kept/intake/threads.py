"""Which request a letter belongs to: by the letter of ours that it answers, or by the tag in its subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from kept.base.errors import Refused

from .addresses import bare_address
from .letter import Letter

__all__ = ["Match", "message_id", "ref_in", "subject_tag"]

REF: Final = r"[A-Za-z0-9]{12}"
TAG = re.compile(rf"\[request ({REF})\]")
OURS = re.compile(rf"kept\.({REF})\.[A-Za-z0-9\-]{{1,40}}@(.{{1,253}})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The request that a letter names, and how.

    `reference`: it answers a letter of ours by its Message-ID, so the writer has that letter, or somebody forwarded it to them.
    `tag`: the reference stands in the subject, which anybody can type who has once seen it. Neither says who the writer is: a
    letter joins a request only where its sender is one that the request knows, and by tag alone never without that.
    """

    ref: str
    by: Literal["reference", "tag"]


def message_id(ref: str, domain: str, turn: str = "0") -> str:
    """Return the Message-ID, with its brackets, of one letter about a request; `turn` tells the letters of a request apart.

    The same three give the same id, so that a letter sent a second time after a crash is the same letter to whoever receives it.
    Raises Refused for what is no reference, no domain or no turn.
    """
    written = f"kept.{ref}.{turn}@{domain}"
    if not OURS.match(written) or not bare_address(f"kept@{domain}"):
        raise Refused(
            "That makes no Message-ID", todo="Name a request by its 12 letters and digits, and the domain letters come from."
        )
    return f"<{written}>"


def subject_tag(ref: str) -> str:
    """Return what the subject of a letter about a request carries, for programs that drop the references of an answer."""
    return f"[request {ref}]"


def ref_in(letter: Letter, domain: str) -> Match | None:
    """Return the request that a letter belongs to, or None; `domain` is the one our letters come from.

    The letter it answers counts before the subject. A subject with the tags of two requests names none. A report that a letter
    did not arrive belongs where that letter does.
    """
    answered = [letter.bounce.message_id] if letter.bounce and letter.bounce.message_id else list(letter.answers())
    for one in answered:
        found = OURS.match(one)
        if found and found[2].lower() == domain.lower():
            return Match(ref=found[1], by="reference")
    tags = set(TAG.findall(letter.subject.reveal()))
    return Match(ref=tags.pop(), by="tag") if len(tags) == 1 else None
