from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.policy.comparing import MOST_WORDS, Wording, compare, pieces_of

WORDS = st.text(st.sampled_from("ab cé\n-.,§12"), max_size=60)


def wording(id: str, text: str = "We keep it.", *, version: int = 1, material: bool = True, title: str = "Title") -> Wording:
    return Wording(id=id, title=title, version=version, effective=date(2026, 1, 1), material=material, text=text)


TEXTS = st.lists(
    st.builds(wording, st.sampled_from(["1", "2", "3", "4"]), WORDS, material=st.booleans()),
    max_size=4,
    unique_by=lambda one: one.id,
)


@given(WORDS, WORDS)
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = pieces_of(old, new)
    assert "".join(one.text for one in pieces if one.kind != "added") == old
    assert "".join(one.text for one in pieces if one.kind != "removed") == new
    assert all(one.text for one in pieces)
    if old == new:
        assert {one.kind for one in pieces} <= {"kept"}


def test_a_changed_word_is_a_changed_word() -> None:
    pieces = pieces_of("Twelve months, no more.", "Two whole months, no more.")
    assert [(one.kind, one.text) for one in pieces] == [
        ("removed", "Twelve"),
        ("added", "Two whole"),
        ("kept", " months, no more."),
    ]


def test_very_long_texts_are_compared_by_line() -> None:
    old = "".join(f"line {at} of a very long text\n" for at in range(1200))
    new = old.replace("line 700 ", "Line 700 ")
    assert len(old.split()) ** 2 > MOST_WORDS
    pieces = pieces_of(old, new)
    assert [one.text for one in pieces if one.kind == "added"] == ["Line 700 of a very long text\n"]


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_every_clause_is_told_once(texts: list[list[Wording]]) -> None:
    changes = compare(texts)
    old, new = ({one.id: one for one in text} for text in (texts[0], texts[-1]))
    assert sorted(one.id for one in changes) == sorted(old.keys() | new.keys())
    assert [one.id for one in changes if one.after] == list(new)
    for one in changes:
        assert (one.before, one.after) == (old.get(one.id), new.get(one.id))
        assert (one.change == "added") == (one.id not in old)
        assert (one.change == "removed") == (one.id not in new)
        assert not (one.change == "unchanged" and one.material)
        if one.change == "removed":
            assert one.material


def test_what_was_material_on_the_way_stays_material() -> None:
    first, comma = wording("5.2", "One year."), wording("5.2", "One year!", version=3, material=False)
    longer = wording("5.2", "Two years.", version=2)
    assert [one.material for one in compare([[first], [comma]])] == [False]
    assert [one.material for one in compare([[first], [longer], [comma]])] == [True]
    assert [one.material for one in compare([[first], [longer], [replace(first, version=3)]])] == [False]  # it says what it said


def test_a_clause_that_went_stands_where_it_was() -> None:
    changes = compare([[wording("1"), wording("2"), wording("3")], [wording("0"), wording("1"), wording("3")]])
    assert [(one.id, one.change) for one in changes] == [("0", "added"), ("1", "unchanged"), ("2", "removed"), ("3", "unchanged")]


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        compare([])


def test_where_lines_break_is_no_change() -> None:
    old, new = wording("1", "We keep it\nfor a year.\n\n- one\n- two"), wording("1", "We keep\nit for a\nyear.\n\n- one\n- two")
    assert [one.change for one in compare([[old], [new]])] == ["unchanged"]
    listed = replace(new, text=new.text.replace("\n- two", " - two"))
    assert [one.change for one in compare([[old], [listed]])] == ["reworded"]
