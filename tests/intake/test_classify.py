"""The rules against labelled letters in six languages: what they are sure of is right, and they are sure of most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kept.intake.classify import CONTACT, NONE, Guess, classify, guess_at, rules
from kept.intake.letter import read_letter

LETTERS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("letters.yaml").read_text(encoding="utf-8"))
RIGHTS = {
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "complaint",
    "opt-out",
    "limit",
    "nomination",
}


def raw(one: dict[str, Any]) -> bytes:
    head = f"From: Ann <ann@people.example>\nSubject: {one['subject']}\nContent-Type: text/plain; charset=utf-8\n\n"
    return f"{head}{one['text']}\n".encode()


def guessed(one: dict[str, Any]) -> Guess:
    return classify(read_letter(raw(one)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of `asking` letters that ask for one right, `found` are surely and rightly guessed; of `sure` guesses, `wrong` are wrong."""

    letters: int
    asking: int
    found: int
    sure: int
    wrong: int
    right: int

    @property
    def precision(self) -> float:
        return 1 - self.wrong / max(self.sure, 1)

    @property
    def recall(self) -> float:
        return self.found / self.asking

    def __str__(self) -> str:
        return (
            f"{self.letters} letters: sure {self.sure}, of them wrong {self.wrong} (precision {self.precision:.3f}); "
            f"{self.found} of {self.asking} requests surely found (recall {self.recall:.3f}); first guess right {self.right}"
        )


def measured(letters: list[dict[str, Any]]) -> Figures:
    guesses = [(one["right"], guessed(one)) for one in letters]
    return Figures(
        letters=len(letters),
        asking=sum(right in RIGHTS for right, _ in guesses),
        found=sum(guess.sure and guess.right == right for right, guess in guesses if right in RIGHTS),
        sure=sum(guess.sure for _, guess in guesses),
        wrong=sum(guess.sure and guess.right != right for right, guess in guesses),
        right=sum(guess.right == right for right, guess in guesses),
    )


def test_there_are_letters_of_every_right() -> None:
    assert len(LETTERS) >= 150
    counts = Counter(one["right"] for one in LETTERS)
    assert set(counts) == RIGHTS | {CONTACT, NONE, "mixed"}
    assert min(counts.values()) >= 5
    assert sum("held" in one for one in LETTERS) >= 0.3 * len(LETTERS)
    assert {rule.right for rule in rules()} == RIGHTS | {NONE}


@pytest.mark.parametrize("held", [False, True], ids=["tuned against", "held out"])
def test_what_is_sure_is_right_and_most_is_sure(held: bool) -> None:
    figures = measured([one for one in LETTERS if one.get("held", False) is held])
    print(figures)
    assert figures.precision >= 0.98, str(figures)
    assert figures.recall >= 0.6, str(figures)


@pytest.mark.parametrize("right", sorted(RIGHTS))
def test_every_right_is_surely_found_at_least_once(right: str) -> None:
    assert any(guessed(one).sure for one in LETTERS if one["right"] == right)


def test_nobody_but_a_person_throws_a_persons_letter_away() -> None:
    for one in LETTERS:
        guess = guessed(one)
        assert not (guess.sure and guess.right in {CONTACT, NONE}), one["subject"]


def test_an_automatic_letter_asks_for_nothing() -> None:
    read = read_letter(
        b"From: ann@people.example\nAuto-Submitted: auto-replied\nSubject: x\n\nPlease delete my account and all my data."
    )
    assert classify(read).right == NONE
    assert classify(read).sure


def test_what_could_not_be_read_whole_is_never_sure() -> None:
    parts = "--x\n\nPlease delete my account and all my data.\n" * 300
    read = read_letter(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n{parts}".encode())
    assert read.cut
    assert classify(read) == Guess(
        right="erasure", sure=False, why=("erasure: clearly (en)", "only a part of the letter could be read")
    )


def test_only_new_words_count() -> None:
    quoted = "Thanks.\n\nOn Mon, 2 Nov 2026, Corp wrote:\n> Do you want us to delete your account and all your data?"
    assert guessed({"subject": "Re: delete my account", "text": quoted}) == Guess(
        right=CONTACT, sure=False, why=("no right is named",)
    )


def test_a_long_letter_is_looked_at_by_somebody() -> None:
    assert guess_at("", "Please delete my account. " + "I like trees. " * 3_000).sure is False


def test_why_holds_none_of_the_writers_words() -> None:
    assert guess_at("", "Please delete my account, I am Ann Beck.").why == ("erasure: clearly (en)",)


@given(st.text(max_size=500))
def test_any_text_is_guessed_at(text: str) -> None:
    assert guess_at(text, text).right in RIGHTS | {CONTACT, NONE}


def test_capitals_accents_apostrophes_and_line_ends_make_no_difference() -> None:
    for text in (
        "JE M’OPPOSE AU TRAITEMENT\nDE MES DONNÉES.",
        "je m'oppose au traitement de mes donnees",
        "Je m oppose au traitement...",
    ):
        assert guess_at("", text).right == "objection"
        assert guess_at("", text).sure
