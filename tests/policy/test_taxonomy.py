from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kept.policy
from kept.policy.taxonomy import Category, known_categories, nearest_categories


def test_the_taxonomy_is_whole() -> None:
    known = known_categories()
    assert len(known) == 85
    for key, words in known.items():
        assert re.match(Category.pattern, key)
        assert words
        parent = key.rpartition(".")[0]
        assert not parent or parent in known


def test_its_authors_are_named() -> None:
    text = files("kept.policy").joinpath("categories.yaml").read_text(encoding="utf-8")
    assert "Ethyca" in text.split("\n")[0]
    assert "CC BY 4.0" in "\n".join(text.split("\n")[:3])


@pytest.mark.parametrize("key", sorted(known_categories()))
def test_every_key_reads_and_has_words(key: str) -> None:
    category = Category.parse(key)
    assert str(category) == key
    assert category.words == known_categories()[key]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("email", "user.contact.email"),
        ("user.email", "user.contact.email"),
        ("user.contact.emial", "user.contact.email"),
        ("user.contact.phone", "user.contact.phone_number"),
        ("ip", "user.device.ip_address"),
        ("user.device.ip", "user.device.ip_address"),
        ("religion", "user.demographic.religious_belief"),
        ("user.behaviour", "user.behavior"),
        ("User.Name", "user.name"),
        ("gender", "user.demographic.gender"),
    ],
)
def test_an_unknown_category_is_refused_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(ValueError, match="is not a Fideslang data category") as caught:
        Category.parse(text)
    assert near in nearest_categories(text)
    assert near in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_a_category_or_refused(text: str) -> None:
    if text in known_categories():
        assert Category.parse(text).key == text
    else:
        with pytest.raises(ValueError, match="is not a Fideslang"):
            Category.parse(text)


def test_a_category_lies_within_those_above_it() -> None:
    email = Category(key="user.contact.email")
    assert email.within(Category(key="user.contact"))
    assert email.within(email)
    assert not email.within(Category(key="user.cont"))
    assert not Category(key="user.contact").within(email)


def test_the_examples_in_the_docstrings_run() -> None:
    tried = 0
    for module in pkgutil.iter_modules(kept.policy.__path__, "kept.policy."):
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        tried += result.attempted
    assert tried >= 4
