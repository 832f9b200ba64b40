from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.base.errors import PolicyError
from kept.base.periods import Period
from kept.policy.datamap import StoreMap
from kept.policy.decode import decode
from kept.policy.fields import fields_of
from kept.policy.holds import HoldsFile
from kept.policy.purposes import PurposesFile
from kept.policy.settings import Settings
from kept.policy.tree import Node
from kept.policy.written import plain_of
from kept.policy.yaml_tree import read_yaml

from .instances import as_yaml, instances


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    text: str = "-"
    number: int = -1
    share: float = -1.0
    truth: bool | None = None
    day: date | None = None
    choice: Literal["a", "b"] = "a"
    many: tuple[str, ...] = ()
    nested: tuple[tuple[int, ...], ...] = ()
    keyed: Mapping[str, int] | None = None
    inner: Inner | None = None
    period: Period | None = None
    periods: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        if self.number == 13:
            raise ValueError("13 is not allowed")


def thing(text: str) -> Thing:
    errors: list[PolicyError] = []
    tree = read_yaml(text, "f", errors)
    value = decode(tree, Thing, errors) if tree else None
    assert errors == []
    assert value is not None
    return value


def faults(text: str, kind: type = Thing) -> list[str]:
    errors: list[PolicyError] = []
    tree = read_yaml(text, "f", errors)
    assert tree is not None
    assert decode(tree, kind, errors) is None
    return [str(error) for error in errors]


@pytest.mark.parametrize("word", ["no", "12:30", "2026-01-01", "0x1f", "1_000", "012", "true", "1.10", "=", "<<", "é"])
def test_a_text_is_the_text_that_stands_there(word: str) -> None:
    assert thing(f"text: {word}").text == word
    assert thing(f"many: [{word}]").many == (word,)
    assert thing(f"text: '{word}'").text == word


@pytest.mark.parametrize("word", ["''", '""', "'null'", "'~'"])
def test_a_quoted_nothing_is_a_text(word: str) -> None:
    assert thing(f"text: {word}").text == word[1:-1]


def test_numbers_days_and_truth_come_from_their_text() -> None:
    value = thing("number: -12\nshare: 1e-3\ntruth: true\nday: 2024-02-29\nchoice: b\nnested: [[1], []]")
    assert (value.number, value.share, value.truth, value.day) == (-12, 0.001, True, date(2024, 2, 29))
    assert (value.choice, value.nested) == ("b", ((1,), ()))
    assert thing("day: '2024-02-29'").day == date(2024, 2, 29)
    assert thing("share: 3").share == 3.0


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_what_is_optional_may_be_nothing(nothing: str) -> None:
    assert thing(f"day: {nothing}\ninner: {nothing}") == Thing()


@pytest.mark.parametrize(
    "line",
    [
        "number: 012",
        "number: 1_000",
        "number: 0x1f",
        "number: '12'",
        "number: 1.0",
        "number: 1e3",
        "number: ''",
        "number: ١",
        f"number: {'9' * 30}",
        "number: +1",
        "share: .inf",
        "share: nan",
        "share: 1:30",
        "share: '1'",
        f"share: {'9' * 5000}",
        "share: 1e999",
        "truth: yes",
        "truth: True",
        "truth: on",
        "truth: 1",
        "truth: 'true'",
        "day: 2024-2-9",
        "day: 20240209",
        "day: 2023-02-29",
        "day: 2024-W01-1",
        "day: 0000-01-01",
        "day: [2024-01-01]",
        "choice: A",
        "choice: []",
        "many: a",
        "many: {a: 1}",
        "many: ~",
        "many: [~]",
        "many: [[a]]",
        "nested: [1]",
        "keyed: [1]",
        "keyed: {a: b}",
        "keyed: x",
        "inner: x",
        "inner: {}",
        "inner: {word: w, wrd: w}",
        "period: 12",
        "period: {months: 1}",
        "period: ''",
        "periods: 1 day",
        "periods: [1 day, 2]",
        "number: 13",
        "text: [a]",
        "txt: a",
        f"period: {'x' * 5000}",
    ],
)
def test_what_does_not_fit_is_refused_in_one_short_error(line: str) -> None:
    said = faults(line)
    assert len(said) == 1
    assert said[0].startswith("f:1:")
    assert len(said[0]) < 500


def test_decoding_goes_on_after_an_error() -> None:
    said = faults("number: x\nday: y\nkeyed: {a: b, c: 1, d: e}\nperiods: [1, 2 days, 3]\nwho: me\n")
    assert [line.split(": ")[0] for line in said] == ["f:5:1", "f:1:9", "f:2:6", "f:3:12", "f:3:24", "f:4:11", "f:4:22"]


def test_two_keys_that_mean_one_thing() -> None:
    text = """
holds:
  x:
    ground: g
    owner: o
    placed: 2026-01-01
    review: 2026-01-01
    tables: []
    subjects: {a.b.c: [], 'a."b".c': []}
"""
    assert "is given twice" in faults(text, HoldsFile)[0]


def test_references_and_merges_are_what_they_stand_for() -> None:
    value = thing("keyed: &k {a: 1, b: 2}\nmany: [&x y, *x]\nperiods: [1 day]")
    assert value.many == ("y", "y")
    errors: list[PolicyError] = []
    tree = read_yaml("a: &a {x: 1, y: 2}\nb: &b {z: 3}\nc: {<<: [*a, *b], y: 9}", "f", errors)
    assert tree is not None
    assert errors == []
    assert text_of(tree) == {"a": {"x": "1", "y": "2"}, "b": {"z": "3"}, "c": {"y": "9", "x": "1", "z": "3"}}


def text_of(node: Node) -> Any:
    if hasattr(node, "entries"):
        return {entry.key.text: text_of(entry.value) for entry in node.entries}
    return [text_of(item) for item in node.items] if hasattr(node, "items") else node.text


def test_a_type_no_file_can_hold_is_a_mistake_of_ours() -> None:
    errors: list[PolicyError] = []
    tree = read_yaml("a: 1", "f", errors)
    assert tree is not None
    with pytest.raises(TypeError, match="cannot be"):
        decode(tree, Impossible, errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    a: int | str


@pytest.mark.parametrize("kind", [StoreMap, HoldsFile, PurposesFile, Settings])
def test_what_is_written_reads_back(kind: type) -> None:
    @settings(deadline=None)
    @given(instances(kind))
    def reads_back(value: Any) -> None:
        errors: list[PolicyError] = []
        tree = read_yaml(as_yaml(plain_of(value)), "f", errors)
        again = decode(tree, kind, errors) if tree else None
        assert errors == []
        assert again == value

    reads_back()


keys = st.sampled_from([field.name for field in fields_of(Thing)] + ["word", "x"])
leaves = st.text(max_size=5) | st.integers() | st.none() | st.booleans()
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12)


@given(trees)
def test_any_tree_decodes_or_is_refused(value: Any) -> None:
    errors: list[PolicyError] = []
    tree = read_yaml(as_yaml(value), "f", errors)
    decoded = decode(tree, Thing, errors) if tree else None
    assert (decoded is None) == bool(errors)


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"#%@`,? \n\t~<=\\"), max_size=40))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    errors: list[PolicyError] = []
    tree = read_yaml(text, "f", errors)
    assert (tree is None) <= bool(errors)
