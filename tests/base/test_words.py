"""A person's words are found whole, in every form they may stand in, and taken out without a trace."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.personal import Personal
from kept.base.words import FORGOTTEN, Words

ANNA = Words(["Anna@x.eu", "+49 30 1234567", "Anna Müller", "渡辺", "Bo", "4711", "redacted", "Null"])


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("<anna@x.eu>,", "<[redacted]>,"),
        ("mailto:ANNA@X.EU?subject=hi", "mailto:[redacted]?subject=hi"),
        ("write to anna@x.eu.", "write to [redacted]."),
        ("see www.x.eu/anna@x.eu", "see www.x.eu/[redacted]"),
        ("anna@x.eu anna@x.eu,anna@x.eu", "[redacted] [redacted],[redacted]"),
        ("+49301234567", "[redacted]"),
        ("0049 (0)30-1234 567!", "[redacted]!"),
        ("(+49) 30/123.45.67", "[redacted]"),
        ("+49\u00a030\u20131234567", "[redacted]"),
        ("Frau ANNA  MU\u0308LLER\n", "Frau [redacted]\n"),
        ("Anna\tM\u00fcller", "[redacted]"),
        ("\uff41\uff4e\uff4e\uff41\uff20\uff58.\uff45\uff55", "[redacted]"),
        ("an\u00adna@x.eu", "[redacted]"),
        ("株式会社渡辺さん", "株式会社[redacted]さん"),
        ("No. 4711.", "No. [redacted]."),
        ("Bo, Bob and bo", "[redacted], Bob and [redacted]"),
        ("'Null'", "'[redacted]'"),
    ],
)
def test_found_and_forgotten(text: str, after: str) -> None:
    assert ANNA.found_in(text)
    assert ANNA.forget(text) == after
    assert not ANNA.found_in(after)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "joanna@x.eu",
        "jo.anna@x.eu",
        "jo+anna@x.eu",
        "anna@x.eu.com",
        "anna@x.eu-shop.de",
        "anna@x.euro",
        "030 1234567",
        "+49 30 12345678",
        "149301234567",
        "x49301234567",
        "Anna. Müller",
        "Anna Müllerin",
        "Bob",
        "Bo\u0308",
        "14711",
        "4711a",
        "_4711",
        "[redacted]",
        "[redacted: email]",
    ],
)
def test_not_found(text: str) -> None:
    assert not ANNA.found_in(text)
    assert ANNA.forget(text) == text


def test_an_address_is_forgotten_once_what_hid_it_is() -> None:
    words = Words(["jo", "anna@x.eu"])
    assert words.forget("jo.anna@x.eu") == "[redacted].[redacted]"


def test_words_that_overlap_go_as_one() -> None:
    assert Words(["anna b", "b carl"]).forget("anna b carl") == FORGOTTEN


def test_words_without_a_letter_or_digit_are_found_nowhere() -> None:
    assert not Words(["", "…", " - "]).found_in("… - anything")


def test_words_come_wrapped() -> None:
    assert Words.of([Personal("Bo")]).found_in("Bo")
    assert "Bo" not in repr(Words.of([Personal("Bo")]))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{"mail": "anna@x.eu"}', '{"mail": "[redacted]"}'),
        ('{ "a" : ["ANNA m\\u00fcller", 1.50, 1e5, null] }', '{ "a" : ["[redacted]", 1.50, 1e5, null] }'),
        ('{"anna@x.eu": 1, "Bo": 2}', '{"[redacted]": 1, "[redacted] 2": 2}'),
        ('{"phone": 49301234567, "n": 49301234567.5}', '{"phone": "[redacted]", "n": 49301234567.5}'),
        ('"say \\"Bo\\"\\nand go"', '"say \\"[redacted]\\"\\nand go"'),
        ('{"inner": "{\\"mail\\": \\"anna@x.eu\\"}"}', '{"inner": "{\\"mail\\": \\"[redacted]\\"}"}'),
        ('["Bo", "\\ud83d\\ude00 \\ud800"]', '["[redacted]", "\\ud83d\\ude00 \\ud800"]'),
        ('["\\ud800 Bo"]', '["\\ud800 [redacted]"]'),
    ],
)
def test_json_stays_json(text: str, after: str) -> None:
    assert ANNA.found_in(text)
    assert ANNA.forget(text) == after
    json.loads(after)
    assert not ANNA.found_in(after)


def test_json_null_is_nobody_called_null() -> None:
    assert not ANNA.found_in('{"a": null}')
    assert ANNA.found_in('{"a": "null"}')


def test_what_only_looks_like_json_is_text() -> None:
    assert ANNA.forget('{"mail": anna@x.eu}') == '{"mail": [redacted]}'


def test_without_room_nothing_stands_there() -> None:
    assert ANNA.forget("Bo!", room=5) == "!"
    assert ANNA.forget("Bo!", room=11) == "[redacted]!"
    assert ANNA.forget("anna@x.eu is gone", room=17) == " is gone"
    assert ANNA.forget('["Bo"]', room=6) == '[""]'


LETTERS = st.text(st.sampled_from('aAbÄäßﬁée\u0301x09 .@-+()_ー渡ナ\u0e01\u0e34\u00ad\uff21[]{}"\\:,red'), max_size=24)
TEXTS = st.one_of(LETTERS, st.text(max_size=24))


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_what_is_forgotten_is_found_no_more(words: list[str], text: str) -> None:
    ready = Words(words)
    after = ready.forget(text)
    assert not ready.found_in(after)
    assert ready.forget(after) == after
    if not ready.found_in(text):
        assert after == text


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_without_room_too_nothing_is_left_and_nothing_grows(words: list[str], text: str) -> None:
    ready = Words(words)
    after = ready.forget(text, room=0)
    assert not ready.found_in(after)
    assert len(after) <= len(text)


@given(LETTERS, st.sampled_from([" ", "(", "…", "", "\n"]), st.sampled_from([" ", ")", ",", ""]))
def test_a_word_that_stands_alone_is_found_in_every_form(word: str, before: str, behind: str) -> None:
    ready = Words([word])
    if not (ready.anchors or ready.numbers) or "[redacted" in word.lower():
        return
    for form in (word, unicodedata.normalize("NFD", word), unicodedata.normalize("NFKC", word), word.swapcase()):
        if form.casefold() == word.casefold() or form != word.swapcase():
            assert ready.found_in(f"{before}{form}{behind}"), form


@given(
    st.lists(TEXTS, max_size=3),
    st.recursive(TEXTS, lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=3)),
)
def test_json_of_any_kind_stays_json(words: list[str], held: object) -> None:
    ready = Words(words)
    after = ready.forget(json.dumps(held))
    json.loads(after)
    assert not ready.found_in(after)


@given(st.lists(st.text("ab@.x 1", min_size=1, max_size=8), min_size=1, max_size=30), st.text("ab@.x 1", max_size=20))
def test_many_words_at_once_are_each_word_by_itself(words: list[str], text: str) -> None:
    assert Words(words).found_in(text) == any(Words([word]).found_in(text) for word in words)
