"""Strategies that make any instance of a type a file is decoded into, from the type's own hints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from kept.base.names import Column, Table
from kept.base.periods import Period
from kept.policy.fields import bare, fields_of, optional_of
from kept.policy.settings import EnvReference
from kept.policy.taxonomy import Category, known_categories

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
parts = st.one_of(
    st.sampled_from(["orders", "Order", "a.b", 'a"b', "two words", "drop; table", "no", "12"]),
    texts.filter(bool),
)
tables = st.builds(Table, store=parts, name=parts, schema=st.one_of(st.just(""), parts))
periods = st.one_of(
    st.builds(Period, months=st.integers(1, 9999)),
    st.builds(Period, hours=st.integers(0, 9999)),
    st.builds(Period, hours=st.just(24)),
)

KNOWN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.one_of(
        st.sampled_from(["", "no", "null", "~", "12", "1_000", "12:30", "2026-01-01", "true", "*", "a: b", "- x"]), texts
    ),
    int: st.integers(-(10**15), 10**15),
    float: st.floats(min_value=-1e6, max_value=1e6).map(lambda number: round(number, 6)),
    bool: st.booleans(),
    date: st.dates(),
    Table: tables,
    Column: st.builds(Column, table=tables, name=parts),
    Period: periods,
    Category: st.sampled_from(sorted(known_categories())).map(lambda key: Category(key=key)),
    EnvReference: st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).map(lambda name: EnvReference(variable=name)),
}


def instances(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a type."""
    inner = optional_of(hint)
    if inner is not None:
        return st.one_of(st.none(), instances(inner))
    if hint in KNOWN:
        return KNOWN[hint]
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(instances(bare(get_args(hint)[0])), max_size=3).map(tuple)
    if get_origin(hint) is Mapping:
        key, value = (bare(arg) for arg in get_args(hint))
        return st.dictionaries(parts if key is str else instances(key), instances(value), max_size=3)
    return st.builds(hint, **{field.name: instances(field.hint) for field in fields_of(hint)})


ESCAPES = re.compile(r"\\u(d[89ab]..)\\u(d[c-f]..)|\\.|\x7f", re.DOTALL)


def as_yaml(value: Any) -> str:
    """Return a plain value as JSON that is YAML too: pairs of surrogates become one long escape."""

    def escape(found: re.Match[str]) -> str:
        if found[1]:
            return f"\\U{0x10000 + (int(found[1], 16) - 0xD800) * 0x400 + int(found[2], 16) - 0xDC00:08x}"
        return "\\x7f" if found[0] == "\x7f" else found[0]

    return ESCAPES.sub(escape, json.dumps(value))
