"""Letters that a mail server hands over by a pipe, and the mailbox that is looked into by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.db import configure, disconnect
from kept.db.models import Request
from tests.cli.shop import TABLES, Shop, script
from tests.company import KEPT

LETTER = (
    "From: Ann <ann3@example.com>\r\nTo: privacy@shop.example\r\nSubject: Erasure\r\nMessage-ID: <1@example.com>\r\n\r\n"
    "Please delete all my personal data under Article 17 GDPR.\r\n"
)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    script(folder / "app.sqlite3", TABLES)
    shop = Shop(folder=folder, url=f"sqlite:///{folder / 'app.sqlite3'}")
    assert shop.kept("init", "--company", "Corner Shop").returncode == 0
    return shop


@pytest.fixture
def shop(founded: Shop) -> Iterator[Shop]:
    yield founded
    disconnect()


def intake(shop: Shop, *words: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command from nothing: it sets itself up for the pages, which a process can do once."""
    command, env = [*KEPT, "intake", *words], {**shop.environment, **more}
    ran = subprocess.run(
        command, cwd=shop.folder, env=env, input=typed, capture_output=True, check=False, timeout=240, encoding="utf-8"
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def handed(shop: Shop, letter: str, *words: str) -> subprocess.CompletedProcess[str]:
    return intake(shop, "letter", *words, typed=letter)


def test_a_letter_on_standard_input_is_taken_in_once(shop: Shop) -> None:
    first = handed(shop, LETTER, "--received", "2026-11-20T10:00:00+0100")
    assert first.returncode == 0, first.stderr
    what, ref = first.stdout.split()
    assert (what, len(ref)) == ("request", 12)
    again = handed(shop, LETTER)
    assert (again.returncode, again.stdout) == (0, "known\n")
    configure(shop.privacy, whole=True)
    row = Request.objects.get(ref=ref)
    assert (row.right, row.received_at.isoformat()) == ("erasure", "2026-11-20T09:00:00+00:00")
    assert "ann3" not in first.stdout + first.stderr + again.stdout


def test_nothing_and_a_moment_without_a_zone_are_refused(shop: Shop) -> None:
    nothing = handed(shop, "")
    assert (nothing.returncode, "no letter on standard input" in nothing.stderr) == (2, True)
    assert handed(shop, LETTER, "--received", "2026-11-20").returncode == 2


def test_a_mailbox_is_emptied_and_one_that_is_not_there_is_told(shop: Shop, tmp_path: Path) -> None:
    assert intake(shop, "poll").stdout == "0 letters, 0 new requests, 0 left for the next look\n"
    settings = shop.privacy / "kept.toml"
    before = settings.read_text()
    settings.write_text(before + '\n[requests]\nmailbox = "env:SHOP_MAILBOX"\n')
    try:
        unset = intake(shop, "poll")
        assert (unset.returncode, "SHOP_MAILBOX is not set" in unset.stderr) == (2, True)
        away = intake(shop, "poll", SHOP_MAILBOX=f"maildir://{tmp_path}/none")
        assert (away.returncode, "Maildir" in away.stderr) == (2, True)
        (tmp_path / "mail" / "new").mkdir(parents=True)
        (tmp_path / "mail" / "new" / "1").write_bytes(LETTER.replace("<1@", "<2@").replace("ann3", "ann4").encode())
        taken = intake(shop, "poll", SHOP_MAILBOX=f"maildir://{tmp_path}/mail")
        assert taken.stdout == "1 letters, 1 new requests, 0 left for the next look\n"
        assert len(list((tmp_path / "mail" / "cur").iterdir())) == 1
    finally:
        settings.write_text(before)
