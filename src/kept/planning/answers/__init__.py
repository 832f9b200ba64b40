"""Letters that answer a request, drafted from what the law wants in them. Pure: facts in, a text out.

`draft` asks every law that gives the right what an answer must contain, and fills each item from the policy and from what was
done. What cannot be filled is named, and nothing is sent (`Refused`).
"""

from __future__ import annotations

from .drafting import Draft, Item, draft
from .facts import Copy, Done, Facts, Letterhead, Processed, Rest, Told, facts_of
from .fillers import fillers
from .notices import extension, grounds, in_own_words, lift_notice, nothing_found, refusal, refused, remainder_gone, represented
from .saying import Saying, languages, saying

__all__ = [
    "Copy",
    "Done",
    "Draft",
    "Facts",
    "Item",
    "Letterhead",
    "Processed",
    "Rest",
    "Saying",
    "Told",
    "draft",
    "extension",
    "facts_of",
    "fillers",
    "grounds",
    "languages",
    "lift_notice",
    "nothing_found",
    "in_own_words",
    "refusal",
    "refused",
    "remainder_gone",
    "represented",
    "saying",
]
