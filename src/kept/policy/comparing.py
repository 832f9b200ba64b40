"""Two or more texts of a policy beside each other: clause by clause, and within a clause word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias

from .clauses import Clause

__all__ = ["Change", "ClauseChange", "Piece", "Wording", "compare", "flowing", "pieces_of", "wordings"]

Change: TypeAlias = Literal["added", "removed", "reworded", "unchanged"]

WORD = re.compile(r"\s+|\w+|[^\w\s]")
LINE = re.compile(r"[^\n]*\n|[^\n]+")
LINE_END = re.compile(r"(?<=\S)\n(?![\s*+|>#`~-]|\d+[.)]|\Z)")
"""The end of a line inside a paragraph, which Markdown shows as a space."""
MOST_WORDS = 2_000_000
"""Words of the old text times words of the new one; texts past it are compared line by line, which takes less time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A clause as one text of the policy has it."""

    id: str
    title: str
    version: int
    effective: date
    material: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of words that both texts have, or that only the new one has, or only the old one had."""

    kind: Literal["kept", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseChange:
    """What became of one clause; `before` or `after` is None where it was not there.

    `material` says that what is promised changed: as the clause says of itself, and always where one was taken out.
    """

    id: str
    change: Change
    before: Wording | None
    after: Wording | None
    material: bool

    @property
    def title(self) -> str:
        """What it is called now, or was called last."""
        now = self.after or self.before
        return now.title if now else ""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The text word by word; where its lines break does not count."""
        return pieces_of(flowing(self.before.text if self.before else ""), flowing(self.after.text if self.after else ""))

    @property
    def title_pieces(self) -> tuple[Piece, ...]:
        """The title word by word."""
        return pieces_of(self.before.title if self.before else "", self.after.title if self.after else "")


def wordings(clauses: Sequence[Clause]) -> tuple[Wording, ...]:
    """Return the clauses of a policy without their places in its files."""
    return tuple(
        Wording(
            id=one.id, title=one.title, version=one.version, effective=one.effective, material=one.material, text=one.text.strip()
        )
        for one in clauses
    )


def compare(texts: Sequence[Sequence[Wording]]) -> tuple[ClauseChange, ...]:
    """Return what became of each clause between the first text and the last, in the order of the last.

    Texts between them count for one thing: a change is material if any step on the way was. A clause that was taken out stands
    behind the one it followed. Raises ValueError where no text is given.
    """
    if not texts:
        raise ValueError("there is nothing to compare")
    old, new = _by_id(texts[0]), _by_id(texts[-1])
    material = {id for before, after in pairwise(map(_by_id, texts)) for id in _material(before, after)}
    return tuple(_changed(old.get(id), new.get(id), id in material) for id in _order(old, new))


def _by_id(text: Sequence[Wording]) -> dict[str, Wording]:
    return {one.id: one for one in text}


def _material(before: Mapping[str, Wording], after: Mapping[str, Wording]) -> Iterator[str]:
    yield from before.keys() - after.keys()
    yield from (id for id, one in after.items() if one.material and _differs(before.get(id), one))


def _differs(before: Wording | None, after: Wording | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (before.title, flowing(before.text)) != (after.title, flowing(after.text))


def flowing(text: str) -> str:
    """Return Markdown with each paragraph on one line."""
    return LINE_END.sub(" ", text)


def _order(old: Mapping[str, Wording], new: Mapping[str, Wording]) -> list[str]:
    order = list(new)
    for before, id in pairwise(["", *old]):
        if id not in new:
            order.insert(order.index(before) + 1 if before in order else 0, id)
    return order


def _changed(before: Wording | None, after: Wording | None, material: bool) -> ClauseChange:
    known = after or before
    if known is None:
        raise ValueError("a clause that is in neither text")
    change: Change = "added" if before is None else "removed" if after is None else "reworded"
    change = change if _differs(before, after) else "unchanged"
    return ClauseChange(id=known.id, change=change, before=before, after=after, material=material and change != "unchanged")


@lru_cache(maxsize=512)
def pieces_of(old: str, new: str) -> tuple[Piece, ...]:
    """Return two texts as pieces: kept and removed ones joined give the old text, kept and added ones the new."""
    before, after = WORD.findall(old), WORD.findall(new)
    if len(before) * len(after) > MOST_WORDS:
        before, after = LINE.findall(old), LINE.findall(new)
    found: list[Piece] = []
    for what, from_old, to_old, from_new, to_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece(kind="kept", text="".join(before[from_old:to_old])))
            continue
        if to_old > from_old:
            found.append(Piece(kind="removed", text="".join(before[from_old:to_old])))
        if to_new > from_new:
            found.append(Piece(kind="added", text="".join(after[from_new:to_new])))
    return tuple(_joined(found))


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield each run of changes as one piece removed and one added, over the spaces between changed words."""
    old = new = ""
    for at, piece in enumerate(pieces):
        changed_around = bool(old or new) and at + 1 < len(pieces)
        if piece.kind == "kept" and (piece.text.strip() or not changed_around):
            yield from _change(old, new)
            yield piece
            old = new = ""
            continue
        old += piece.text if piece.kind != "added" else ""
        new += piece.text if piece.kind != "removed" else ""
    yield from _change(old, new)


def _change(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece(kind="removed", text=old)
    if new:
        yield Piece(kind="added", text=new)
