"""The languages of the pages: every text is translated with its parts whole, and a page is in the language that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from tools.languages import LANGUAGES, merged, texts, written

from kept.base.periods import Period
from kept.policy.taxonomy import Category
from kept.web.shared import languages
from kept.web.shared.categories import category_words
from kept.web.shared.templatetags.kept import day, moment, number, period
from tests.web.site import Site

FILES = sorted(LANGUAGES.glob("*.po"))
PARTS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w[^>]*>|\n")
"""What a translation must have as often as its source: places for values, tags, line breaks."""
LONGEST_LATIN = 3
LATIN_ANYWAY: frozenset[str] = frozenset()
"""Texts of more than three words that stay in Latin letters, such as a list of names."""


def _catalog(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.stem.replace("-", "_"), abort_invalid=True)


def _messages(path: Path) -> Iterator[Message]:
    yield from (message for message in _catalog(path) if message.id)


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Return each form with its source: the first with the singular, every other with the plural."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    forms = message.string if isinstance(message.string, (tuple, list)) else [str(message.string)]
    return [(message.id[min(at, 1)], form) for at, form in enumerate(forms)]


def test_hindi_is_there() -> None:
    assert [path.stem for path in FILES] == ["hi"]
    assert languages.written() == [("en", "English"), ("hi", "हिन्दी")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_language_is_stale(path: Path) -> None:
    assert written(merged(path)) == path.read_bytes(), "run python -m tools.languages, and translate what is new"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_translated(path: Path) -> None:
    missing = [source for message in _messages(path) for source, said in _pairs(message) if not said.strip()]
    missing += [str(message.id) for message in _messages(path) if message.fuzzy]
    assert not missing, f"{len(missing)} without a translation, or fuzzy: {missing}"
    known = _catalog(path)
    assert not known.fuzzy
    assert not known.obsolete
    plurals = [message for message in _messages(path) if not isinstance(message.id, str)]
    assert plurals
    assert all(len(_pairs(message)) == known.num_plurals for message in plurals)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_translation_keeps_places_tags_and_edges(path: Path) -> None:
    wrong = [
        (source, said)
        for message in _messages(path)
        for source, said in _pairs(message)
        if sorted(PARTS.findall(source)) != sorted(PARTS.findall(said)) or _edges(source) != _edges(said)
    ]
    assert not wrong


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_was_left_in_english(path: Path) -> None:
    name = str(Locale.parse(path.stem.replace("-", "_")).get_display_name())
    pairs = [pair for message in _messages(path) for pair in _pairs(message) if pair[0] not in LATIN_ANYWAY]
    left = [said for source, said in pairs if len(said.split()) > LONGEST_LATIN and (said == source or _foreign(said, name))]
    assert not left


def _foreign(said: str, name: str) -> bool:
    """Return whether a text is in plain Latin letters in a language that writes its own name in others."""
    return not name.isascii() and name[0].isalpha() and ord(name[0]) > 0x24F and not any(ord(letter) > 0x24F for letter in said)


def test_the_texts_of_everything_shown_are_found() -> None:
    places = {where for where, _, _ in texts()}
    assert any(where.endswith(".txt") for where in places), "letters"
    assert {"src/kept/policy/categories.yaml", "src/kept/web/shared/templates/base.html", "src/kept/web/console/words.py"} <= places
    assert any(where.startswith("allauth/") for where in places)


@pytest.mark.parametrize("asks", [{"accept_language": "hi"}, {"accept_language": "hi-IN,en;q=0.5"}])
def test_a_page_is_in_the_language_the_browser_asks_for(site: Site, asks: dict[str, str]) -> None:
    answer = site.visitor(**asks).get("/")
    assert answer["Content-Language"] == "hi"
    page = answer.content.decode()
    assert '<html lang="hi"' in page
    assert "dir=" not in page.split(">", 2)[1]
    assert all(words in page for words in ("सीधे सामग्री पर जाएँ", "आपकी निजता", "साइन इन करें"))


def test_the_chosen_language_wins_over_the_browsers(site: Site) -> None:
    visitor = site.visitor(accept_language="hi")
    visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = visitor.get("/")
    assert answer["Content-Language"] == "en"
    assert '<html lang="en"' in answer.content.decode()


def test_a_language_nobody_wrote_is_answered_in_english(site: Site) -> None:
    assert site.visitor(accept_language="fi").get("/")["Content-Language"] == "en"


def test_a_person_reads_what_is_held_in_their_language(site: Site) -> None:
    account = site.account(subject="account:1")
    account.language = "hi"
    account.save()
    page = site.signed_in(account).get("/me/held/").content.decode()
    assert '<html lang="hi"' in page
    assert "ईमेल पता" in page
    assert "an e-mail address" not in page


def test_whoever_asks_too_often_is_told_so_in_their_language(site: Site) -> None:
    visitor = site.visitor(accept_language="hi")
    with override_settings(KEPT=replace(settings.KEPT, web=replace(settings.KEPT.web, limit=1))):
        visitor.get("/")
        answer = visitor.get("/")
    assert answer.status_code == 429
    assert '<html lang="hi"' in answer.content.decode()
    assert "एक मिनट रुककर फिर कोशिश करें।" in answer.content.decode()


def test_dates_and_numbers_follow_the_language() -> None:
    at = datetime(2026, 8, 15, 9, 30, tzinfo=UTC)
    with translation.override("hi"):
        assert "15 अग॰ 2026, 09:30 UTC" in str(moment(at))
        assert "15 अग॰ 2026" in str(day(date(2026, 8, 15)))
        assert number(12345678) == "1,23,45,678"
        assert period(Period(months=24)) == "24 महीने"
        assert period(Period(months=1, hours=49)) == "1 महीना 2 दिन 1 घंटा"
    with translation.override("en"):
        assert "15 Aug 2026, 09:30 UTC" in str(moment(at))
        assert number(12345678) == "12,345,678"
        assert period(Period(months=24)) == "24 months"


def test_a_category_is_named_in_the_language_and_one_of_no_taxonomy_by_its_key() -> None:
    with translation.override("hi"):
        assert category_words(Category(key="user.contact.email")) == "ईमेल पता"
        assert category_words(Category(key="user.invented")) == "user.invented"


def test_a_language_is_added_by_one_file_and_one_from_right_to_left_turns_the_page(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arabic = tmp_path / "ar.po"
    arabic.touch()
    arabic.write_bytes(written(merged(arabic)))
    text = arabic.read_text()
    assert '"Language-Team: Arabic\\n"' in text
    assert "nplurals=6" in text
    assert "fuzzy" not in text
    assert written(merged(arabic)) == arabic.read_bytes(), "it stays as it is"
    skip = 'msgid "Skip to the content"\nmsgstr '
    assert f'{skip}""' in text
    arabic.write_text(text.replace(f'{skip}""', f'{skip}"إلى المحتوى"'))
    monkeypatch.setattr(languages, "LANGUAGES", tmp_path)
    with override_settings(LANGUAGES=languages.written(), LOCALE_PATHS=[languages.compiled(tmp_path / "compiled")]):
        answer = site.visitor(accept_language="ar").get("/")
    page = answer.content.decode()
    assert answer["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl"' in page
    assert "إلى المحتوى" in page
    assert "Your privacy" in page, "what is not translated is shown in English"
