"""An erasure while `[vault] window` lets destroyed keys be brought back: how long, what comes back, what never does. Case 19."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.base.errors import KeyDestroyed, Refused
from kept.db.models import Certificate, LedgerEntry
from kept.db.request_key import opened_key
from kept.vault import Vault, open_vault
from kept.vault.destruction import close_windows
from kept.workflows.destroying import bring_back
from kept.workflows.vaults import found_vault

from .desk import Desk
from .town import erased_text

Found = Callable[..., Desk]
TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, email VARCHAR(400));
CREATE TABLE letters (id INTEGER PRIMARY KEY, account_id INTEGER, body VARCHAR(400));
INSERT INTO accounts VALUES (1, NULL), (2, NULL);
INSERT INTO letters VALUES (1, 1, NULL);
"""
MAP = """
  accounts:
    what: People.
    subject: {kind: account, key: id}
    purposes: [service]
    fields: {email: {category: user.contact.email, sealed: {}}}
  letters:
    what: L.
    purposes: [service]
    erasure: anonymise
    links: [{column: account_id, to: app.accounts.id}]
    fields: {body: {category: user.content, sealed: {}}}
"""
WINDOW = '[vault]\nwindow = "7 days"\n'
MAIL, BODY = "app.accounts.email", "app.letters.body"


@contextmanager
def vault_of(one: Desk) -> Iterator[Vault]:
    vault = open_vault(one.town.folder)
    yield vault
    vault.close()


def sealed(one: Desk) -> str:
    """Seal everybody's address and a letter; return the first address as a backup has it."""
    found_vault(one.town.folder, actor="test")
    with vault_of(one) as vault:
        texts = {key: vault.field(MAIL).seal_text(f"account:{key}", f"p{key}@example.org") for key in (1, 2)}
        body = vault.field(BODY).seal_text("account:1", "dear all")
    for key, text in texts.items():
        one.town.app.run(f"UPDATE accounts SET email = '{text}' WHERE id = {key};\n")
    one.town.app.run(f"UPDATE letters SET body = '{body}';\n")
    return texts[1]


def erased(one: Desk) -> str:
    backup = sealed(one)
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[0] == "answered"
    assert one.town.ids("accounts") == [2]
    return backup


def opens(one: Desk, text: str, person: str = "account:1") -> str:
    with vault_of(one) as vault:
        return vault.field(MAIL).open_text(person, text)


def test_a_key_comes_back_while_the_window_is_open_and_rows_do_not(desk: Found) -> None:
    """What was erased from a store stays erased: no old value is written over the mask, or over what was written since."""
    one = desk(TABLES, MAP, settings=WINDOW)
    backup = erased(one)
    with pytest.raises(KeyDestroyed):
        opens(one, backup)
    one.town.app.run("UPDATE accounts SET email = 'newer' WHERE id = 2;\n")
    rows = one.town.app.rows("accounts"), one.town.app.rows("letters")
    assert rows[1][0][1] is None
    assert erased_text(rows[1][0][2])
    assert bring_back(one.town.folder, ["account:1"], actor="test") == 1
    assert opens(one, backup) == "p1@example.org"
    assert (one.town.app.rows("accounts"), one.town.app.rows("letters")) == rows


def test_when_the_window_has_closed_nothing_comes_back(desk: Found) -> None:
    one = desk(TABLES, MAP, settings=WINDOW)
    backup = erased(one)
    now = datetime.now(UTC)
    with vault_of(one) as vault:
        assert close_windows(vault, now + timedelta(days=6)) == 0, "it is open for seven days, and to the end of the last"
        assert close_windows(vault, now + timedelta(days=9)) == 1
    with pytest.raises(Refused, match="its window is closed"):
        bring_back(one.town.folder, ["account:1"], actor="test")
    with pytest.raises(KeyDestroyed):
        opens(one, backup)


def test_without_a_window_nothing_ever_comes_back(desk: Found) -> None:
    one = desk(TABLES, MAP)
    backup = erased(one)
    with pytest.raises(Refused, match="none was destroyed, or its window is closed"):
        bring_back(one.town.folder, ["account:1"], actor="test")
    with pytest.raises(KeyDestroyed):
        opens(one, backup)


def test_the_record_says_until_when(desk: Found) -> None:
    """Whoever reads that a key was destroyed reads too for how long that could be taken back."""
    one = desk(TABLES, MAP, settings=WINDOW)
    erased(one)
    said = [json.loads(bytes(entry.body)) for entry in LedgerEntry.objects.order_by("pk")]
    last = [entry for entry in said if entry["kind"] == "vault.destroyed"][-1]
    assert last["facts"]["until"] == f"{datetime.now(UTC) + timedelta(days=8):%Y-%m-%d}"


def test_who_came_back_keeps_what_they_wrote_since(desk: Found) -> None:
    """Somebody of that name has a key of their own by now: the old one would open old values beside the newer, and is refused."""
    one = desk(TABLES, MAP, settings=WINDOW)
    backup = erased(one)
    with vault_of(one) as vault:
        vault.readmit("account:1")
        newer = vault.field(MAIL).seal_text("account:1", "new@example.org")
    one.town.app.run(f"INSERT INTO accounts VALUES (1, '{newer}');\n")
    with pytest.raises(Refused, match="has a key of their own"):
        bring_back(one.town.folder, ["account:1"], actor="test")
    assert opens(one, newer) == "new@example.org"
    with pytest.raises(KeyDestroyed):
        opens(one, backup)


def test_who_asks_again_does_not_lengthen_the_window(desk: Found) -> None:
    one = desk(TABLES, MAP, settings=WINDOW)
    erased(one)
    one.later(days=3)
    again = one.asks("account:1")
    one.work()
    assert one.stands(again)[0] == "answered"
    with vault_of(one) as vault:
        assert close_windows(vault, datetime.now(UTC) + timedelta(days=9)) == 1, "one key, one window"


def test_the_letter_and_the_certificate_say_until_when(desk: Found) -> None:
    one = desk(TABLES, MAP, settings=WINDOW)
    erased(one)
    letter, statement = letter_and_statement()
    last = datetime.now(UTC) + timedelta(days=8)
    assert f"can be brought back until {last.day} {last:%B %Y}" in letter
    assert "cannot be read by anybody" in letter
    assert "are destroyed" not in letter
    assert (statement["keys_destroyed"], statement["keys_restorable_until"]) == (1, f"{last:%Y-%m-%d}")


def test_without_a_window_they_say_that_it_is_over(desk: Found) -> None:
    one = desk(TABLES, MAP)
    erased(one)
    letter, statement = letter_and_statement()
    assert "are destroyed (1)" in letter
    assert "brought back" not in letter
    assert (statement["keys_destroyed"], statement["keys_restorable_until"]) == (1, None)


def letter_and_statement() -> tuple[str, dict[str, Any]]:
    """Return what the person was told, and what the certificate states."""
    certificate = Certificate.objects.select_related("request").get()
    outcome = opened_key(certificate.request.key).open(certificate.request.outcome, "outcome")
    return outcome, json.loads(certificate.text)["statement"]
