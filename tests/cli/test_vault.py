"""`kept vault`, typed as a person types it, on a small shop whose customers' addresses are to be sealed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.company import KEPT
from tests.warm import run

CUSTOMERS = 40
SETTINGS = """[company]
name = "Corner Shop"
contact = "privacy@shop.example"
jurisdictions = ["eu"]

[stores.shop]
url = "env:SHOP_URL"
backup = ["backups"]
"""
FILES = {
    "policy.md": """---
title: Corner Shop privacy policy
version: 1
effective: 2026-01-01
---

Short.

---
id: "1"
version: 1
effective: 2026-01-01
---

## Encryption

What we store about you is encrypted under a key of your own.
""",
    "purposes.yaml": """purposes:
  service:
    title: To sell things
    bases: [contract]
""",
    "promises.yaml": """clauses:
  "1":
    owner: security
    promises:
      - promise: sealed
      - {promise: key-age, at_most: 90 days}
      - promise: key-separation
      - promise: rotation-complete
""",
    "map/shop.yaml": """store: shop
region: eu
tables:
  customers:
    what: One row for each customer.
    subject: {kind: customer, key: id}
    source: direct
    purposes: [service]
    fields:
      id: {category: user.unique_id}
      email: {category: user.contact.email, sealed: {index: email_index, match: email}}
      email_index: {category: user.unique_id.pseudonymous}
      name: {category: user.name, sealed: {}}
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    folder: Path

    def kept(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("KEPT_", "SHOP_"))}
        named = {"SHOP_URL": f"sqlite:///{self.folder / 'shop.sqlite3'}", "KEPT_ACTOR": "test", "COLUMNS": "160", **more}
        return run([*KEPT, *words], cwd=self.folder, env={**plain, **named})

    def ran(self, *words: str, exits: int = 0, **more: str) -> str:
        ran = self.kept(*words, **more)
        assert ran.returncode == exits, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def rows(self) -> list[tuple[int, str, str | None, str]]:
        with closing(sqlite3.connect(self.folder / "shop.sqlite3")) as connection:
            return connection.execute("SELECT id, email, email_index, name FROM customers ORDER BY id").fetchall()

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "shop.sqlite3")) as connection, connection:
            connection.execute(statement)

    def marks(self) -> dict[str, str]:
        report = json.loads(self.kept("check", "--format", "json").stdout)
        return {f"{one['promise']} {one['about']}": one["mark"] for one in report["findings"]}

    def settings(self, more: str) -> None:
        with (self.folder / "privacy" / "kept.toml").open("a") as file:
            file.write(more)

    def ledger(self) -> list[str]:
        out = self.folder / "ledger"
        shutil.rmtree(out, ignore_errors=True)
        self.ran("ledger", "export", str(out))
        self.ran("verify", str(out))
        raw = b"".join(path.read_bytes() for path in sorted((out / "tile" / "entries").rglob("*")) if path.is_file())
        return [kind for kind in KINDS for _ in range(raw.count(f'"kind":"{kind}"'.encode()))]


KINDS = ("vault.made", "vault.intended", "vault.rotated", "vault.destroyed", "vault.restored", "vault.rekeyed")


def made(folder: Path) -> Shop:
    """Make the shop: its database with customers in the clear, its privacy folder, no vault."""
    privacy = folder / "privacy"
    for name, text in {"kept.toml": SETTINGS, **FILES}.items():
        (privacy / name).parent.mkdir(parents=True, exist_ok=True)
        (privacy / name).write_text(text)
    with closing(sqlite3.connect(folder / "shop.sqlite3")) as connection, connection:
        connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL, email_index TEXT, name TEXT)")
        people = [(at, f"Customer{at}@Example.org", f"Ada {at}") for at in range(1, CUSTOMERS + 1)]
        connection.executemany("INSERT INTO customers (id, email, name) VALUES (?, ?, ?)", people)
    (folder / "shop.sqlite3").chmod(0o600)
    return Shop(folder=folder)


@pytest.fixture(scope="module")
def sealed_once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with a vault and everything sealed; tests take a copy."""
    shop = made(tmp_path_factory.mktemp("sealed"))
    shop.ran("vault", "init")
    shop.ran("vault", "seal")
    return shop


@pytest.fixture
def shop(sealed_once: Shop, tmp_path: Path) -> Shop:
    shutil.copytree(sealed_once.folder, tmp_path, dirs_exist_ok=True)
    return Shop(folder=tmp_path)


def test_from_nothing_to_sealed(tmp_path: Path) -> None:
    shop = made(tmp_path)
    assert set(shop.marks().values()) == {"unknown"}
    assert "there is no vault yet" in shop.ran("vault", "seal", exits=2)
    assert "there is no vault yet" in shop.ran("vault", "rotate", exits=2)
    said = shop.ran("vault", "init")
    assert "the vault is made" in said
    assert "nothing was changed" in shop.ran("vault", "init")
    home = tmp_path / "privacy" / ".kept" / "vault"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()} == {0o600}
    assert shop.marks()["sealed shop.customers.email"] == "broken"
    assert shop.ran("vault", "seal", "shop.customers.email").splitlines() == ["✓ shop.customers.email: 40 sealed"]
    assert shop.ran("vault", "seal").splitlines() == ["✓ shop.customers.email: 40 sealed", "✓ shop.customers.name: 40 sealed"]
    assert set(shop.marks().values()) == {"kept"}
    raw = (tmp_path / "shop.sqlite3").read_bytes()
    assert all(row[1].startswith("kept1:") and row[3].startswith("kept1:") for row in shop.rows())
    assert len({row[2] for row in shop.rows()}) == CUSTOMERS
    assert shop.ledger().count("vault.made") == 1
    assert b"kept1:" in raw


def test_the_plan_seals_as_well(tmp_path: Path) -> None:
    shop = made(tmp_path)
    shop.ran("vault", "init")
    said = shop.ran("plan", exits=1)
    assert "seal email" in said
    assert "Customer" not in said, "samples are masked"
    assert "kept1:…" in said
    shop.ran("apply")
    assert set(shop.marks().values()) == {"kept"}


def test_status_shows_what_there_is(shop: Shop) -> None:
    assert f"{CUSTOMERS} people have a key" in shop.ran("vault", "status")
    values = json.loads(shop.ran("vault", "status", "--format", "json"))
    assert values["people"] == CUSTOMERS
    assert [key["state"] for key in values["key_encryption_keys"]] == ["active"]


def test_rotation_leaves_nothing_under_the_old_key(shop: Shop) -> None:
    said = shop.ran("vault", "rotate")
    assert "42 keys stand under key-encryption key 2, none under 1" in said
    values = json.loads(shop.ran("vault", "status", "--format", "json"))
    assert [(key["state"], key["keys"]) for key in values["key_encryption_keys"]] == [("destroyed", 0), ("active", CUSTOMERS + 2)]
    assert len(list((shop.folder / "privacy" / ".kept" / "vault" / "keys").iterdir())) == 1
    assert set(shop.marks().values()) == {"kept"}
    assert shop.ledger().count("vault.rotated") == 1


def test_an_old_key_is_rotated_by_a_plan(shop: Shop) -> None:
    shop.ran("plan", "--as-of", "2027-06-01", exits=1)
    assert "rotate the keys" in shop.ran("apply", "--as-of", "2027-06-01", exits=1), "a rotation today is old by then"
    values = json.loads(shop.ran("vault", "status", "--format", "json"))
    assert [key["state"] for key in values["key_encryption_keys"]] == ["destroyed", "active"]


def test_a_person_gets_a_new_key(shop: Shop) -> None:
    before = shop.rows()
    assert "2 values in 2 columns are under a new key; 1 old destroyed" in shop.ran("vault", "rekey", "customer:7")
    after = shop.rows()
    assert [one[0] for one, two in zip(before, after, strict=True) if one != two] == [7]
    assert before[6][1][:50] != after[6][1][:50]
    assert set(shop.marks().values()) == {"kept"}


def test_a_destroyed_person_is_closed_in_a_backup_too(shop: Shop) -> None:
    shutil.copy(shop.folder / "shop.sqlite3", shop.folder / "backup.sqlite3")
    assert "nobody to ask" in shop.ran("vault", "destroy", "customer:7", exits=2)
    said = shop.ran("vault", "destroy", "customer:7", "--yes")
    assert "the keys of 1 person are destroyed; 1 blind indexes emptied" in said
    assert shop.rows()[6][2] is None
    assert set(shop.marks().values()) == {"kept"}
    report = json.loads(shop.kept("check", "--format", "json", SHOP_URL=f"sqlite:///{shop.folder / 'backup.sqlite3'}").stdout)
    reasons = [one["evidence"] for one in report["findings"] if one["promise"] == "sealed"]
    assert all("1 value of people whose key is gone" in reason for reason in reasons)
    assert "1 had no key" in shop.ran("vault", "destroy", "customer:7", "--yes")
    shop.execute("UPDATE customers SET email = 'back@example.org', name = NULL WHERE id = 7")
    assert shop.marks()["sealed shop.customers.email"] == "broken"
    assert "1 of erased people who are back" in shop.ran("vault", "seal", exits=1)


def test_many_people_by_a_file(shop: Shop) -> None:
    (shop.folder / "people.txt").write_text("customer:1\n\ncustomer:2\ncustomer:999\n")
    said = shop.ran("vault", "destroy", "--from", "people.txt", "--yes")
    assert "the keys of 2 people are destroyed" in said
    assert "1 had no key" in said


def test_a_window_lets_a_person_come_back_until_it_closes(shop: Shop) -> None:
    shop.settings('\n[vault]\nwindow = "14 days"\n')
    assert "they can be brought back before" in shop.ran("vault", "destroy", "customer:7", "--yes")
    assert "1 keys are back" in shop.ran("vault", "destroy", "customer:7", "--undo")
    assert shop.marks()["sealed shop.customers.email"] == "broken", "its blind index was emptied"
    assert "40 sealed" in shop.ran("vault", "seal")
    assert set(shop.marks().values()) == {"kept"}
    shop.ran("vault", "destroy", "customer:7", "--yes", "--no-window")
    assert "none was destroyed, or its window is closed" in shop.ran("vault", "destroy", "customer:7", "--undo", exits=2)
    assert shop.ledger().count("vault.restored") == 1


def test_a_restored_keys_database_brings_nobody_back(shop: Shop) -> None:
    home = shop.folder / "privacy" / ".kept" / "vault"
    shutil.copytree(home, shop.folder / "restored")
    shop.ran("vault", "destroy", "customer:7", "--yes")
    shutil.rmtree(home)
    shutil.copytree(shop.folder / "restored", home)
    assert "39 people have a key" in shop.ran("vault", "status")
    assert set(shop.marks().values()) == {"kept"}
    assert shop.ledger().count("vault.destroyed") == 2


def test_leaving_kept(shop: Shop) -> None:
    shop.ran("vault", "unseal", "shop.customers.email", "shop.customers.name", "--yes")
    assert shop.rows() == [(at, f"Customer{at}@Example.org", None, f"Ada {at}") for at in range(1, CUSTOMERS + 1)]


def test_a_passphrase(tmp_path: Path) -> None:
    shop = made(tmp_path)
    shop.settings('\n[vault.providers.file]\npassphrase = "env:SHOP_PASSPHRASE"\n')
    assert "SHOP_PASSPHRASE" in shop.ran("vault", "init", exits=2)
    shop.ran("vault", "init", SHOP_PASSPHRASE="correct horse")
    shop.ran("vault", "seal", SHOP_PASSPHRASE="correct horse")
    said = shop.ran("vault", "status", exits=2, SHOP_PASSPHRASE="wrong horse")
    assert "the passphrase is wrong" in said
    assert "horse" not in said
    assert shop.marks()["sealed shop.customers.email"] == "unknown"
    key = next((tmp_path / "privacy" / ".kept" / "vault" / "keys").iterdir()).read_text()
    assert '"key"' not in key


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["seal", "shop.customers.nothing"], "the map does not mark as sealed: shop.customers.nothing"),
        (["seal", "customers"], "is not a column"),
        (["destroy", "--yes"], "nobody was named"),
        (["destroy", "custmer:7", "--yes"], "Write customer:KEY"),
        (["destroy", "7", "--yes"], "Write customer:KEY"),
        (["rekey", "customer:4711"], "nothing was ever sealed for this person"),
        (["rekey", "7"], "does not name a person"),
        (["unseal", "shop.customers.email"], "nobody to ask"),
        (["destroy", "--from", "missing.txt", "--yes"], "cannot be read"),
        (["rotat"], "did you mean 'rotate'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_told_and_changes_nothing(shop: Shop, words: Sequence[str], said: str) -> None:
    before = shop.rows()
    ran = shop.ran("vault", *words, exits=2)
    assert said in ran
    assert "Traceback" not in ran
    assert shop.rows() == before


def test_the_providers_are_listed_with_their_options() -> None:
    ran = run([*KEPT, "vault", "providers"])
    assert ran.returncode == 0
    for name in ("file", "aws-kms", "pkcs11", "transit", "passphrase", "pending_days"):
        assert name in ran.stdout


@pytest.mark.parametrize("harm", ["missing", "garbage", "another"])
def test_a_keys_database_that_is_not_there_or_not_ours(shop: Shop, tmp_path: Path, harm: str) -> None:
    keys = shop.folder / "privacy" / ".kept" / "vault" / "keys.sqlite3"
    aside = keys.rename(keys.with_name("aside"))
    if harm == "garbage":
        keys.write_bytes(b"not a database" * 100)
    if harm == "another":
        other = made(tmp_path / "other")
        other.ran("vault", "init")
        shutil.copy(tmp_path / "other" / "privacy" / ".kept" / "vault" / "keys.sqlite3", keys)
    before = shop.rows()
    said = shop.ran("vault", "seal", exits=2)
    assert "Traceback" not in said
    assert {"missing": "is missing", "garbage": "is damaged", "another": "cannot be read"}[harm] in said
    assert shop.marks()["sealed shop.customers.email"] == "unknown"
    assert shop.rows() == before
    keys.unlink(missing_ok=True)
    aside.rename(keys)
    assert set(shop.marks().values()) == {"kept"}
