"""The languages of letters: the same keys everywhere, the same names in braces, and nothing that cannot be said."""

from __future__ import annotations

import string
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.periods import Period
from kept.planning.answers import languages, saying
from kept.planning.answers.saying import SOURCE, catalogue
from kept.policy.purposes import Basis
from kept.policy.taxonomy import known_categories
from kept.rights.registry import rights

OTHERS = [language for language in languages() if language != SOURCE]


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_hindi_beside_english() -> None:
    assert {"en", "hi"} <= set(languages())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert set(catalogue(language)) == set(catalogue(SOURCE))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_the_same_names_in_braces(language: str) -> None:
    for key, text in catalogue(SOURCE).items():
        assert names(catalogue(language)[key]) == names(text), key


@pytest.mark.parametrize("language", languages())
def test_whatever_kept_itself_names_can_be_said(language: str) -> None:
    texts = catalogue(language)
    broad = {".".join(key.split(".")[:2]) for key in known_categories() if key.startswith("user.")}
    assert {f"category.{key}" for key in broad} <= set(texts)
    assert {f"right.{code}" for code in rights()} <= set(texts)
    assert {f"basis.{basis}" for basis in get_args(Basis)} <= set(texts)


@pytest.mark.parametrize(("wanted", "found"), [("hi", "hi"), ("hi-IN", "hi"), ("hi_IN", "hi"), ("xx", "en"), ("", "en")])
def test_a_language_is_found_by_its_beginning(wanted: str, found: str) -> None:
    assert saying(wanted).language == found


@given(st.integers(0, 400), st.integers(0, 10_000))
def test_every_period_can_be_said(months: int, hours: int) -> None:
    said = saying("en").period(Period(months=months, hours=hours))
    assert said == str(Period(months=months, hours=hours))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_that_differ_are_told_differently(day: date) -> None:
    for language in languages():
        say = saying(language)
        assert say.day(day) != say.day(day + timedelta(days=1))
        assert str(day.year) in say.day(day)
