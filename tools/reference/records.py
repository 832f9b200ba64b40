"""A dataclass that a file is read into, as a table of its keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from kept.policy.fields import bare, fields_of, in_words, is_written, noun, optional_of
from tools.reference.markdown import table

__all__ = ["keys_table", "records_in"]


def keys_table(kind: type) -> str:
    """Return the table of a dataclass's keys: name, what may stand there, what it means."""
    rows = [
        (f"`{field.name}`", _typed(field.hint) + ("" if field.required else f"; {_default(kind, field.name)}"), field.doc)
        for field in fields_of(kind)
    ]
    return table(("key", "what stands there", "what it means"), rows)


def records_in(kind: type) -> Iterator[type]:
    """Yield the dataclasses that a dataclass's keys hold, at any depth, in the order they are met."""
    seen: list[type] = []
    for field in fields_of(kind):
        for inner in _records(field.hint):
            for found in (inner, *records_in(inner)):
                if found not in seen:
                    seen.append(found)
                    yield found


def _records(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and not is_written(hint):
        yield hint
    for inner in get_args(hint):
        if inner is not Ellipsis:
            yield from _records(bare(inner))


def _typed(hint: Any) -> str:
    inner = optional_of(hint)
    if inner is not None:
        return _typed(inner)
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list, each {_typed(bare(get_args(hint)[0]))}"
    if get_origin(hint) is Mapping:
        key, value = map(bare, get_args(hint))
        return f"{_named(key)}, each with {_typed(value)}"
    if is_written(hint):
        return f"{noun(hint)} such as `{hint.example}`"
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return f"the keys of [{hint.__name__}](#{hint.__name__.lower()})"
    return in_words(hint)


def _named(key: Any) -> str:
    return f"names, each {_typed(key)}" if is_written(key) else "names"


def _default(kind: type, name: str) -> str:
    (field,) = [field for field in dataclasses.fields(kind) if field.name == name]
    value = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if value is None or value in ("", (), {}):
        return "optional"
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{written}` where nothing is said"
