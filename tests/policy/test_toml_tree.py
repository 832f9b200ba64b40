from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import PolicyError
from kept.policy.toml_tree import read_toml
from kept.policy.tree import Keyed, Many, Node, Scalar, key_place, value_place

TEXT = (
    r'''# a comment with = and [brackets]
top = 1
dotted.key."with.dot" = 'literal # not a comment'
"quoted \u00e9" = true

[a]  # comment
x = """
first "quoted" ]
""" # after
y = ["one", [2, 3], # comment ]
  { k = "v", l.m = [4] },
]
z = '''
    + "'''"
    + r"""it''s"""
    + "'''"
    + r'''

[a.b.c]
day = 2026-01-31
moment = 2026-01-31 10:00:00

[[list]]
n = 1
[[list]]
n = 2
[list.inner]
m = """""two quotes"""""
[[list.deep]]
o = 0.5
[[list.deep]]
o = { p = [[ ], [""]] }
'''
)


def tree_of(text: str) -> Node:
    errors: list[PolicyError] = []
    tree = read_toml(text, "f", errors)
    assert errors == []
    assert tree is not None
    return tree


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top",), (2, 7)),
        (("dotted", "key", "with.dot"), (3, 25)),
        (("quoted é",), (4, 19)),
        (("a", "x"), (7, 5)),
        (("a", "y"), (10, 5)),
        (("a", "y", 0), (10, 6)),
        (("a", "y", 1, 1), (10, 17)),
        (("a", "y", 2), (11, 3)),
        (("a", "y", 2, "k"), (11, 9)),
        (("a", "y", 2, "l", "m", 0), (11, 21)),
        (("a", "z"), (13, 5)),
        (("a", "b", "c"), (15, 1)),
        (("a", "b", "c", "day"), (16, 7)),
        (("a", "b", "c", "moment"), (17, 10)),
        (("list", 0), (19, 1)),
        (("list", 1), (21, 1)),
        (("list", 1, "n"), (22, 5)),
        (("list", 1, "inner", "m"), (24, 5)),
        (("list", 1, "deep", 0, "o"), (26, 5)),
        (("list", 1, "deep", 1, "o", "p", 1, 0), (28, 18)),
    ],
)
def test_every_value_knows_its_place(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    found = value_place(tree_of(TEXT), *path)
    assert (found.line, found.column) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("dotted",), (3, 1)),
        (("dotted", "key", "with.dot"), (3, 12)),
        (("quoted é",), (4, 1)),
        (("a",), (6, 2)),
        (("a", "b"), (15, 4)),
        (("a", "b", "c"), (15, 6)),
        (("list",), (19, 3)),
        (("a", "nowhere"), (6, 1)),
    ],
)
def test_every_key_knows_its_place(path: tuple[str, ...], place: tuple[int, int]) -> None:
    found = key_place(tree_of(TEXT), *path)
    assert (found.line, found.column) == place


def plain(node: Node) -> Any:
    match node:
        case Keyed():
            return {entry.key.text: plain(entry.value) for entry in node.entries}
        case Many():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.text


def texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Keyed():
            for entry in node.entries:
                yield from scalars(entry.value)
        case Many():
            for item in node.items:
                yield from scalars(item)
        case Scalar():
            yield node


def test_the_values_are_those_of_tomllib() -> None:
    assert plain(tree_of(TEXT)) == texts(tomllib.loads(TEXT))


words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=6)
leaves = st.one_of(
    st.integers(-99, 99), st.booleans(), st.dates(min_value=date(1000, 1, 1)), words, st.floats(0, 1).map(lambda n: round(n, 3))
)
inline = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)}= {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n # ]\n".join(as_toml(inner) for inner in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower()


@given(st.dictionaries(words, inline, min_size=1, max_size=3), st.lists(st.dictionaries(words, inline, max_size=3), max_size=3))
def test_places_point_at_what_is_written(table: dict[str, Any], array: list[dict[str, Any]]) -> None:
    parts = ["[t]", *(f"{quoted(key)}={as_toml(value)} # end" for key, value in table.items())]
    for item in array:
        parts += ["[[t2]]", *(f"  {quoted(key)} = {as_toml(value)}" for key, value in item.items())]
    text = "\n".join(parts)
    tree = tree_of(text)
    assert plain(tree) == texts(tomllib.loads(text))
    lines = text.split("\n")
    for scalar in scalars(tree):
        written = quoted(scalar.text) if scalar.quoted else scalar.text
        assert lines[scalar.place.line - 1][scalar.place.column - 1 :].startswith(written)


@given(st.text(st.sampled_from("ab=[]{}.,\"'\n #1\\"), max_size=40))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    errors: list[PolicyError] = []
    tree = read_toml(text, "f", errors)
    assert (tree is None) == bool(errors)
