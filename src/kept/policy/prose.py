"""`policy.md`: prose in clauses, each headed by a block that gives its id, its version and the day it takes effect.

    ---
    id: "5.2"
    version: 2
    effective: 2026-01-01
    ---
    ## How long we keep telemetry

    Twelve months.

The document opens with such a block of its own (title, version, effective). A `---` that draws a line in the prose stays
prose, and so does everything inside a code fence or an HTML comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeVar

from typing_extensions import Doc

from kept.base.errors import Place, PolicyError

from .clauses import Clause
from .decode import decode
from .tree import Node, key_place, shown, value_place, wrong
from .yaml_tree import read_yaml

__all__ = ["ClauseHead", "DocumentHead", "Prose", "read_prose"]

T = TypeVar("T")

KNOWN = frozenset({"id", "version", "effective", "title", "material"})
KEY_LINE = re.compile(r"([A-Za-z_]+)\s*:(?:\s|$)")
KEY_LIKE = re.compile(r"\s*(?:#.*|[A-Za-z_-]+\s*:.*)?$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
CLAUSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHead:
    """The block at the top of `policy.md`."""

    title: Annotated[str, Doc("What the policy is called.")]
    version: Annotated[str, Doc("Its version, as people see it.")]
    effective: Annotated[date, Doc("The day it takes effect.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseHead:
    """The block at the top of a clause."""

    id: Annotated[str, Doc('What people see behind the § sign, in quotes: "5.2".')]
    version: Annotated[int, Doc("A whole number that goes up whenever the wording changes.")]
    effective: Annotated[date, Doc("The day this wording takes effect.")]
    title: Annotated[str, Doc("The clause's title; its first heading where nothing is said.")] = ""
    material: Annotated[bool, Doc("Whether this wording changes what is promised; false for a comma or a clearer word.")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """`policy.md` as a whole; `introduction` is what stands before the first clause."""

    head: DocumentHead
    introduction: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A front-matter block and the prose behind it. Lines count from 0 here."""

    start: int
    head: str
    prose: tuple[str, ...]


def read_prose(text: str, file: str, errors: list[PolicyError]) -> Prose | None:
    """Return the document, or None where it cannot be read; what is wrong is added to `errors`."""
    before = len(errors)
    if not text.strip():
        errors.append(
            wrong(
                Place(file=file, line=1, column=1),
                "the file is empty",
                "Run `kept init` in an empty folder to see what belongs here.",
            )
        )
        return None
    try:
        blocks = _blocks(text.split("\n"), file)
    except PolicyError as error:
        errors.append(error)
        return None
    head = _head(blocks[0], DocumentHead, file, errors)
    clauses = [clause for block in blocks[1:] if (clause := _clause(block, file, errors))]
    if not blocks[1:] and len(errors) == before:
        todo = "Begin each clause with a block of id, version and effective between two lines of ---."
        errors.append(wrong(Place(file=file), "the policy has no clause", todo))
    _refuse_duplicates(clauses, errors)
    if head is None or len(errors) > before:
        return None
    introduction = "\n".join(blocks[0].prose).strip()
    return Prose(head=head[0], introduction=introduction, clauses=tuple(clauses))


def _blocks(lines: list[str], file: str) -> list[_Block]:
    """Cut the document at its blocks. Raises PolicyError where a block, a code fence or a comment is never closed."""
    first = next(number for number, line in enumerate(lines) if line.strip())
    if not _is_rule(lines[first]):
        todo = "Begin the file with a block of title, version and effective between two lines of ---."
        raise wrong(Place(file=file, line=first + 1, column=1), "the document's own block is missing", todo)
    starts = [(first, _closing(lines, first, file))]
    for number in _outside_code(lines, starts[0][1] + 1, file):
        above = starts[-1][1]
        if number > above and _opens_block(lines, number, after_block=number == above + 1):
            starts.append((number, _closing(lines, number, file)))
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    return [
        _Block(start=start, head="\n".join(lines[start + 1 : close]), prose=tuple(lines[close + 1 : end]))
        for (start, close), end in zip(starts, ends, strict=True)
    ]


def _is_rule(line: str) -> bool:
    return line.rstrip() == "---"


def _closing(lines: list[str], start: int, file: str) -> int:
    for number in range(start + 1, len(lines)):
        if _is_rule(lines[number]):
            return number
    place = Place(file=file, line=start + 1, column=1)
    raise wrong(place, "the block that begins here is not closed", "Put a line of --- below its last key.")


def _outside_code(lines: list[str], start: int, file: str) -> Iterator[int]:
    """Yield the numbers of the lines that are neither in a code fence nor in an HTML comment."""
    until = ""
    opened = start
    for number in range(start, len(lines)):
        line = lines[number]
        if until:
            closes = until in line if until == "-->" else bool(re.match(rf" {{0,3}}{re.escape(until)}+[ \t]*$", line))
            until = "" if closes else until
            continue
        fence = FENCE.match(line)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            until, opened = fence[1], number
        elif line.lstrip().startswith("<!--") and "-->" not in line:
            until, opened = "-->", number
        else:
            yield number
    if until:
        place = Place(file=file, line=opened + 1, column=1)
        what = "comment" if until == "-->" else "code fence"
        raise wrong(place, f"the {what} that begins here is never closed", f"Close it with {until}, or the clauses below are lost.")


def _opens_block(lines: list[str], number: int, *, after_block: bool) -> bool:
    """Return whether a `---` begins a block, rather than drawing a line or underlining a heading.

    Directly below text only an `id` among the keys makes it a block: a clause whose blank line was forgotten must not be lost.
    """
    first = KEY_LINE.match(lines[number + 1]) if number + 1 < len(lines) else None
    if first is None or not _is_rule(lines[number]):
        return False
    keys = _keys_up_to_rule(lines, number + 1) | {first[1].casefold()}
    return bool(keys & KNOWN) if after_block or not lines[number - 1].strip() else "id" in keys


def _keys_up_to_rule(lines: list[str], start: int) -> set[str]:
    """Return the keys of the lines up to the next `---`; none where a line among them is no key, or no `---` comes."""
    keys: set[str] = set()
    for line in lines[start:]:
        if _is_rule(line):
            return keys
        if not KEY_LIKE.match(line):
            break
        found = KEY_LINE.match(line)
        keys.update({found[1].casefold()} if found else set())
    return set()


def _head(block: _Block, kind: type[T], file: str, errors: list[PolicyError]) -> tuple[T, Node] | None:
    node = read_yaml(block.head, file, errors, first_line=block.start + 2, what="this block")
    head = decode(node, kind, errors) if node else None
    return (head, node) if node and head else None


def _clause(block: _Block, file: str, errors: list[PolicyError]) -> Clause | None:
    found = _head(block, ClauseHead, file, errors)
    if found is None:
        return None
    head, node = found
    if not CLAUSE_ID.match(head.id):
        todo = 'Write letters, digits, dots and dashes, such as "5.2".'
        errors.append(wrong(value_place(node, "id"), f"{shown(head.id)} is not a clause id", todo))
    if head.version < 1:
        errors.append(wrong(value_place(node, "version"), f"the version {head.version} is below 1", "Count versions from 1."))
    title, text = (head.title, "\n".join(block.prose).strip()) if head.title else _split_title(list(block.prose))
    if not title:
        todo = "Begin its prose with a heading, or add `title:` to the block."
        errors.append(wrong(value_place(node), f"clause {shown(head.id)} has no title", todo))
    elif not text:
        errors.append(wrong(value_place(node), f"clause {shown(head.id)} has no text", "Write below the block what it promises."))
    place = key_place(node, "id")
    return Clause(
        id=head.id, title=title, version=head.version, effective=head.effective, material=head.material, text=text, place=place
    )


def _split_title(lines: list[str]) -> tuple[str, str]:
    """Return the first heading's text, and the prose; without that heading, if the prose begins with it."""
    within = set(_outside_code(lines, 0, ""))
    begun = [number for number, line in enumerate(lines) if line.strip()]
    for number in sorted(within):
        line = lines[number]
        below = lines[number + 1] if number + 1 < len(lines) else ""
        atx = HEADING.match(line)
        underlined = bool(line.strip()) and not atx and bool(UNDERLINE.match(below)) and not UNDERLINE.match(line)
        if (atx and atx[1]) or underlined:
            title = (atx[1] if atx else line).strip()
            rest = lines[number + (2 if underlined else 1) :] if number == begun[0] else lines
            return title, "\n".join(rest).strip()
    return "", "\n".join(lines).strip()


def _refuse_duplicates(clauses: list[Clause], errors: list[PolicyError]) -> None:
    first: dict[str, int] = {}
    for clause in clauses:
        if clause.id in first:
            happened = f"clause {shown(clause.id)} is already on line {first[clause.id]}"
            errors.append(wrong(clause.place, happened, "Give one of the two another id."))
        first.setdefault(clause.id, clause.place.line)
