"""URLs of mailboxes, and a Maildir that is not as it should be."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from kept.base.errors import SourceError, StoreUnreachable
from kept.connectors.mailbox import open_mailbox
from kept.intake.letter import letter_key
from tests.connectors.mailbox.conftest import maildir
from tests.connectors.mailbox.test_conformance import keys, letter, looked

WRONG = """mail.corp.example
imaps://
imaps://corp.example
imaps://corp@corp.example
imaps://corp:secret@corp.example:port
imaps://corp:secret@corp.example?folder=x
imaps://corp:secret@corp.example?take=everything
imaps://[corp:secret@
imap+clear://corp:secret@corp.example
pop3://corp:secret@corp.example
maildir://
maildir:///
maildir://host/folder
maildir:///folder?done=x"""


@pytest.mark.parametrize("url", ["", *WRONG.split("\n")])
def test_wrong_urls_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_mailbox(url)
    assert "secret" not in str(caught.value)
    assert caught.value.store == "mailbox"


def test_opening_does_not_connect() -> None:
    open_mailbox("imaps://corp:secret@mail.nowhere.invalid/INBOX").close()


def test_a_maildir_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="no folder new/"):
        looked(f"maildir://{tmp_path}/nowhere")


def test_what_is_no_letter_keeps_none_back(tmp_path: Path) -> None:
    box = maildir(tmp_path / "Maildir")
    new = tmp_path / "Maildir" / "new"
    (tmp_path / "secret").write_text("From: root@corp.example\n\nkey\n")
    (new / "0.link").symlink_to(tmp_path / "secret")
    (new / "0.folder").mkdir()
    os.mkfifo(new / "0.pipe")
    (new / ".hidden").write_text("x")
    box.put(letter(1))
    with closing(open_mailbox(box.url)) as mailbox:
        letters = mailbox.letters()
        taken = next(letters)
        assert taken.key == letter_key(letter(1))
        mailbox.done(taken)
        with pytest.raises(SourceError, match="3 letters could not be fetched"):
            next(letters)


def test_a_done_letter_lies_in_cur_as_seen(tmp_path: Path) -> None:
    box = maildir(tmp_path / "Maildir")
    box.put(letter(1))
    (taken,) = looked(box.url, done=True)
    (kept,) = (tmp_path / "Maildir" / "cur").iterdir()
    assert kept.name == f"{taken.place}:2,S"
    assert kept.read_bytes() == letter(1)


def test_what_is_still_being_delivered_is_left(tmp_path: Path) -> None:
    box = maildir(tmp_path / "Maildir")
    (tmp_path / "Maildir" / "tmp" / "half").write_bytes(letter(1)[:20])
    box.put(letter(2))
    assert keys(looked(box.url)) == [letter_key(letter(2))]
