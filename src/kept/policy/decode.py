"""From a tree of texts to typed values, driven by the dataclasses' own type hints.

Nothing is guessed: a text becomes a number, a date or a table because a field says so, and whatever does not fit is an error with
its line, its column and what was expected. Decoding goes on after an error, so that all of a file's errors are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass
from datetime import date
from typing import Any, Final, Literal, TypeVar, cast, get_args, get_origin

from kept.base.errors import Place, PolicyError

from .fields import Field, bare, fields_of, in_words, is_written, optional_of
from .tree import Keyed, Many, Node, Scalar, nearest, shown, wrong

__all__ = ["decode", "decode_fields"]

T = TypeVar("T")

LONGEST_WRITTEN = 1000
"""Characters of a name, a period, a category; longer ones are refused before an error repeats them."""
WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z", re.ASCII)
NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?\Z", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)


class _Bad:
    """Stands for a value that could not be decoded and whose error is already told."""


BAD: Final = _Bad()


def decode(node: Node, kind: type[T], errors: list[PolicyError]) -> T | None:
    """Return the value that the tree holds, or None where something is wrong; what is wrong is added to `errors`."""
    value = _value(node, kind, "the file", errors)
    return None if isinstance(value, _Bad) else cast(T, value)


def decode_fields(node: Keyed, kind: type[T], errors: list[PolicyError], *, besides: Collection[str] = ()) -> T | None:
    """Return a dataclass from a mapping that may hold the keys `besides` on top of its fields; else as `decode`."""
    value = _record(node, kind, errors, besides)
    return None if isinstance(value, _Bad) else cast(T, value)


def _value(node: Node, hint: Any, name: str, errors: list[PolicyError]) -> Any:
    """Return the value, or BAD with an error added. `name` is the key it stands under."""
    inner = optional_of(hint)
    if inner is not None:
        return None if isinstance(node, Scalar) and node.is_nothing else _value(node, inner, name, errors)
    origin = get_origin(hint)
    if origin is tuple:
        return _items(node, bare(get_args(hint)[0]), name, errors)
    if origin is Mapping:
        return _mapping(node, hint, name, errors)
    if is_dataclass(hint) and not is_written(hint):
        return _record(node, hint, errors, ()) if isinstance(node, Keyed) else _misfit(node, hint, name, errors)
    if not isinstance(node, Scalar) or node.is_nothing:
        return _misfit(node, hint, name, errors)
    return _scalar(node, hint, name, errors)


def _misfit(node: Node, hint: Any, name: str, errors: list[PolicyError]) -> _Bad:
    found = {Many: "a list", Keyed: "keys with values"}.get(type(node), "a text")  # never the text, which may be a password
    if isinstance(node, Scalar) and node.is_nothing:
        found = "nothing"
    todo = f"Write {in_words(hint)}."
    if isinstance(node, Scalar) and node.text == "null" and hint is str:
        todo = "Write a text; put the word null in quotes if that is the text."
    errors.append(wrong(node.place, f"{name}: expected {in_words(hint)}, found {found}", todo))
    return BAD


def _scalar(node: Scalar, hint: Any, name: str, errors: list[PolicyError]) -> Any:
    if get_origin(hint) is Literal:
        return _choice(node, get_args(hint), name, errors)
    read: Callable[[str], Any] | None = hint.parse if is_written(hint) else PLAIN.get(hint)
    if read is None:
        raise TypeError(f"{hint} cannot be read from a file")
    if node.quoted and hint in (int, float, bool):
        errors.append(wrong(node.place, f"{name}: expected {in_words(hint)}, found a text in quotes", "Take the quotes away."))
        return BAD
    try:
        if is_written(hint) and len(node.text) > LONGEST_WRITTEN:
            raise ValueError(f"a text of {len(node.text):,} characters")
        return read(node.text)
    except ValueError as error:
        errors.append(wrong(node.place, f"{name}: {error}", f"Write {in_words(hint)}."))
        return BAD


def _whole(text: str) -> int:
    if not WHOLE.match(text):
        raise ValueError(f"{shown(text)} is not a whole number")
    return int(text)


def _number(text: str) -> float:
    if not NUMBER.match(text):
        raise ValueError(f"{shown(text)} is not a number")
    return float(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{shown(text)} is neither true nor false")
    return text == "true"


def _day(text: str) -> date:
    if not DATE.match(text):
        raise ValueError(f"{shown(text)} is not a date written as year-month-day")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the calendar") from None


PLAIN: Final[Mapping[Any, Callable[[str], Any]]] = {str: str, int: _whole, float: _number, bool: _truth, date: _day}


def _choice(node: Scalar, choices: tuple[Any, ...], name: str, errors: list[PolicyError]) -> Any:
    for choice in choices:
        if str(choice) == node.text:
            return choice
    words = [str(choice) for choice in choices]
    happened = f"{name}: {shown(node.text)} is not one of {', '.join(words)}"
    errors.append(wrong(node.place, happened, f"{nearest(node.text, words)}Write one of them."))
    return BAD


def _items(node: Node, hint: Any, name: str, errors: list[PolicyError]) -> Any:
    if isinstance(node, Many):
        values = [_value(item, hint, name, errors) for item in node.items]
        return BAD if any(value is BAD for value in values) else tuple(values)
    if isinstance(node, Scalar) and not node.is_nothing:
        todo = "Write it as a list, in square brackets, even if it has one member."
        errors.append(wrong(node.place, f"{name}: expected a list, found a text", todo))
        return BAD
    return _misfit(node, tuple[hint, ...], name, errors)


def _mapping(node: Node, hint: Any, name: str, errors: list[PolicyError]) -> Any:
    if not isinstance(node, Keyed):
        return _misfit(node, hint, name, errors)
    key_hint, value_hint = (bare(arg) for arg in get_args(hint))
    found: dict[Any, Any] = {}
    whole = True
    for entry in node.entries:
        key = _value(entry.key, key_hint, name, errors)
        value = _value(entry.value, value_hint, shown(entry.key.text), errors)
        if key is not BAD and key in found:
            errors.append(wrong(entry.key.place, f"{name}: {shown(entry.key.text)} is given twice", "Keep one of the two."))
            key = BAD
        whole = whole and key is not BAD and value is not BAD
        if whole:
            found[key] = value
    return found if whole else BAD


def _record(node: Keyed, kind: Any, errors: list[PolicyError], besides: Collection[str]) -> Any:
    fields = fields_of(kind)
    before = len(errors)
    _refuse_unknown(node, [*besides, *(field.name for field in fields)], errors)
    values = {}
    for field in fields:
        entry = node.entry(field.name)
        if entry is not None:
            values[field.name] = _value(entry.value, field.hint, field.name, errors)
        elif field.required:
            errors.append(_missing(node.place, field))
    if len(errors) > before:
        return BAD
    try:
        return kind(**values)
    except ValueError as error:
        errors.append(wrong(node.place, str(error), "Mend it there."))
        return BAD


def _refuse_unknown(node: Keyed, known: list[str], errors: list[PolicyError]) -> None:
    for entry in node.entries:
        if entry.key.text not in known:
            todo = f"{nearest(entry.key.text, known)}Known here: {', '.join(known) or 'no keys'}."
            errors.append(wrong(entry.key.place, f"unknown key {shown(entry.key.text)}", todo))


def _missing(place: Place, field: Field) -> PolicyError:
    about = f" {field.doc}" if field.doc else ""
    return wrong(place, f"the key {field.name!r} is missing", f"Add `{field.name}:` with {in_words(field.hint)}.{about}")
