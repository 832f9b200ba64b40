"""The words of the pages: there in every language, and the person's own ones on the page."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from kept.bundles import Words, words_in
from kept.planning.answers import languages
from kept.planning.answers.saying import catalogue

from .making import ABOUT, members, usual, write


@pytest.mark.parametrize("language", languages())
def test_every_text_of_the_pages_is_used_and_there(language: str) -> None:
    words = words_in(language)
    assert words.language == language
    names = {one.name for one in fields(Words)}
    used = {key for key in catalogue(language) if key.startswith("export.") and key.count(".") == 1}
    assert used == {f"export.{name}" for name in names - {"language", "direction", "how_text"}}
    assert len(words.how_text) == 5
    assert all(getattr(words, name) for name in names)


def test_a_language_that_nobody_wrote_is_english() -> None:
    assert words_in("xx") == words_in() == words_in("en")
    assert words_in("hi-IN") == words_in("hi") != words_in()


def test_the_page_speaks_the_language_of_the_person(tmp_path: Path) -> None:
    write(tmp_path / "b.kept", *usual(), about=replace(ABOUT, words=words_in("hi")))
    page = members(tmp_path / "b.kept")["index.html"].decode()
    assert '<html lang="hi" dir="ltr">' in page
    assert "के पास आपका डेटा" in page
    assert "How to read this" not in page
