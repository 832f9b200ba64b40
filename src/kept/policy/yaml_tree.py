"""YAML text as a tree with places.

Built from the parser's events rather than its nodes, so that duplicate keys, references to themselves, and references that
multiply are seen while reading, and depth costs no stack. Scalars keep their text: `no`, `12:30` and `2026-01-01` mean nothing
until a type says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from kept.base.errors import Place, PolicyError

from .tree import Entry, Keyed, Many, Node, Scalar, shown, wrong

__all__ = ["read_yaml"]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
DEEPEST = 50
LARGEST_TREE = 1_000_000
"""Nodes, every reference counted as what it stands for."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read."""

    place: Place
    keyed: bool
    anchor: str | None
    children: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


def read_yaml(text: str, file: str, errors: list[PolicyError], *, first_line: int = 1, what: str = "the file") -> Node | None:
    """Return the tree, or None where the text is not YAML or holds nothing.

    What is wrong is added to `errors`; a duplicate key leaves the first. `first_line` is the line of the file the text starts on,
    `what` what an error calls the text.
    """
    builder = _Builder(file, first_line, errors)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        errors.append(_syntax(error, text, file, first_line))
        return None
    except PolicyError as error:
        errors.append(error)
        return None
    if builder.root is None or (isinstance(builder.root, Scalar) and builder.root.is_nothing):
        errors.append(
            wrong(
                Place(file=file, line=first_line, column=1),
                f"{what} is empty",
                "Run `kept init` in an empty folder to see what belongs here.",
            )
        )
        return None
    return builder.root


class _Builder:
    """Turns the parser's events into nodes."""

    def __init__(self, file: str, first_line: int, errors: list[PolicyError]) -> None:
        self.root: Node | None = None
        self._file = file
        self._above = first_line
        self._errors = errors
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int] | None] = {}
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event. Raises PolicyError for what makes the rest unreadable."""
        match event:
            case yaml.DocumentStartEvent():
                self._start_document(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case _:
                pass  # the start and end of the stream and of the document

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        if mark is None:
            return Place(file=self._file)
        return Place(file=self._file, line=mark.line + self._above, column=mark.column + 1)

    def _start_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise wrong(self._place(event), "a second YAML document starts here", "Keep one document a file; delete the `---`.")

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor
        if name not in self._anchors:
            raise wrong(self._place(event), f"*{name} refers to nothing", f"Put &{name} before the value that it stands for.")
        known = self._anchors[name]
        if known is None:
            raise wrong(self._place(event), f"*{name} refers to what it stands in", "Write the value out.")
        self._refuse_depth(known[2], self._place(event))
        self._add(*known)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        self._refuse_tag(event, place)
        text = event.value
        if UNWRITABLE.search(text):
            raise wrong(place, "a NUL or half a character is written in escapes", "Delete it.")
        self._finish(Scalar(place=place, text=text, quoted=bool(event.style)), event.anchor, 1, 0)

    def _refuse_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None:
            raise wrong(place, f"the tag {shown(event.tag)} has no meaning here", "Delete the tag; types are known from the keys.")

    def _begin(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        place = self._place(event)
        self._refuse_tag(event, place)
        self._refuse_depth(1, place)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(place=place, keyed=isinstance(event, yaml.MappingStartEvent), anchor=event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        if done.keyed:
            node: Node = Keyed(place=done.place, entries=tuple(self._entries(done.children)))
        else:
            node = Many(place=done.place, items=tuple(done.children))
        self._finish(node, done.anchor, done.size, done.height)

    def _refuse_depth(self, height: int, place: Place) -> None:
        """Raise PolicyError where something of that height would lie too deep, references counted as what they stand for."""
        if len(self._open) + height > DEEPEST:
            todo = "Look for a missing bracket; no file here nests so deep."
            raise wrong(place, f"this is nested more than {DEEPEST} deep", todo)

    def _finish(self, node: Node, anchor: str | None, size: int, height: int) -> None:
        if anchor:
            self._anchors[anchor] = (node, size, height)
        self._add(node, size, height)

    def _add(self, node: Node, size: int, height: int) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if parent.size > LARGEST_TREE:
            raise wrong(parent.place, f"its references multiply to more than {LARGEST_TREE:,} values", "Write fewer references.")
        parent.children.append(node)

    def _entries(self, children: list[Node]) -> Iterator[Entry]:
        """Pair keys with values, leave out duplicates, and put what `<<` refers to behind what is written out."""
        seen: dict[str, Place] = {}
        merged: list[Node] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._errors.append(
                    wrong(key.place, "a key must be a text", "Write one word or a text in quotes before the colon.")
                )
            elif key.text == "<<" and not key.quoted:
                merged.extend(value.items if isinstance(value, Many) else (value,))
            elif key.text in seen:
                first = seen[key.text].line
                happened = f"the key {shown(key.text)} is already given on line {first}"
                self._errors.append(wrong(key.place, happened, "Keep one of the two."))
            else:
                seen[key.text] = key.place
                yield Entry(key=key, value=value)
        for source in merged:
            yield from self._merge(source, seen)

    def _merge(self, source: Node, seen: dict[str, Place]) -> Iterator[Entry]:
        if not isinstance(source, Keyed):
            self._errors.append(wrong(source.place, "<< must be given a mapping", "Refer to a mapping, as in `<<: *name`."))
            return
        for entry in source.entries:
            if entry.key.text not in seen:
                seen[entry.key.text] = entry.key.place
                yield entry


def _syntax(error: yaml.YAMLError, text: str, file: str, first_line: int) -> PolicyError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    if mark is None:
        return wrong(Place(file=file), f"this is not YAML: {problem}", "Mend it there.")
    lines = text.split("\n")
    if mark.line >= len(lines):
        place = Place(file=file, line=len(lines) - 1 + first_line, column=len(lines[-1]) + 1)
        return wrong(place, f"this is not YAML: {problem}", "Look for a quote or a bracket that is never closed.")
    line = lines[mark.line]
    place = Place(file=file, line=mark.line + first_line, column=mark.column + 1)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        tab = Place(file=file, line=mark.line + first_line, column=indent.index("\t") + 1)
        return wrong(tab, "a tab is used for indentation", "Use spaces; YAML forbids tabs there.")
    if problem == "mapping values are not allowed in this context":
        return wrong(place, "a colon stands where no key is expected", "Put the text before it in quotes, or mend the indentation.")
    return wrong(place, f"this is not YAML: {problem}", "Mend it there, or look for a missing quote or bracket just above.")
