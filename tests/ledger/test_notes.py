from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.ledger.checkpoints import Checkpoint
from kept.ledger.notes import NoteError, Signer, Verifier, open_note

SIGNER = Signer.generate("kept.example/log")
lines = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), min_size=1)


@given(lines)
def test_any_text_survives_signing_and_opening(parts: list[str]) -> None:
    text = "\n".join(parts) + "\n"
    assert open_note(SIGNER.sign(text), SIGNER.verifier) == text


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    note = SIGNER.sign("text\n")
    with pytest.raises(NoteError, match="no signature"):
        open_note(note, Signer.generate("kept.example/log").verifier)


def test_signatures_of_others_are_ignored() -> None:
    other = Signer.generate("witness.example")
    note = SIGNER.sign("text\n") + other.sign("text\n").rpartition("\n\n")[2]
    assert open_note(note, SIGNER.verifier) == open_note(note, other.verifier) == "text\n"


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_signing_and_opening(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin="kept.example/log", size=size, root=root)
    assert Checkpoint.open(checkpoint.signed(SIGNER), SIGNER.verifier) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n-1\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "a\n1\n!\n",
        "\n1\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u00a0b", "a\nb"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(NoteError, match="name"):
        Signer.generate(name)


def test_a_private_key_neither_prints_nor_pickles_nor_shows_in_errors() -> None:
    secret = SIGNER.reveal()
    assert repr(SIGNER) == str(SIGNER) == "Signer(kept.example/log)"
    with pytest.raises(TypeError):
        pickle.dumps(SIGNER)
    for broken in (secret[:-4], secret.replace("+KEY+", "+KEX+"), secret[:-2] + "A="):
        with pytest.raises(NoteError) as failure:
            Signer.parse(broken)
        assert secret[-40:-8] not in str(failure.value)
    assert Signer.parse(secret).verifier == SIGNER.verifier == Verifier.parse(str(SIGNER.verifier))
